"""Every field of what lands is in a column, at the value that the models say, or is left out for a reason that is written down."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from pydantic import BaseModel

from schemas.case import Case, DeadLetter, Outcome, Transition
from schemas.command import Verdict
from schemas.errors import Refused
from schemas.event import ReportEvent, RunnerUp, Shown, Why
from schemas.issue import Alert, Result
from schemas.personal import Reporter
from schemas.reading import Position, Reading
from schemas.report import CallFacts, Report
from schemas.vocabulary import (
    Action,
    AlertKind,
    AlertLevel,
    AlertStatus,
    CaseState,
    Crs,
    Intent,
    Milestone,
    Operation,
    OutcomeKind,
    Precision,
    Source,
    Urgency,
    VerdictKind,
)
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.landing import LEFT_OUT
from tests.sinks.asking import rows

AT = datetime(2018, 1, 5, 8, 30, 0, 250_000, tzinfo=UTC)
LATER = datetime(2018, 1, 6, tzinfo=UTC)
NOW = datetime.now(UTC)
"""Where somebody was is forgotten after a while."""
WHY = Why(rule="r:1", because="b", runners_up=(RunnerUp(choice="x", score=0.5),))
SHOWN = Shown(text="t*", address="a*", area_hint="h*", attachments=("x*",), extra={"k*": "v*"}, text_plain="tp*", address_plain="ap*", address_key="ak*")
FULL_REPORT = Report(
    source=Source.PETITION,
    source_id="full",
    operation=Operation.WITHDRAW,
    order_key="7",
    reported_at=AT,
    arrived_at=LATER,
    text="t",
    address="a",
    area_hint="h",
    lng=1.5,
    lat=2.5,
    crs=Crs.GCJ02,
    accuracy_m=3.5,
    code_standard="s",
    code="c",
    intent=Intent.HELP,
    urgency_hint=Urgency.U1,
    part_owner="o",
    persons=4,
    attachments=("x", "y"),
    extra={"k": "v"},
    call=CallFacts(waited_s=5, lasted_s=60, answered=True),
    reporter=Reporter(name="张*", phone="199****5678", id_number="000***********123X", home="文德路**", token="tt", key="1-ab", box="bb"),
)
FULL_EVENT = ReportEvent(
    kind="report",
    at=AT,
    raw_line=3,
    receipt_id="receipt",
    accepted_at=LATER,
    history=True,
    pack="p",
    digest="d",
    report=FULL_REPORT,
    text_plain="tp",
    address_plain="ap",
    address_key="ak",
    lng=5.5,
    lat=6.5,
    precision=Precision.ADDRESS,
    grid="g",
    community="cc",
    community_name="cn",
    street="sc",
    street_name="sn",
    district="di",
    matter="0203",
    intent=Intent.PRAISE,
    urgency=Urgency.U2,
    sealed=True,
    unit="u",
    co_units=("v",),
    against=("w",),
    why={"place": WHY},
    masked=True,
    shown=SHOWN,
)
FULL_OUTCOME = Outcome(
    centre="full",
    raw_offset=9,
    raw_line=3,
    at=LATER,
    receipt_id="receipt",
    outcome=OutcomeKind.REVISED,
    source="petition",
    source_id="full",
    report_id="rep",
    revision=2,
    standing=True,
    case_id="case",
    code="co",
    detail="de",
    replays="letter",
    event=FULL_EVENT,
)
LEAST_OUTCOME = Outcome(
    centre="least",
    raw_offset=0,
    raw_line=0,
    at=AT,
    receipt_id="r",
    outcome=OutcomeKind.OPENED,
    event=ReportEvent(
        kind="report",
        at=AT,
        raw_line=0,
        receipt_id="r",
        accepted_at=AT,
        pack="",
        digest="",
        report=Report(source=Source.PETITION, source_id="least", reported_at=AT),
    ),
)
OTHERS: list[tuple[str, str, BaseModel, BaseModel]] = [
    (
        "journal_rows",
        "transition_id",
        Transition(
            transition_id="full",
            centre="c",
            case_id="k",
            seq=2,
            at=AT,
            action=Action.JOINED,
            from_state=CaseState.CLASSIFIED,
            to_state=CaseState.MERGED,
            actor="a",
            source="s",
            source_id="i",
            report_id="r",
            other_case="o",
            why=WHY,
            data={"unit": "u", "deadlines": {"close": {"due": "2018-01-06T00:00:00Z"}}, "说": "\"'\\\t💡", "n": [1, None, True]},
            pack="p",
            raw_offset=4,
            raw_line=5,
        ),
        Transition(
            transition_id="least",
            centre="c",
            case_id="k",
            seq=0,
            at=AT,
            action=Action.OPENED,
            to_state=CaseState.CLASSIFIED,
            actor="",
            pack="",
            raw_offset=0,
            raw_line=0,
        ),
    ),
    (
        "case_rows",
        "case_id",
        Case(
            case_id="full",
            centre="c",
            number="n",
            version=7,
            state=CaseState.MERGED,
            seq=6,
            opened_at=AT,
            changed_at=LATER,
            reports=3,
            lead_report="l",
            first_reported_at=AT,
            last_reported_at=LATER,
            matter="0203",
            intent=Intent.HELP,
            urgency=Urgency.U1,
            sealed=True,
            history=True,
            unit="u",
            co_units=("v", "w"),
            precision=Precision.POINT,
            lng=1.5,
            lat=2.5,
            grid="g",
            community="c",
            community_name="cn",
            street="s",
            street_name="sn",
            district="d",
            merged_into="m",
            flags=("suspended", "supervised"),
            due_at=LATER,
            provisional=True,
            dispatched_at=AT,
            closed_at=LATER,
            parent="pa",
            linked=("l1", "l2"),
            sent=("r1",),
            desk=1,
            rework=2,
            returns=3,
            pack="p",
        ),
        Case(
            case_id="least",
            centre="c",
            number="",
            version=0,
            state=CaseState.CLASSIFIED,
            seq=0,
            opened_at=AT,
            changed_at=AT,
            first_reported_at=AT,
            last_reported_at=AT,
        ),
    ),
    (
        "dead_letter_rows",
        "dead_letter_id",
        DeadLetter(
            centre="c",
            dead_letter_id="full",
            stage="sink",
            at=AT,
            code="c",
            detail="d",
            raw_offset=1,
            raw_line=2,
            receipt_id="r",
            source="s",
            source_id="i",
            replays="letter",
            attempt=3,
            first_place="#000000000000000012.000003",
            origin="ucc.in.petition/0/7/1",
            original="o\0",
            encoding="base64",
        ),
        DeadLetter(centre="c", dead_letter_id="least", stage="", at=AT, code="", detail="", raw_offset=0, raw_line=0, original=""),
    ),
    (
        "alert_rows",
        "alert_id",
        Alert(
            alert_id="full",
            centre="c",
            version=3,
            kind=AlertKind.OVERDUE,
            level=AlertLevel.RED,
            status=AlertStatus.ACKNOWLEDGED,
            at=AT,
            changed_at=LATER,
            case_id="k",
            number="n",
            milestone=Milestone.CLOSE,
            matter="0203",
            area="320111",
            tells=("desk", "unit_head"),
            rule="warnings.csv:1",
            evidence="e",
            by="desk:d",
        ),
        Alert(
            alert_id="least", centre="c", version=0, kind=AlertKind.SURGE, level=AlertLevel.YELLOW, status=AlertStatus.OPEN, at=AT, changed_at=AT, evidence=""
        ),
    ),
    (
        "verdict_rows",
        "command_id",
        Verdict(
            centre="c",
            command_id="full",
            at=AT,
            verdict=VerdictKind.REFUSED,
            code="co",
            detail="de",
            action=Action.SIGNED,
            actor="unit:u",
            case_id="k",
            number="n",
            state=CaseState.SIGNED,
            seq=4,
            raw_offset=5,
            raw_line=6,
        ),
        Verdict(centre="c", command_id="least", at=AT, verdict=VerdictKind.DONE, action=Action.AVAILABILITY, raw_offset=0, raw_line=0),
    ),
    (
        "result_rows",
        "result_id",
        Result(
            result_id="full",
            centre="c",
            at=AT,
            source=Source.PETITION,
            source_id="full",
            report_id="r",
            case_id="k",
            number="n",
            seq=4,
            state=CaseState.CLOSED,
            said="已办结",
            final=True,
            again=True,
            result="re",
            unit="un",
        ),
        Result(
            result_id="least",
            centre="c",
            at=AT,
            source=Source.PETITION,
            source_id="",
            report_id="",
            case_id="",
            number="",
            seq=0,
            state=CaseState.VOID,
            said="",
        ),
    ),
    (
        "reading_rows",
        "metric",
        Reading(centre="c", metric="full", object_id="o", area="320111", at=AT, value=1.5, unit="MPa", quality="q"),
        Reading(metric="least", at=AT, value=0),
    ),
    (
        "position_rows",
        "responder",
        Position(centre="c", responder="full", at=NOW, lng=118.5, lat=32.5, accuracy_m=7.5),
        Position(responder="least", at=NOW, lng=0, lat=0, accuracy_m=0),
    ),
]
COLUMNS = {
    "event.at": "event_at",
    "event.community": "community_code",
    "event.community_name": "community",
    "event.street": "street_code",
    "event.street_name": "street",
    "event.report.lng": "received_lng",
    "event.report.lat": "received_lat",
    "event.report.code": "source_code",
    "event.report.intent": "received_intent",
    "event.report.call.waited_s": "call_waited_s",
    "event.report.call.lasted_s": "call_lasted_s",
    "event.report.call.answered": "call_answered",
    "event.report.reporter.name": "reporter_name",
    "event.report.reporter.phone": "reporter_phone",
    "event.report.reporter.id_number": "reporter_id",
}
"""Fields that the views call otherwise; the others keep their last name."""


PARTS: dict[str, type[BaseModel]] = {"event.report.call": CallFacts, "event.report.reporter": Reporter, "event.shown": Shown}
"""Fields that are objects, and need not be there."""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with ChdbWarehouse(tmp_path_factory.mktemp("landing")) as opened:
        opened.insert("outcome_lines", FULL_OUTCOME.to_json() + b"\n" + LEAST_OUTCOME.to_json(), rows=2, token="t")
        for table, _, full, least in OTHERS:
            opened.insert(table, b"\n".join(model.to_json() for model in (full, least)), rows=2, token="t")  # type: ignore[attr-defined]
        yield opened


def _fields(model: BaseModel, path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in model:
        if isinstance(value, BaseModel) and not isinstance(value, Why):
            found |= _fields(value, f"{path}{name}.")
        elif value is None and (part := PARTS.get(f"{path}{name}")) is not None:
            found |= {f"{path}{name}.{field}": None for field in part.model_fields}
        else:
            found[f"{path}{name}"] = value
    return found


def _shown(value: object) -> object:
    """A field's value as JSONEachRow shows it."""
    match value:
        case datetime():
            return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
        case tuple():
            return list(value)
        case Why():
            return value.model_dump(mode="json", exclude_defaults=True)
        case dict():
            return {key: _shown(inner) for key, inner in value.items()}
    return value


