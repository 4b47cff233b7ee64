"""What the views over the journal make of the work on cases, and what of it is shown to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.case import Case, Transition
from schemas.command import Verdict
from schemas.event import RunnerUp, Why
from schemas.fields import Model
from schemas.issue import Alert, Result
from schemas.vocabulary import Action, AlertKind, AlertLevel, AlertStatus, CaseState, Source, VerdictKind
from sinks.asked import Asked
from sinks.chdb_warehouse import ChdbWarehouse
from tests.sinks.asking import picture, rows

AT = datetime(2024, 5, 6, 1, 0, tzinfo=UTC)
SECRET = "电话 19990001234"
WORDS = {"reason": SECRET, "result": SECRET, "clause": SECRET, "evidence": [SECRET], "approver": SECRET, "anything_new": SECRET}
"""What people write into a command."""


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[ChdbWarehouse]:
    with ChdbWarehouse(tmp_path / "warehouse") as opened:
        yield opened


class Journal:
    """The journal of one case, a minute a line."""

    def __init__(self, case: str = "k", centre: str = "c") -> None:
        self.case, self.centre = case, centre
        self.lines: list[Transition] = []
        self._numbers = count(1)

    def add(self, action: Action, data: Mapping[str, Any] | None = None, actor: str = "clock", why: Why | None = None) -> Journal:
        """A line."""
        seq = next(self._numbers)
        self.lines.append(
            Transition(
                transition_id=f"{self.centre} {self.case} {seq}",
                centre=self.centre,
                case_id=self.case,
                seq=seq,
                at=minute(seq),
                action=action,
                from_state=CaseState.DISPATCHED,
                to_state=CaseState.DISPATCHED,
                actor=actor,
                why=why,
                data=dict(data or {}),
                pack="p",
                raw_offset=seq,
                raw_line=0,
            )
        )
        return self

    def ordered(self, order: int, responder: str, *, need: str = "n/1", action: Action = Action.ORDERED, **also: Any) -> Journal:
        """Somebody is asked to go."""
        return self.add(
            action, {"need": need, "order": order, "responder": responder, "force": "grid", "ring": order, "ends_at": "2024-05-06T02:00:00Z", **also}
        )

    def told(self, order: int, act: str, state: str, *, need: str = "n/1") -> Journal:
        """What somebody says who was asked, or the clock."""
        return self.add(Action.ORDER_TOLD, {"need": need, "order": order, "responder": f"r{order}", "act": act, "state": state}, "responder:x")


def minute(number: int) -> datetime:
    return AT + timedelta(minutes=number)


def shown(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%S.000000Z")


def insert(warehouse: ChdbWarehouse, table: str, *lines: Model) -> None:
    warehouse.insert(table, b"\n".join(line.to_json() for line in lines), rows=len(lines), token="t")


def of_analysts(warehouse: ChdbWarehouse, sql: str) -> list[dict[str, Any]]:
    into = BytesIO()
    warehouse.answer(Asked(sql, "JSONEachRow"), into)
    return [orjson.loads(line) for line in into.getvalue().splitlines()]


def case(name: str, *, sealed: bool = False) -> Case:
    return Case(
        case_id=name,
        centre="c",
        number=name,
        version=1,
        state=CaseState.DISPATCHED,
        seq=1,
        opened_at=AT,
        changed_at=AT,
        first_reported_at=AT,
        last_reported_at=AT,
        sealed=sealed,
        parent="case-of-the-place",
        linked=("case-of-the-place",),
        sent=("grid-of-the-place",),
    )


def test_an_order_tells_when_it_was_answered_and_how_it_ended(warehouse: ChdbWarehouse) -> None:
    journal = Journal().ordered(0, "r0").told(0, "decline", "declined").ordered(1, "r1").told(1, "accept", "accepted").told(1, "depart", "on_the_way")
    journal.told(1, "arrive", "arrived").told(1, "finish", "done").ordered(0, "r9", need="n/2", action=Action.ORDER_ASSIGNED)
    insert(warehouse, "journal_rows", *reversed(journal.lines))
    insert(warehouse, "journal_rows", *journal.lines[:4])
    declined, done, standing = rows(warehouse, "SELECT * FROM orders ORDER BY need, order_number")
    times = ("offered_at", "accepted_at", "departed_at", "arrived_at", "done_at", "ended_at")
    assert [declined[name] for name in times] == [shown(minute(1)), None, None, None, None, shown(minute(2))]
    assert [done[name] for name in times] == [shown(minute(number)) for number in (3, 4, 5, 6, 7, 7)]
    assert [standing[name] for name in times] == [shown(minute(8)), None, None, None, None, None]
    assert [
        (row["case_id"], row["need"], row["order_number"], row["responder"], row["force"], row["ring"], row["state"]) for row in (declined, done, standing)
    ] == [
        ("k", "n/1", 0, "r0", "grid", 0, "declined"),
        ("k", "n/1", 1, "r1", "grid", 1, "done"),
        ("k", "n/2", 0, "r9", "grid", 0, "offered"),
    ]


def asked(unit: str, rule: str = "duty/7") -> dict[str, Any]:
    return {"unit": unit, "reason_code": "R2", "clause": SECRET, "suggested": "b", "rule": rule}


def test_a_return_has_the_ruling_that_came_next_and_none_while_it_waits(warehouse: ChdbWarehouse) -> None:
    upheld = (
        Journal("a").add(Action.RETURN_ASKED, asked("u")).add(Action.SIGNED).add(Action.RETURN_UPHELD, {"unit": "u", "to": "b", "rule": "duty/7"}, "desk:d")
    )
    upheld.add(Action.RETURN_ASKED, asked("b", "desk")).add(Action.RULED, {"unit": "b"}, "desk:d")
    rejected = Journal("b").add(Action.RETURN_ASKED, asked("u")).add(Action.RETURN_REJECTED, {"unit": "u", "rule": "duty/7"}, "desk:d")
    waiting = Journal("c").add(Action.RETURN_ASKED, asked("u"))
    elsewhere = Journal("c", "d").add(Action.RETURN_UPHELD, {"unit": "u", "to": "b"})
    insert(warehouse, "journal_rows", *(line for journal in (waiting, rejected, upheld, elsewhere) for line in journal.lines))
    found = rows(warehouse, "SELECT * FROM returns ORDER BY case_id, seq")
    assert [(row["case_id"], row["unit"], row["asked_at"], row["ruling"], row["ruled_at"], row["rule"]) for row in found] == [
        ("a", "u", shown(minute(1)), "upheld", shown(minute(3)), "duty/7"),
        ("a", "b", shown(minute(4)), "rejected", shown(minute(5)), "desk"),
        ("b", "u", shown(minute(1)), "rejected", shown(minute(2)), "duty/7"),
        ("c", "u", shown(minute(1)), "", None, "duty/7"),
    ]
    assert {(row["reason_code"], row["clause"], row["suggested"]) for row in found} == {("R2", SECRET, "b")}


def test_each_sending_tells_where_to_and_by_whom_and_the_accuracy_of_a_rule_is_what_did_not_come_back(warehouse: ChdbWarehouse) -> None:
    journals = [Journal(f"k{number}").add(Action.DISPATCHED, {"unit": "u", "rule": "duty/7"}) for number in range(4)]
    journals[0].add(Action.RETURN_ASKED, asked("u")).add(Action.RETURN_UPHELD, {"unit": "u", "to": "b", "rule": "duty/7"}, "desk:d")
    journals[1].add(Action.RETURN_ASKED, asked("u")).add(Action.RETURN_REJECTED, {"unit": "u", "rule": "duty/7"}, "desk:d")
    journals[2].add(Action.REASSIGNED, {"unit": "b", "co_units": ["c"], "rule": "desk"}, "desk:d").add(Action.DISPATCHED)
    insert(warehouse, "journal_rows", *(line for journal in journals for line in journal.lines))
    sent = rows(warehouse, "SELECT case_id, seq, at, unit, rule, by FROM dispatches WHERE case_id IN ('k0', 'k2') ORDER BY case_id, seq")
    assert [tuple(row.values()) for row in sent] == [
        ("k0", 1, shown(minute(1)), "u", "duty/7", "clock"),
        ("k0", 3, shown(minute(3)), "b", "desk", "desk:d"),
        ("k2", 1, shown(minute(1)), "u", "duty/7", "clock"),
        ("k2", 2, shown(minute(2)), "b", "desk", "desk:d"),
        ("k2", 3, shown(minute(3)), "", "", "clock"),
    ]
    accuracy = rows(warehouse, "SELECT rule, sent, returned, upheld, share FROM routing_accuracy ORDER BY rule")
    assert [tuple(row.values()) for row in accuracy] == [("desk", 2, 0, 0, 1), ("duty/7", 4, 2, 1, 0.75)]


def test_deadlines_are_the_latest_plan_whatever_line_told_it(warehouse: ChdbWarehouse) -> None:
    def due(minutes: int, rule: str, **also: object) -> dict[str, object]:
        return {"due": (AT + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z"), "starts": "2024-05-06T01:00:00.250000Z", "rule": rule, **also}

    journal = Journal().add(Action.DISPATCHED, {"unit": "u", "deadlines": {"sign": due(10, "s:1"), "close": due(600, "s:2", provisional=True)}})
    journal.add(Action.SUSPENDED, {"deadlines": {"close": {"due": None, "starts": "2024-05-06T01:00:00Z", "rule": "s:2"}}})
    journal.add(Action.RESUMED, {"deadlines": {"close": due(900, "s:3")}}).add(Action.FED_BACK, {"result": '"deadlines"', "evidence": []})
    insert(warehouse, "journal_rows", *reversed(journal.lines))
    close, sign = rows(warehouse, "SELECT * FROM deadlines ORDER BY milestone")
    assert (close["milestone"], close["due_at"], close["rule"], close["provisional"], close["planned_at"]) == (
        "close",
        shown(AT + timedelta(minutes=900)),
        "s:3",
        False,
        shown(minute(3)),
    )
    assert (sign["milestone"], sign["due_at"], sign["starts_at"], sign["rule"], sign["planned_at"]) == (
        "sign",
        shown(AT + timedelta(minutes=10)),
        "2024-05-06T01:00:00.250000Z",
        "s:1",
        shown(minute(1)),
    )
    insert(warehouse, "journal_rows", *journal.lines[:2])
    insert(
        warehouse,
        "journal_rows",
        journal.add(
            Action.PAUSED, {"deadlines": {"close": {"due": None, "rule": "s:3"}, "sign": {"due": None, "starts": "2024-05-06T01:00:00Z", "rule": ""}}}
        ).lines[-1],
    )
    assert rows(warehouse, "SELECT milestone, due_at, starts_at FROM deadlines") == [{"milestone": "close", "due_at": None, "starts_at": None}], (
        "sign is due no more"
    )


def test_analysts_are_shown_codes_numbers_and_instants_of_a_step_and_nothing_that_somebody_wrote(warehouse: ChdbWarehouse) -> None:
    codes = {"unit": "u", "rule": "duty/7", "order": 0, "ring": 2, "solved": False, "deadlines": {"close": {"due": "2024-05-06T02:00:00Z", "rule": "s:1"}}}
    why = Why(rule="desk", because=SECRET, runners_up=(RunnerUp(choice="v", because=SECRET),))
    journal = Journal().add(Action.FED_BACK, {**WORDS, **codes}, "unit:u", why).add(Action.DISPATCHED, codes, why=Why(rule="duty/7", because="b"))
    journal.add(Action.TRANSFERRED, {"unit": SECRET, "to": SECRET}, "desk:d").add(Action.ARCHIVED)
    insert(warehouse, "journal_rows", *journal.lines)
    owner = [orjson.loads(row["data"]) for row in rows(warehouse, "SELECT data FROM journal ORDER BY seq")]
    assert owner == [line.data for line in journal.lines]
    found = of_analysts(warehouse, "SELECT why, data FROM journal ORDER BY seq")
    assert [orjson.loads(row["data"]) for row in found] == [codes, codes, {}, {}]
    assert [row["why"] and orjson.loads(row["why"]) for row in found] == [{"rule": "desk"}, {"rule": "duty/7", "because": "b"}, "", ""]


def everything(warehouse: ChdbWarehouse, *, sealed: bool) -> None:
    """A case with all that may be told of one, words in each place for words."""
    about = {"centre": "c", "case_id": "k", "number": "n"}
    journal = Journal().add(Action.DISPATCHED, {"unit": "unit-of-the-place", **WORDS}, "desk:name-of-staff", Why(rule="x", because=SECRET))
    journal.add(Action.RETURN_ASKED, {**asked("unit-of-the-place"), **WORDS}, "unit:name-of-staff").ordered(0, "grid-of-the-place")
    insert(warehouse, "journal_rows", *journal.lines)
    verdict = Verdict(
        command_id="command",
        at=AT,
        verdict=VerdictKind.REFUSED,
        detail=SECRET,
        action=Action.SIGNED,
        actor="responder:name-of-staff",
        raw_offset=1,
        raw_line=0,
        **about,
    )
    insert(warehouse, "verdict_rows", verdict)
    result = Result(
        result_id="r",
        at=AT,
        source=Source.PETITION,
        source_id="i",
        report_id="r",
        seq=1,
        state=CaseState.CLOSED,
        said="已办结",
        result=SECRET,
        unit="name-of-unit",
        **about,
    )
    insert(warehouse, "result_rows", result)
    alert = Alert(
        alert_id="a",
        version=1,
        kind=AlertKind.OVERDUE,
        level=AlertLevel.RED,
        status=AlertStatus.OPEN,
        at=AT,
        changed_at=AT,
        area="area-of-the-place",
        evidence="figures-of-the-place",
        **about,
    )
    insert(warehouse, "alert_rows", alert)
    insert(warehouse, "case_rows", case("k", sealed=sealed))


WORDS_AND_PLACES = (SECRET.encode(), b"of-the-place", b"name-of")


def test_of_a_sealed_case_no_view_says_anything_beside_that_it_is_there(warehouse: ChdbWarehouse) -> None:
    everything(warehouse, sealed=True)
    found = picture(warehouse)
    assert {view for view, told in found.items() if any(words in told for words in WORDS_AND_PLACES)} == set()
    assert all(found[view] for view in ("journal", "alerts", "commands", "results", "cases_current"))
    assert not any(found[view] for view in ("orders", "returns", "dispatches", "routing_accuracy", "deadlines"))
    actors = "SELECT actor FROM journal ORDER BY seq"
    assert [row["actor"] for row in rows(warehouse, actors)] == [row["actor"] for row in of_analysts(warehouse, actors)] == ["desk", "unit", "clock"]


def test_of_a_case_that_is_not_sealed_everything_is_said_and_analysts_are_told_that_there_were_words(warehouse: ChdbWarehouse) -> None:
    everything(warehouse, sealed=False)
    owner = picture(warehouse)
    assert {view for view, told in owner.items() if SECRET.encode() in told} == {"journal", "returns", "commands", "results"}
    for view, column in (("returns", "clause"), ("commands", "detail"), ("results", "result")):
        assert [row[column] for row in of_analysts(warehouse, f"SELECT * FROM {view}")] == ["*"]  # noqa: S608
    for view, told in owner.items():
        assert [list(row) for row in of_analysts(warehouse, f"SELECT * FROM {view}")] == [list(orjson.loads(line)) for line in told.splitlines()]  # noqa: S608
        assert SECRET not in str(of_analysts(warehouse, f"SELECT * FROM {view}"))  # noqa: S608
