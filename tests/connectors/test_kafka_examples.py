"""What `docs/departments.md` tells departments to do with Kafka, done as it stands there: kcat's lines and the Python examples."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from connectors.kafka_publisher import Publisher
from connectors.kafka_reader import KafkaReader
from connectors.kafka_topics import apply
from schemas.brokers import Brokers
from schemas.frame import Frame, frame_of
from schemas.topics import CASES, JOURNAL, OUTCOMES
from tests.served.kafka import Broker
from tests.served.needed import needed
from tests.served.process import end_of, launch
from tests.served.secured import PASSWORD, SecuredBroker
from tests.ucc.conftest import Desk

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/departments.md").read_text(encoding="utf-8").partition("## Through Kafka")[2].partition("\n## ")[0]
BLOCKS: dict[str, list[str]] = defaultdict(list)
for _language, _body in re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
    BLOCKS[_language].append(_body)
SEND_BY_KCAT, SEND_BY_PYTHON, FOLLOW_BY_KCAT, FOLLOW_BY_PYTHON = range(4)
"""The page's blocks of commands, in its order."""
CENTRE = "pukou"
PATIENCE_S = 120.0


@pytest.fixture(scope="module", autouse=True)
def _kcat() -> None:
    needed("kcat", shutil.which("kcat") is not None, "install it (Debian: apt-get install kcat)")


def wait_for(found: Callable[[], bool], log: Path) -> None:
    """Asks again and again."""
    until = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < until, f"it did not come about in time; the worker says:\n{end_of(log)}"
        time.sleep(0.2)


