"""`ucc dead-letters` where the log is Kafka: what was refused, what failed at intake and what failed in casework, replayed with a worker and a sink running."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.accept import accept
from connectors.kafka_clients import producer
from connectors.kafka_publisher import Publisher
from connectors.kafka_reader import KafkaReader
from pipeline.intake.intake import Intake
from reference import shelf
from schemas.brokers import Brokers
from schemas.event import RefusedEvent
from schemas.frame import frame_of
from schemas.report import Report
from schemas.topics import EVENTS, OUTCOMES, RAW
from schemas.vocabulary import Mode, Source
from tests.served.kafka import Broker
from tests.served.process import launch
from tests.ucc.conftest import Desk

CENTRE = "pukou"
AT = datetime(2024, 3, 1, tzinfo=UTC)
PATIENCE_S = 120.0
MAPPING = """
name: their-words
description: What the hotline pushes.
time: {zone: Asia/Shanghai}
fields:
  source_id: {column: 编号}
  reported_at: {column: 时间}
  text: {column: 内容}
"""


def wait_for(found: Callable[[], bool]) -> None:
    """Asks again and again."""
    until = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < until, "it did not come about in time"
        time.sleep(0.3)


@contextmanager
def part(desk: Desk, name: str, folder: Path) -> Iterator[None]:
    """A worker or a sink, for the time of the block."""
    process = launch([*desk.command, name], folder / f"{name}.log", env=desk.env)
    try:
        yield
    finally:
        process.terminate()
        process.wait(60)


def listed(desk: Desk) -> list[dict[str, Any]]:
    return [json.loads(line) for line in desk.run("dead-letters", "list", "--json").out.splitlines()]


def said(name: str, text: str) -> Report:
    return Report(source=Source.PETITION, source_id=name, reported_at=AT, arrived_at=AT, text=text)


def failed_before(desk: Desk, brokers: Brokers) -> None:
    """Lines that were accepted, and that intake and casework of that time could not bear: one that may be sealed, and one with another behind it."""
    lines = accept([said("S", "实名举报村支书贪污低保"), said("P", "路灯不亮"), said("P", "路灯还是不亮")], CENTRE, AT)
    (pack,) = [packed.hash for packed in shelf.names(desk.home / "packs")]
    sealed, poisoned, behind = Intake(shelf.get(desk.home / "packs", pack), Mode.STREAM).lines(lines)
    refused = RefusedEvent(
        kind="refused", at=AT, raw_line=0, receipt_id=lines[0].receipt_id, code="poisoned-line", detail="d", original=lines[0].to_json().decode()
    )
    assert b'"sealed":true' in sealed
    with closing(KafkaReader(brokers, CENTRE, 0)) as reader:
        before = reader.read(EVENTS.name, -1, 1_000)[-1].frame.header.raw_offset
    with closing(Publisher(brokers)) as publisher:
        offset = publisher.send(RAW.name, 0, frame_of(CENTRE, "report", [line.to_json() for line in lines], source="petition"))
        events = [refused.to_json(), poisoned[:-1] + b',"co_units":5}', behind]
        publisher.send(EVENTS.name, 0, frame_of(CENTRE, "report", events, source="petition", raw_offset=offset, previous=before, hops=("intake then w0",)))


@pytest.fixture
def desk(broker: Broker, namespace: str, tmp_path: Path) -> Desk:
    """A home on Kafka with the centre in use."""
    made = Desk(tmp_path / "home")
    made.env.update(broker.env(namespace))
    made.run("reference", "use", "pukou", "--mode", "stream")
    return made


def test_what_could_not_go_on_is_replayed_on_kafka_each_in_its_order_and_once(desk: Desk, broker: Broker, namespace: str, tmp_path: Path) -> None:
    brokers = broker.brokers(namespace)
    with part(desk, "sink", tmp_path):
        with part(desk, "worker", tmp_path), closing(KafkaReader(brokers, CENTRE, 0)) as reader:
            pushing = producer(brokers)
            for message in (
                {"编号": "H1", "内容": "路灯不亮", "时间": "2024-03-01 08:00:00"},
                {"source_id": "H2", "reported_at": AT.isoformat(), "text": "好"},
            ):
                pushing.send(brokers.named("ucc.in.hotline12345"), json.dumps(message, ensure_ascii=False).encode()).get(30)
            pushing.close()
            wait_for(lambda: bool(reader.read(OUTCOMES.name, -1, 10)) and len(listed(desk)) == 1)
        failed_before(desk, brokers)
        with part(desk, "worker", tmp_path):
            wait_for(lambda: len(listed(desk)) == 4)
            by_report = {(one["source_id"], one["stage"], one["code"]): one for one in listed(desk)}
            assert set(by_report) == {
                ("", "accept", "invalid-field"),
                ("S", "intake", "poisoned-line"),
                ("P", "casework", "poisoned-event"),
                ("P", "casework", "waits"),
            }
            refused = by_report["", "accept", "invalid-field"]["dead_letter_id"]
            shown = json.loads(desk.run("dead-letters", "show", refused, "--json").out)
            assert shown["origin"].startswith("ucc.in.hotline12345/")
            assert shown["original"]["内容"] == "路灯不亮"
            first = desk.run("dead-letters", "replay", refused).out
            assert "not replayed" in first, "the mapping is still missing"
            (desk.home / "mappings").mkdir()
            (desk.home / "mappings/hotline12345.yaml").write_text(MAPPING, encoding="utf-8")
            answer = json.loads(desk.run("dead-letters", "replay", "--all", "--json").out)
            ends = [(one["source_id"], one["outcome"]) for one in answer["replayed"]]
            assert sorted(ends) == [("", "opened"), ("P", "opened"), ("P", "revised"), ("S", "sealed")]
            assert (answer["failed"], answer["skipped"], answer["left"]) == (0, [], 0)
            wait_for(lambda: listed(desk) == [])
            wait_for(lambda: json.loads(desk.run("reconcile", "--json", code=None).out)["balanced"])
            figures = json.loads(desk.run("reconcile", "--json").out)["centres"][0]["figures"]
            assert (figures["dead letters"], figures["dead letters waiting"], figures["cases"], figures["reports"]) == (3, 0, 4, 4)
            assert "it was replayed before" in desk.run("dead-letters", "replay", refused).out
            (row,) = desk.rows("SELECT revision, text, count() OVER () AS n FROM reports_current WHERE source_id = 'P'")
            assert (row["revision"], row["text"], row["n"]) == (2, "路灯还是不亮", 1)
            assert desk.rows("SELECT count() AS n FROM reports_current WHERE source_id = 'H1'") == [{"n": 1}]
