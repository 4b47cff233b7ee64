"""`ucc explain` as a dispatcher types it, on a case that is worked on."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.served.up import PATIENCE_S, Up, lines


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    up = Up(tmp_path)
    yield up
    up.close()


def told(up: Up, case: str, words: str) -> str:
    """The story, as soon as `words` are in it: what happened last lands a moment later."""
    until = time.monotonic() + PATIENCE_S
    while words not in (text := up.run("explain", case)) and time.monotonic() < until:
        time.sleep(0.2)
    return text


def test_a_case_that_is_worked_on_tells_who_did_what_what_is_due_and_what_was_refused(up: Up) -> None:
    up.start()
    key = up.key()
    receipts = up.push(key, lines([1])).receipts
    case = str(up.fates(key, receipts)[receipts[0]]["case_id"])
    unit = "unit:经办人@ludeng"
    up.run("command", "签收", case, "--as", unit)
    up.run("command", "办结", case, "--as", "desk:值班一席", code=1)
    up.run("command", "先行联系", case, "--as", unit)
    up.run("command", "办结反馈", case, "--as", unit, "--result", "已更换灯泡")
    text = told(up, case, "办结反馈：已更换灯泡")
    for words in (
        "  主办      区城市管理局（路灯） ludeng\n",
        "    办结      ",
        "sign-u3，",
        "完成，提前",
        "签收 → 已签收（承办单位 经办人）\n       回传 12345热线 W000001：签收\n",
        "未执行：办结（指挥中心 值班一席）：可办结的状态为已反馈、核查中、回访中；案件现为已签收（承办单位 经办人 签收） [not-now]",
        "       结果：已更换灯泡\n",
        "[duties/",
    ):
        assert words in text, (words, text)
    english = up.run("explain", case, "--lang", "en")
    assert "signed → SIGNED, by unit 经办人\n       told hotline 12345 W000001: 签收\n" in english
    found = json.loads(up.run("explain", case, "--json"))
    assert {one["milestone"] for one in found["deadlines"] if one["reached_at"]} >= {"dispatch", "sign", "contact"}
    assert [one["code"] for one in found["refused"]] == ["not-now"]
    assert up.run("explain", case, "--lang", "fr", code=2) == ""
