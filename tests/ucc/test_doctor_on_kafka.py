"""The doctor where the log is Kafka: brokers that are away, topics that are missing, what waits too long, clocks that run ahead."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.kafka_clients import producer
from connectors.kafka_publisher import Publisher
from connectors.kafka_reader import KafkaReader
from connectors.kafka_topics import apply
from pipeline.casework.state import META, Meta
from reference import shelf
from schemas.brokers import Brokers
from schemas.event import Centre
from schemas.frame import frame_of
from schemas.report import Accepted, Report
from schemas.topics import RAW, STATE
from schemas.vocabulary import Mode, Source
from tests.served.kafka import Broker
from tests.served.process import free_port
from ucc import on_kafka
from ucc.checks import kafka_log
from ucc.checks.finding import Finding, State
from ucc.doctor import examined
from ucc.home import Home

Look = Callable[..., list[Finding]]


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Look:
    """Looks at a home whose log is the Kafka of that environment; only at what `checks` name."""

    def looked(env: dict[str, str], *checks: str, state: State | None = None) -> list[Finding]:
        for name in [name for name in os.environ if name.startswith("UCC_")]:
            monkeypatch.delenv(name)
        for name, value in {**env, "UCC_HOME": str(tmp_path / "home")}.items():
            monkeypatch.setenv(name, value)
        return [one for one in examined() if one.check in checks and state in (None, one.state)]

    return looked


@pytest.fixture
def served(broker: Broker, namespace: str) -> Brokers:
    """A namespace with its topics."""
    made = broker.brokers(namespace)
    apply(made)
    return made


@pytest.fixture
def there(tmp_path: Path) -> Home:
    """A home that is there."""
    return Home(tmp_path / "home")


@pytest.fixture
def centre(served: Brokers, there: Home) -> Centre:
    """A centre in use, of which no worker has heard yet."""
    return on_kafka.use(there, served, shelf.find("pukou"), "pukou", Mode.STREAM)[0]


def accept(brokers: Brokers, centre: Centre, accepted_at: datetime) -> None:
    """One accepted line, as a door writes it."""
    report = Report(source=Source.HOTLINE12345, source_id="R1", text="路灯不亮", reported_at=accepted_at)
    line = Accepted(receipt_id="receipt", accepted_at=accepted_at, report=report).to_json()
    with closing(Publisher(brokers)) as publisher:
        publisher.send(RAW.name, centre.partition, frame_of(centre.centre, "report", [line]))


def said(findings: Iterable[Finding]) -> str:
    return "\n".join(one.said for one in findings)


def test_brokers_that_are_away_are_named_and_their_topics_not_looked_at(look: Look) -> None:
    address = f"127.0.0.1:{free_port()}"
    found = look({"UCC_LOG": f"kafka://{address}"}, "kafka", "topics", "crc32c")
    assert [(one.check, one.state) for one in found] == [("crc32c", State.OK), ("kafka", State.WRONG), ("topics", State.UNKNOWN)]
    assert address in found[1].said


def test_topics_that_are_missing_are_named_and_made_by_the_command_that_is_said(look: Look, broker: Broker, namespace: str) -> None:
    missing = look(broker.env(namespace), "topics", "kafka")
    assert [one.state for one in missing if one.check == "kafka"] == [State.OK]
    assert f"{namespace}.ucc.raw: the topic is missing" in said(missing)
    assert all("`ucc topics apply`" in one.todo for one in missing if one.check == "topics")
    apply(broker.brokers(namespace))
    assert said(look(broker.env(namespace), "topics")) == "all are there, and as registered"


def test_an_installation_on_kafka_that_is_well_has_nothing_wrong(look: Look, broker: Broker, namespace: str, centre: Centre) -> None:
    assert centre.centre == "pukou"
    checks = ("settings", "home", "crc32c", "kafka", "topics", "disk", "owner", "centres", "packs", "lag", "dead letters", "clocks", "warehouse", "migrations")
    found = look(broker.env(namespace), *checks)
    assert {one.check for one in found} == set(checks)
    assert said(one for one in found if one.state is not State.OK) == ""
    assert "pukou: 1 messages wait to be folded" in said(found)


def test_what_waits_for_longer_than_a_take_over_is_wrong(there: Home, served: Brokers, centre: Centre) -> None:
    now = datetime.now(UTC)
    accept(served, centre, now - timedelta(minutes=10))
    with closing(KafkaReader(served, centre.centre, centre.partition)) as reader:
        rule = reader.read(RAW.name, -1, 1)[0].offset
    keep_folded_to(served, centre, rule)
    (found,) = [one for one in kafka_log.centres(there, served) if one.check == "lag"]
    assert found.state is State.WRONG
    assert found.said.startswith("pukou: 1 messages wait to be folded, the first for 6")
    assert "`ucc worker`" in found.todo


def keep_folded_to(brokers: Brokers, centre: Centre, offset: int, *, waiting: int = 0) -> None:
    """The row in which the fold of a centre says how far it is, as a worker writes it."""
    with closing(producer(brokers)) as sending:
        row = Meta(centre.centre, raw_offset=offset, waiting=waiting).to_bytes()
        sending.send(brokers.named(STATE.name), key=f"{META}/0".encode(), value=row, partition=centre.partition).get(30)


def test_dead_letters_that_wait_are_seen_in_the_fold_s_own_words(there: Home, served: Brokers, centre: Centre) -> None:
    keep_folded_to(served, centre, 10, waiting=2)
    (found,) = [one for one in kafka_log.centres(there, served) if one.check == "dead letters"]
    assert (found.state, found.said) == (State.WRONG, "pukou: 2 wait, and later lines of their reports behind them")


def test_a_machine_whose_clock_is_ahead_is_noticed_by_what_it_wrote(there: Home, served: Brokers, centre: Centre) -> None:
    assert [one.state for one in kafka_log.clocks(there, served)] == [State.OK]
    with closing(producer(served)) as sending:
        ahead = int((time.time() + 3_600) * 1000)
        sending.send(served.named(RAW.name), value=b"{}", partition=centre.partition, timestamp_ms=ahead).get(30)
    (found,) = kafka_log.clocks(there, served)
    assert found.state is State.WRONG
    assert "in our future" in found.said
