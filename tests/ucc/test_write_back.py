"""Write-back as it runs: killed -9 again and again beside a receiver that fails, in `ucc up`'s home and on Kafka."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from connectors.kafka_publisher import Publisher
from connectors.kafka_topics import apply
from connectors.write_back.ways import FILE
from schemas.errors import BrokenSetting, HomeBusy
from schemas.event import Centre
from schemas.frame import frame_of
from schemas.topics import RESULTS
from schemas.vocabulary import Source
from tests.connectors.write_back.receiver import SECRET, Receiver, Taken
from tests.connectors.write_back.results import ResultLog, ids, ways_of
from tests.served.kafka import Broker
from tests.served.process import launch, wait_until
from tests.served.up import UCC
from ucc.home import Home
from ucc.write_back import again, beside

DELIVERER = "import sys, time; from pathlib import Path; from ucc.home import Home; from ucc.write_back import beside\nwith beside(Home(Path(sys.argv[1]))): time.sleep(3600)"
PATIENCE_S = 120
KILLS = 6


def home_of(folder: Path, url: str) -> Home:
    """A home of one centre whose hotline is told by a file, and whose 110 at an address."""
    home = Home(folder / "home")
    home.register(Centre(centre="c", name="中心", partition=0, pack_name="pukou"))
    (home.path / "secret").write_bytes(SECRET)
    (home.path / "secret").chmod(0o600)
    (home.path / FILE).write_text(f"hotline12345: {{file: true}}\npolice110: {{url: '{url}', secret_file: secret, timeout_s: 2}}\n", encoding="utf-8")
    return home


def told(home: Home) -> list[bytes]:
    """Lines of the hotline's file; a last one that is being written is none yet."""
    path = home.path / "results" / "hotline12345.ndjson"
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")] if path.exists() else []


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ResultLog]:
    """The log of the centre's casework, in the home."""
    (tmp_path / "home/centres/c").mkdir(parents=True)
    with closing(ResultLog(tmp_path / "home/centres/c/casework.db")) as opened:
        yield opened


def soon(holds: Callable[[], bool]) -> None:
    """Waits for something that threads of ours do."""
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_killed_again_and_again_each_result_stands_in_the_file_once_and_comes_to_the_address_at_least_once_in_order(tmp_path: Path, log: ResultLog) -> None:
    def answer(taken: Taken, number: int) -> int:
        return 503 if number == 0 and taken.result["report_id"].endswith("-7") else 200

    with Receiver(answer) as receiver:
        home, out = home_of(tmp_path, receiver.url), tmp_path / "out"
        mine: list[bytes] = []
        theirs: list[bytes] = []
        for turn in range(KILLS):
            own, other = (ways_of(*(f"{source}{turn}-{n}" for n in range(20)), source=source) for source in (Source.HOTLINE12345, Source.POLICE110))
            mine, theirs = mine + own, theirs + other
            seen, lines = len(receiver.came), len(told(home))
            for start in range(0, len(own), 8):
                log.add([*own[start : start + 8], *other[start : start + 8]])
            process = launch([sys.executable, "-c", DELIVERER, str(home.path)], out)
            wait_until(lambda: len(receiver.came) > seen + turn and len(told(home)) > lines, process, out, seconds=PATIENCE_S)  # noqa: B023  asked at once
            process.kill()
            process.wait()
        process = launch([sys.executable, "-c", DELIVERER, str(home.path)], out)
        wait_until(lambda: {taken.result["result_id"] for taken in receiver.took} == set(ids(theirs)), process, out, seconds=PATIENCE_S)
        wait_until(lambda: len(told(home)) >= len(mine), process, out, seconds=PATIENCE_S)
        process.kill()
        process.wait()
    assert b"".join(told(home)).splitlines() == mine
    first = list(dict.fromkeys(taken.result["result_id"] for taken in receiver.took))
    for report in {taken.result["report_id"] for taken in receiver.took}:
        assert [name for name in first if name.startswith(f"{report}-")] == ids(ways_of(report))
    assert len(receiver.took) <= len(theirs) + KILLS
    assert not (home.path / "results/undelivered.ndjson").exists()


def test_results_that_come_while_it_runs_are_delivered(tmp_path: Path, log: ResultLog) -> None:
    with Receiver() as receiver:
        home = home_of(tmp_path, receiver.url)
        with beside(home) as running:
            assert running is not None
            log.add([*ways_of("a"), *ways_of("b", source=Source.POLICE110)])
            soon(lambda: len(told(home)) == len(receiver.took) == 4)
            assert running.health() == (True, {"waits_for": {}})
            with pytest.raises(HomeBusy, match="delivers the results of this home already"), beside(home):
                pytest.fail("two would tell everything twice")


def test_a_home_without_the_file_tells_nobody_and_one_that_is_wrong_does_not_start(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with beside(home) as running:
        assert running is None
    (home.path / FILE).write_text("hotline12345: {}", encoding="utf-8")
    with pytest.raises(BrokenSetting, match="wants either"), beside(home):
        pytest.fail("it would tell nobody")


def test_what_was_given_up_is_tried_again_by_whoever_delivers(tmp_path: Path, log: ResultLog) -> None:
    with Receiver(lambda _taken, _try: 401) as receiver:
        home = home_of(tmp_path, receiver.url)
        listed = home.path / "results/undelivered.ndjson"
        log.add(ways_of("b", source=Source.POLICE110))
        with beside(home):
            soon(lambda: listed.exists() and listed.read_bytes().count(b"\n") == 4)
            receiver.answer = lambda _taken, _try: 200

            def taken() -> bool:
                again(home)
                return len(receiver.took) == 4

            soon(taken)
            assert len({each.result["result_id"] for each in receiver.took}) == 4, "each of them, and none twice"


def all_of(home: Home, receiver: Receiver, count: int) -> Callable[[], bool]:
    """Whether so many results were told by either way."""
    return lambda: len(told(home)) == len({taken.result["result_id"] for taken in receiver.took}) == count


def test_on_kafka_it_is_a_part_of_its_own_that_goes_on_where_it_was(tmp_path: Path, broker: Broker, namespace: str) -> None:
    broker.start()
    served = broker.brokers(namespace=namespace)
    apply(served, partitions=1)
    with Receiver() as receiver, closing(Publisher(served)) as publisher:
        home, out = home_of(tmp_path, receiver.url), tmp_path / "out"
        env = {**os.environ, "UCC_HOME": str(home.path), "UCC_LOG": f"kafka://{broker.address}", "UCC_NAMESPACE": namespace}
        for turn in range(2):
            lines = [*ways_of(f"a{turn}"), *ways_of(f"b{turn}", source=Source.POLICE110)]
            publisher.send(RESULTS.name, 0, frame_of("c", "result", lines))
            process = launch([str(UCC), "write-back"], out, env=env)
            wait_until(all_of(home, receiver, 4 * (turn + 1)), process, out, seconds=PATIENCE_S)
            process.send_signal(signal.SIGTERM if turn else signal.SIGKILL)
            assert process.wait(PATIENCE_S) == (0 if turn else -signal.SIGKILL)
    assert ids(told(home)) == ids([*ways_of("a0"), *ways_of("a1")])