class Department:
    """A folder with what an operator gives to a department, and what it wants to send."""

    def __init__(self, folder: Path, secured: SecuredBroker) -> None:
        folder.mkdir()
        self.folder, self._address = folder, f"127.0.0.1:{secured.public_port}"
        (folder / "examples").symlink_to(ROOT / "docs/examples")
        (folder / "centre.pem").write_bytes(secured.certificate.read_bytes())
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        (configuration,) = BLOCKS["properties"]
        (folder / "centre.conf").write_text(self._ours(configuration).replace("…", PASSWORD), encoding="utf-8")
        with (ROOT / "connectors/samples/pukou_week.csv").open(encoding="utf-8-sig", newline="") as file:
            self.week = [row for row, _ in zip(csv.DictReader(file), range(40), strict=False)]
        lines = [(row["工单编号"], json.dumps(row, ensure_ascii=False)) for row in self.week]
        (folder / "week.tsv").write_text("".join(f"{key}\t{line}\n" for key, line in lines[:25]), encoding="utf-8")
        (folder / "week.jsonl").write_text("".join(f"{line}\n" for _, line in lines[15:]), encoding="utf-8")

    def _ours(self, text: str) -> str:
        return text.replace("kafka.example:9093", self._address)

    def run(self, number: int) -> str:
        """Runs a block of the page; what it prints."""
        done = subprocess.run(
            ["sh", "-e"], input=self._ours(BLOCKS["sh"][number]), env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def env(self) -> Mapping[str, str]:
        """With our Python in the path, as a department has its own."""
        return {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    @contextmanager
    def follows(self) -> Iterator[subprocess.Popen[str]]:
        """Runs the last block, which does not end by itself."""
        exports = BLOCKS["sh"][SEND_BY_PYTHON].splitlines()[0]
        with following(["sh", "-ec", f"{exports}\nexec {self._ours(BLOCKS['sh'][FOLLOW_BY_PYTHON])}"], self.env, self.folder) as process:
            yield process


@contextmanager
def following(command: list[str], env: Mapping[str, str], folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on until it is ended."""
    with subprocess.Popen(command, env=env, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def lines(reader: KafkaReader, topic: str) -> list[bytes]:
    return [line for placed in reader.read(topic, -1, 100_000) for line in placed.frame.lines()]


def test_a_department_sends_and_follows_as_the_page_says(secured: SecuredBroker, tmp_path: Path) -> None:
    for operation, kind, name in (
        ("WRITE", "TOPIC", "ucc.in.department"),
        ("READ", "TOPIC", "ucc.cases"),
        ("READ", "TOPIC", "ucc.journal"),
        ("READ", "GROUP", "water-board"),
    ):
        secured.allow(operation, kind, name)
    desk, department = Desk(tmp_path / "home"), Department(tmp_path / "department", secured)
    desk.env.update(secured.env())
    desk.run("reference", "use", CENTRE, "--mode", "stream")
    (desk.home / "mappings").mkdir()
    shutil.copy(ROOT / "connectors/mappings/pukou-sample.yaml", desk.home / "mappings/department.yaml")
    worker = launch([*desk.command, "worker"], tmp_path / "worker.log", env=desk.env)
    try:
        department.run(SEND_BY_KCAT)
        assert department.run(SEND_BY_PYTHON) == "25 lines are with the centre\n"
        with closing(KafkaReader(secured.brokers(), CENTRE, 0)) as reader:
            wait_for(lambda: len(lines(reader, OUTCOMES.name)) == 50, tmp_path / "worker.log")
            found = [json.loads(line)["outcome"] for line in lines(reader, OUTCOMES.name)]
            assert found.count("resent") == 10, "the ten that were sent twice"
            journal = lines(reader, JOURNAL.name)
            pictures = [json.loads(line) for line in lines(reader, CASES.name)]
    finally:
        worker.terminate()
        worker.wait(60)
    shown = department.run(FOLLOW_BY_KCAT).splitlines()
    assert shown[len(pictures) :] == [line.decode() for line in journal]
    assert [line.split(" ")[0] for line in shown[: len(pictures)]] == [one["case_id"] for one in pictures]
    with department.follows() as process:
        assert process.stdout is not None
        told = [process.stdout.readline().split() for _ in pictures]
    assert [line[0] for line in told] == [one["number"] for one in pictures]
    assert_one_partition_a_key(secured)


def assert_one_partition_a_key(secured: SecuredBroker) -> None:
    """Of what was sent by kcat and by Python the same key lies in the same partition."""
    command = ["kcat", "-b", secured.address, "-C", "-t", "ucc.in.department", "-o", "beginning", "-e", "-q", "-f", "%p %k\n"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split("\n")[:-1]
    partitions: dict[str, set[str]] = defaultdict(set)
    for partition, key in (line.split(" ") for line in told):
        partitions[key].add(partition)
    assert len(told) == 50
    assert len({next(iter(one)) for one in partitions.values()}) > 3
    assert [key for key, one in partitions.items() if len(one) > 1] == []


# what was not committed


def case(number: int) -> Frame:
    said = {"case_id": f"c{number}", "version": 1, "number": f"N{number}", "state": "CLASSIFIED", "unit": "u", "reports": 1}
    return frame_of(CENTRE, "ucc.cases", [json.dumps(said).encode()])


@pytest.fixture
def half(broker: Broker, namespace: str) -> Iterator[tuple[Brokers, Publisher]]:
    """One case that was committed, one that was undone, and what writes them."""
    brokers = broker.brokers(namespace)
    apply(brokers, partitions=1)
    with closing(Publisher(brokers, "w")) as publisher:
        with publisher.transaction() as transaction:
            transaction.send(CASES.name, 0, case(1))
        with pytest.raises(KeyError):
            undone(publisher)
        yield brokers, publisher


def undone(publisher: Publisher) -> None:
    with publisher.transaction() as transaction:
        transaction.send(CASES.name, 0, case(2))
        raise KeyError


def by_kcat(brokers: Brokers, *more: str) -> list[str]:
    """Ids of the cases that kcat shows."""
    command = ["kcat", "-b", brokers.addresses[0], "-C", "-t", brokers.named(CASES.name), "-o", "beginning", "-e", "-q", *more]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    return [json.loads(line)["case_id"] for line in shown.splitlines()]


def seen(brokers: Brokers, *expected: str) -> None:
    """Waits until kcat shows these and no others: a broker answers a commit before it has marked it in each partition."""
    until = time.monotonic() + PATIENCE_S
    while (shown := by_kcat(brokers)) != list(expected):
        assert time.monotonic() < until, shown
        time.sleep(0.1)


def test_kcat_shows_what_was_committed_and_no_more(half: tuple[Brokers, Publisher]) -> None:
    brokers, publisher = half
    seen(brokers, "c1")
    with publisher.transaction() as transaction:
        transaction.send(CASES.name, 0, case(3))
        assert by_kcat(brokers) == ["c1"]
        assert by_kcat(brokers, "-X", "isolation.level=read_uncommitted") == ["c1", "c2", "c3"], "they are there"
    seen(brokers, "c1", "c3")


def test_the_example_that_follows_shows_what_was_committed_and_goes_on(half: tuple[Brokers, Publisher]) -> None:
    brokers, publisher = half
    command = [sys.executable, "docs/examples/follow_cases.py", brokers.addresses[0], brokers.named(CASES.name), brokers.named("g")]
    with following(command, os.environ, ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "N1 CLASSIFIED u 1\n"
        with publisher.transaction() as transaction:
            transaction.send(CASES.name, 0, case(3))
        assert process.stdout.readline() == "N3 CLASSIFIED u 1\n"