def _found(row: dict[str, Any], column: str, value: object) -> object:
    found = row[column]
    if isinstance(value, dict | Why):
        return orjson.loads(found)
    if isinstance(value, bool):
        return bool(found)
    return found


@pytest.mark.parametrize("outcome", [FULL_OUTCOME, LEAST_OUTCOME], ids=["full", "least"])
@pytest.mark.parametrize("view", ["outcomes", "reports"])
def test_every_field_of_an_outcome_lands_or_is_left_out_for_a_reason(warehouse: ChdbWarehouse, outcome: Outcome, view: str) -> None:
    (row,) = rows(warehouse, f"SELECT * FROM {view} WHERE centre = '{outcome.centre}'")  # noqa: S608
    fields = _fields(outcome)
    assert set(fields) >= set(LEFT_OUT)
    absent = {"code", "detail"} if view == "reports" else set()
    for field, value in fields.items():
        if field in LEFT_OUT or field in absent or field.startswith("event.shown."):
            continue
        column = COLUMNS.get(field, field.rsplit(".", 1)[-1])
        expected = "" if value is None and isinstance(row[column], str) else _shown(value)
        assert _found(row, column, value) == expected, field


@pytest.mark.parametrize("view", ["outcomes_shown", "reports_shown", "reports_current_shown"])
def test_what_is_shown_instead_stands_in_place_of_what_was_said(warehouse: ChdbWarehouse, view: str) -> None:
    (full,) = rows(warehouse, f"SELECT * FROM {view} WHERE centre = 'full'")  # noqa: S608
    for field, value in SHOWN:
        if field in full or view != "reports_current_shown":
            assert _found(full, field, value) == _shown(value), field
    (least,) = rows(warehouse, f"SELECT * FROM {view} WHERE centre = 'least'")  # noqa: S608
    assert (least["text"], least["address"], least["reporter_name"]) == ("", "", "")
    assert list(full) == list(rows(warehouse, f"SELECT * FROM {view.removesuffix('_shown')} LIMIT 1")[0])  # noqa: S608


