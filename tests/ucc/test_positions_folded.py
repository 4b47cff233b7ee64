"""Positions on the embedded runtime: pushed at the door, they reach the fold beside the reports, and nothing of them stays among the events."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.casework.lifecycle.kept import FIXES
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.topics import EVENTS, RAW
from tests.served.up import Up, lines

RESPONDER = "gridworker-320111004001001-1"


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    up = Up(tmp_path)
    yield up
    up.close()


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_the_fold_knows_where_a_responder_is_and_its_track_is_not_kept_among_the_events(up: Up) -> None:
    source, patrol = up.key(), up.key("joint_patrol")
    up.start()
    receipts = up.push(source, lines([1])).receipts
    up.fates(source, receipts)
    body = json.dumps({"responder": RESPONDER, "at": datetime.now(UTC).isoformat(), "lng": 118.6, "lat": 32, "accuracy_m": 5}).encode()
    assert up.ask("POST", "/v1/positions", patrol, body).status == 202
    centre = up.home / "centres" / "pukou"
    with closing(SqliteLog(centre / "casework.db", writer=False)) as casework, closing(SqliteLog(centre / "intake.db", writer=False)) as intake:
        eventually(lambda: any(struct.pack("<d", 118.6) in row for _, row in casework.scan(FIXES)))
        assert not [one for one in intake.read(RAW.name, -1, 100) if one.frame.header.kind == "positions"]
        receipts = up.push(source, lines([2])).receipts
        assert up.fates(source, receipts)[receipts[0]]["outcome"] in {"opened", "merged"}
        eventually(lambda: not [one for one in intake.read(EVENTS.name, -1, 100) if one.frame.header.kind == "positions"])
    assert json.loads(up.run("reconcile", "--json").splitlines()[-1])["balanced"]
    assert up.end() == 0
