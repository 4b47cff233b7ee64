"""The tables of the demo, of a small installation's figures."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from ucc.demo.ended import Delivered
from ucc.demo.figures import QUESTIONS, Rows
from ucc.demo.screen import Shown, screen

FOUND: dict[str, Rows] = {name: [] for name in QUESTIONS} | {
    "outcomes": [{"source": "petition", "outcome": "opened", "number": 3}],
    "cases": [{"urgency": "U2", "number": 2, "told": 3, "largest": 2}],
    "states": [{"state": "CLOSED", "number": 1}, {"state": "CLASSIFIED", "number": 2}],
    "orders": [{"state": "on_the_way", "number": 4}],
    "latest_orders": [
        {"number": "X-1", "responder": "r-1", "state": "on_the_way", "matter": "0203", "street": "江浦街道"}
        | {"offered": "09:00", "departed": "09:02", "expected": "09:11", "arrived": None}
    ],
    "alerts": [{"kind": "overdue", "yellow": 0, "orange": 2, "red": 1, "open": 1}],
    "latest_alerts": [{"at": "09:10", "kind": "overdue", "level": "red", "milestone": "close", "number": "X-2", "matter": "0203"}],
    "returns": [{"ruling": "", "number": 1}],
    "closed": [{"number": 4, "with_limit": 4, "on_time": 3}],
    "results": [{"source": "petition", "number": 5, "final": 1}],
    "commands": [{"role": "unit", "number": 7, "refused": 1}],
    "at_the_desk": [{"number": 4}],
    "waiting": [
        {"number": "X-3", "action": "dispatched", "urgency": "U3", "matter": "0203", "street": ""},
        {"number": "X-4", "action": "ruled", "urgency": "U3", "matter": "9999", "street": "江浦街道"},
        {"number": "X-6", "action": "verified", "urgency": "U3", "matter": "0203", "street": "江浦街道"},
        {"number": "X-5", "action": "return_rejected", "urgency": "U4", "matter": "0203", "street": "江浦街道"},
    ],
}
SHOWN = Shown(
    datetime(2026, 3, 2, 1, 15, tzinfo=UTC),
    ZoneInfo("Asia/Shanghai"),
    "600x",
    "http://127.0.0.1:1",
    4,
    1,
    Delivered(4, 1, 0),
    "ucc --home build/demo command",
    {"0203": "路灯不亮"},
    {"0203": "road"},
    {"r-1": "新河社区网格员（合成）"},
)


def shown(width: int) -> str:
    return said_of(FOUND, width)


def said_of(found: dict[str, Rows], width: int, what: Shown = SHOWN) -> str:
    console = Console(width=width, record=True, file=StringIO())
    console.print(screen(found, what, width))
    return console.export_text()


@pytest.mark.parametrize("width", [120, 200])
def test_the_whole_loop_is_on_the_screen_in_both_languages(width: int) -> None:
    text = shown(width)
    for said in (
        "03-02 09:15:00",
        "信访",
        "已分类待派 CLASSIFIED",
        "已出发 on_the_way",
        "超期 overdue",
        "待裁定 not ruled yet",
        "75.0%",
        "承办单位 unit",
        "新河社区网格员",
        "09:11",
    ):
        assert said in text, said
    assert text.index("已分类待派 CLASSIFIED") < text.index("已办结 CLOSED")


def test_who_looks_is_told_what_waits_and_what_to_type() -> None:
    text = shown(200)
    assert "waits for you: 4" in text
    assert "ucc --home build/demo command dispatched X-3 --unit road" in text
    assert "ucc --home build/demo command ruled X-4 --unit chengguan --reason 会商裁定 --clause 会商纪要" in text
    assert "ucc --home build/demo command return_rejected X-5 --reason 退单理由不成立" in text
    assert "ucc --home build/demo command verified X-6" in text


def test_nothing_is_said_to_wait_where_nothing_does() -> None:
    assert "waits for you" not in said_of(FOUND | {"waiting": [], "at_the_desk": [{"number": 0}]}, 200)


def test_when_the_day_is_over_nobody_is_told_to_type_anything() -> None:
    text = said_of(FOUND, 200, SHOWN._replace(command=""))
    assert "waits for the desk: 4" in text
    assert "X-3" not in text