def test_what_was_never_looked_at_is_not_shown_to_analysts(warehouse: ChdbWarehouse) -> None:
    line = FULL_OUTCOME.to_json().replace(b'"centre":"full"', b'"centre":"before"').replace(b'"masked":true,', b"")
    line = orjson.dumps({**orjson.loads(line), "event": {name: part for name, part in orjson.loads(line)["event"].items() if name != "shown"}})
    warehouse.insert("outcome_lines", line, rows=1, token="t")
    (row,) = rows(warehouse, "SELECT * FROM reports_shown WHERE centre = 'before'")
    assert {row[name] for name in ("text", "address", "area_hint", "text_plain", "address_plain", "address_key")} == {"*"}
    assert (row["attachments"], row["extra"]) == (["*"], '{"*":"*"}')
    (row,) = rows(warehouse, "SELECT text, address, area_hint FROM reports_current_shown WHERE centre = 'before'")
    assert set(row.values()) == {"*"}


def test_no_view_has_the_box_or_the_token(warehouse: ChdbWarehouse) -> None:
    found = rows(warehouse, "SELECT table, name FROM system.columns WHERE table IN (SELECT name FROM system.tables WHERE engine = 'View')")
    assert {row["name"] for row in found} >= {"reporter_name", "reporter_phone", "reporter_id"}
    assert not {row["name"] for row in found} & {"reporter_box", "reporter_token", "reporter_key", "reporter_home"}
    assert rows(warehouse, "SELECT reporter_box, reporter_key, reporter_token FROM outcome_rows WHERE centre = 'full'") == [
        {"reporter_box": "bb", "reporter_key": "1-ab", "reporter_token": "tt"}
    ]


