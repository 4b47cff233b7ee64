"""What is told of the work on a case lands, and is read back through its view, on every warehouse."""

# ruff: noqa: S608  our own names

from __future__ import annotations

from datetime import timedelta

import orjson

from schemas.command import Verdict
from schemas.issue import Alert, Result
from schemas.ports import Warehouse
from schemas.vocabulary import Action, AlertKind, AlertLevel, AlertStatus, CaseState, Milestone, Source, VerdictKind
from tests.conformance.lines import AT, SAID, lines, picture, step
from tests.sinks.asking import rows


def test_the_work_on_a_case_is_in_its_picture_and_a_case_from_before_there_was_any_has_none(warehouse: Warehouse, centre: str) -> None:
    at_work = {"flags": ("supervised", "extended"), "due_at": AT, "dispatched_at": AT, "linked": ("x",), "sent": ("r1", "r2"), "desk": 1, "returns": 2}
    before = picture(centre, 1, 3)
    after = before.model_copy(update={**at_work, "case_id": "w", "provisional": True, "parent": "p"})
    warehouse.insert("case_rows", lines(before, after), rows=2, token="t")
    none, some = rows(warehouse, f"SELECT * FROM cases_current WHERE centre = '{centre}' ORDER BY case_id")
    assert (some["flags"], some["linked"], some["sent"], some["desk"], some["returns"], some["rework"]) == (
        ["supervised", "extended"],
        ["x"],
        ["r1", "r2"],
        1,
        2,
        0,
    )
    assert (some["due_at"][:10], some["dispatched_at"][:10], some["closed_at"], bool(some["provisional"]), some["parent"]) == (
        *2 * ("2018-01-05",),
        None,
        True,
        "p",
    )
    assert (none["flags"], none["due_at"], bool(none["provisional"]), none["parent"], none["desk"]) == ([], None, False, "", 0)


def test_the_facts_of_a_step_land_as_json_and_a_line_without_any_lands_too(warehouse: Warehouse, centre: str) -> None:
    facts = {"unit": SAID, "co_units": ["a"], "deadlines": {"close": {"due": "2018-01-06T00:00:00Z", "provisional": True}}, "order": 0}
    warehouse.insert("journal_rows", lines(step(centre, 1).model_copy(update={"data": facts}), step(centre, 2)), rows=2, token="t")
    some, none = rows(warehouse, f"SELECT data FROM journal WHERE centre = '{centre}' ORDER BY seq")
    assert (orjson.loads(some["data"]), none["data"]) == (facts, "{}")


def test_the_latest_line_of_an_alert_is_shown_whatever_came_first(warehouse: Warehouse, centre: str) -> None:
    first = Alert(
        alert_id="a",
        centre=centre,
        version=1,
        kind=AlertKind.OVERDUE,
        level=AlertLevel.RED,
        status=AlertStatus.OPEN,
        at=AT,
        changed_at=AT,
        case_id="k",
        milestone=Milestone.CLOSE,
        tells=("desk", "unit_head"),
        evidence=SAID,
    )
    second = first.model_copy(update={"version": 2, "status": AlertStatus.ACKNOWLEDGED, "by": "desk:d", "milestone": None})
    for line in (second, first, second):
        warehouse.insert("alert_rows", lines(line), rows=1, token=f"t{line.version}")
    (row,) = rows(warehouse, f"SELECT * FROM alerts WHERE centre = '{centre}'")
    assert (row["alert_id"], int(row["version"]), row["status"], row["by"], row["milestone"]) == ("a", 2, "acknowledged", "desk:d", "")
    assert (row["kind"], row["level"], row["tells"], row["evidence"]) == ("overdue", "red", ["desk", "unit_head"], SAID)


def test_of_two_verdicts_on_one_command_the_first_holds_whatever_came_first(warehouse: Warehouse, centre: str) -> None:
    first = Verdict(
        centre=centre,
        command_id="command-1",
        at=AT,
        verdict=VerdictKind.DONE,
        action=Action.SIGNED,
        actor="unit:u",
        state=CaseState.SIGNED,
        seq=3,
        raw_offset=7,
        raw_line=0,
    )
    again = first.model_copy(update={"verdict": VerdictKind.DONE_BEFORE, "at": AT + timedelta(hours=1), "raw_line": 1})
    refused = first.model_copy(update={"command_id": "command-2", "verdict": VerdictKind.REFUSED, "code": "c", "detail": SAID, "state": None})
    for batch in ((again, refused), (first,), (again,)):
        warehouse.insert("verdict_rows", lines(*batch), rows=len(batch), token="t")
    done, not_done = rows(warehouse, f"SELECT * FROM commands WHERE centre = '{centre}' ORDER BY command_id")
    assert (done["verdict"], done["actor"], done["state"], done["raw_line"], done["detail"]) == ("done", "unit:u", "SIGNED", 0, "")
    assert (not_done["verdict"], not_done["code"], not_done["detail"], not_done["state"]) == ("refused", "c", SAID, "")


def test_each_result_is_there_once(warehouse: Warehouse, centre: str) -> None:
    told = Result(
        result_id="1",
        centre=centre,
        at=AT,
        source=Source.HOTLINE12345,
        source_id="i",
        report_id="r",
        case_id="k",
        number="n",
        seq=2,
        state=CaseState.HANDLING,
        said="办理中",
    )
    final = told.model_copy(update={"result_id": "2", "seq": 9, "state": CaseState.CLOSED, "said": "已办结", "final": True, "result": SAID, "unit": "城管局"})
    for _ in range(2):
        warehouse.insert("result_rows", lines(told, final), rows=2, token="t")
    found = rows(warehouse, f"SELECT * FROM results WHERE centre = '{centre}' ORDER BY seq")
    assert [(row["said"], bool(row["final"]), bool(row["again"]), row["result"], row["unit"]) for row in found] == [
        ("办理中", False, False, "", ""),
        ("已办结", True, False, SAID, "城管局"),
    ]
