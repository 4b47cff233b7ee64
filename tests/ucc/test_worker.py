from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from schemas.errors import HomeBusy
from ucc import slots
from ucc.home import Home
from ucc.logged import Seldom
from ucc.slots import slot


def complaint(text: str, *values: object, of: str = "aiokafka.conn") -> logging.LogRecord:
    """What a library logs."""
    return logging.LogRecord(of, logging.WARNING, __file__, 1, text, values, None)


def test_the_same_complaint_is_said_once_in_a_while_whatever_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    seldom = Seldom()
    assert seldom.filter(complaint("Unable to connect to %s", "a:9092"))
    assert not seldom.filter(complaint("Unable to connect to %s", "b:9092"))
    assert seldom.filter(complaint("Unable to connect to %s", "a:9092", of="another"))
    assert seldom.filter(complaint("Heartbeat failed"))
    now[0] += Seldom.EVERY_S
    assert seldom.filter(complaint("Unable to connect to %s", "a:9092"))


def test_each_worker_of_a_home_has_a_folder_of_its_own_for_as_long_as_it_runs(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with slot(home) as (first, one), slot(home) as (second, other):
        assert (first, second) == (1, 2)
        assert one != other
    with slot(home) as (again, _):
        assert again == 1


def test_when_all_folders_are_held_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "MOST", 1)
    home = Home(tmp_path / "home")
    with slot(home), pytest.raises(HomeBusy, match="1 workers run in this home already"), slot(home):
        pytest.fail("a second worker got the folder of the first")