@pytest.mark.parametrize(("table", "key", "model"), [(table, key, model) for table, key, full, least in OTHERS for model in (full, least)])
def test_every_field_of_the_other_lines_lands(warehouse: ChdbWarehouse, table: str, key: str, model: BaseModel) -> None:
    (row,) = rows(warehouse, f"SELECT * FROM {table} WHERE {key} = '{getattr(model, key)}'")  # noqa: S608
    for field, value in _fields(model).items():
        expected = "" if value is None and isinstance(row[field], str) else _shown(value)
        assert _found(row, field, value) == expected, field


def test_the_present_of_the_least_report_is_at_the_defaults_of_the_models(warehouse: ChdbWarehouse) -> None:
    (row,) = rows(warehouse, "SELECT * FROM reports_current WHERE centre = 'least'")
    event = LEAST_OUTCOME.event
    assert event is not None
    assert (row["matter"], row["intent"], row["urgency"], row["precision"]) == (event.matter, event.intent, event.urgency, event.precision)


@pytest.mark.parametrize("spot", [b'"event":{', b'"report":{', b'"centre":'])
def test_an_unknown_field_is_refused_never_dropped(warehouse: ChdbWarehouse, spot: bytes) -> None:
    new = b'"brand_new":1,"centre":' if spot == b'"centre":' else spot + b'"brand_new":1,'
    line = FULL_OUTCOME.to_json().replace(spot, new).replace(b'"centre":"full"', b'"centre":"new"')
    with pytest.raises(Refused, match="brand_new"):
        warehouse.insert("outcome_lines", line, rows=1, token="t")
    assert not rows(warehouse, "SELECT 1 FROM outcomes WHERE centre = 'new'")
