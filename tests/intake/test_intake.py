from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.intake.intake import BEFORE_ALL, Intake
from schemas.digest import digest
from schemas.event import EVENT, RefusedEvent, ReportEvent
from schemas.frame import MAX_LINE_BYTES
from schemas.personal import Reporter
from schemas.report import Accepted, Report, place_of
from schemas.vocabulary import Mode, Precision
from tests.intake.centres import pukou, report
from tests.schemas.strategies import ACCEPTED

if TYPE_CHECKING:
    from pipeline.intake.classify import Classified

NOW = datetime(2026, 3, 4, 5, 6, 7, 891234, tzinfo=UTC)


@cache
def intake(mode: Mode = Mode.LIVE) -> Intake:
    """Intake by the shipped pack."""
    return Intake(pukou(), mode)


def accepted(said: Report | None = None, receipt: str = "r", at: datetime = NOW) -> Accepted:
    """An accepted report."""
    return Accepted(receipt_id=receipt, accepted_at=at, report=said or report("路灯不亮", lng=118.6253, lat=32.0587))


def read(lines: list[bytes]) -> list[Any]:
    """Events as models."""
    return [EVENT.validate_json(line) for line in lines]


# --- the two ways in


@settings(max_examples=200)
@given(st.lists(ACCEPTED, max_size=5))
def test_what_is_handed_over_and_what_is_read_back_from_the_log_become_the_same_events(reports: list[Accepted]) -> None:
    encoded = [line.report.to_json() for line in reports]
    handed = intake().lines(reports, encoded)
    assert intake().frame([line.line(body) for line, body in zip(reports, encoded, strict=True)]) == handed
    assert [Accepted.model_validate_json(line.line(body)) for line, body in zip(reports, encoded, strict=True)] == reports
    assert [(type(event), event.report) for event in read(handed)] == [(ReportEvent, line.report) for line in reports]


@settings(max_examples=30)
@given(st.lists(ACCEPTED, min_size=1, max_size=5))
def test_intake_may_run_twice_and_has_no_memory(reports: list[Accepted]) -> None:
    first = intake().lines(reports)
    assert intake().lines(reports) == first
    alone = [intake().lines([line], numbers=[len(reports) - 1 - n])[0] for n, line in enumerate(reversed(reports))]
    assert list(reversed(alone)) == first


def test_another_worker_makes_the_same_bytes() -> None:
    reports = [
        accepted(report(text, address=address, lng=lng, lat=32.05))
        for text, address, lng in (("井盖丢失", "", 118.62), ("燃气泄漏", "雨山路1号", None), ("受贿", "", 0.0))
    ]
    assert Intake(pukou(), Mode.LIVE).lines(reports) == intake().lines(reports)


# --- what an event holds


@given(ACCEPTED)
def test_every_decision_carries_its_reason_and_the_pack(line: Accepted) -> None:
    event = intake().events([line])[0]
    assert set(event.why) == {"place", "matter", "intent", "urgency", "unit"} | ({"sealed"} if event.sealed else set())
    assert all(why.rule for why in event.why.values())
    assert event.pack == pukou().hash
    assert (event.report, event.receipt_id, event.accepted_at, event.digest) == (line.report, line.receipt_id, line.accepted_at, digest(line.report))
    assert EVENT.validate_json(event.to_json()) == event


def test_a_report_is_placed_classified_and_routed() -> None:
    event = intake().events([accepted(report("井盖丢失，很危险", lng=118.6253, lat=32.0587, part_owner="ranqi"))])[0]
    assert (event.precision, event.grid[:6], event.district) == (Precision.POINT, "320111", "320111")
    assert (event.matter, event.unit, event.sealed) == ("0203", "ranqi", False)
    assert event.why["place"].rule == f"grids/{event.grid}"
    assert event.why["unit"].rule.startswith("duties/")


def test_a_sealed_report_goes_to_discipline_inspection_without_helpers() -> None:
    event = intake().events([accepted(report("实名举报村支书贪污低保", lng=118.6253, lat=32.0587))])[0]
    assert (event.sealed, event.unit, event.co_units, event.urgency) == (True, "jiwei", (), "US")


def test_duties_are_those_of_the_day_in_the_centres_zone() -> None:
    said = report("露天焚烧秸秆", lng=118.6253, lat=32.0587)
    last, first = (intake().events([accepted(said, at=at)])[0] for at in (datetime(2023, 2, 28, 15, 59, tzinfo=UTC), datetime(2023, 2, 28, 16, 0, tzinfo=UTC)))
    assert (last.why["unit"].rule, first.why["unit"].rule) == ("duties/D-0809", "duties/P-0809-2023")


# --- time

ARRIVED = NOW - timedelta(days=30)


@pytest.mark.parametrize(
    ("mode", "arrived", "expected"),
    [
        (Mode.LIVE, ARRIVED, NOW),
        (Mode.LIVE, None, NOW),
        (Mode.SIMULATED, ARRIVED, NOW),
        (Mode.STREAM, ARRIVED, ARRIVED),
        (Mode.STREAM, None, NOW),
    ],
)
def test_a_live_or_simulated_centre_lives_by_acceptance_and_one_that_replays_by_arrival(mode: Mode, arrived: datetime | None, expected: datetime) -> None:
    assert intake(mode).events([accepted(report(arrived_at=arrived))])[0].at == expected


@pytest.mark.parametrize(
    ("mode", "arrived", "history"),
    [
        (Mode.LIVE, NOW - timedelta(days=1), False),
        (Mode.LIVE, NOW - timedelta(days=1, microseconds=1), True),
        (Mode.LIVE, NOW + timedelta(days=1), False),
        (Mode.LIVE, None, False),
        (Mode.STREAM, NOW - timedelta(days=1_000), False),
    ],
)
def test_what_the_source_passed_on_more_than_a_day_ago_is_history_to_a_live_centre_alone(mode: Mode, arrived: datetime | None, history: bool) -> None:
    assert intake(mode).events([accepted(report(arrived_at=arrived))])[0].history is history


# --- lines that cannot be read


@pytest.mark.parametrize(
    ("line", "code", "detail"),
    [
        (b"", "unreadable-line", "the line is no JSON"),
        (b'{"receipt_id":', "unreadable-line", "the line is no JSON"),
        (b"\xff\xfe", "unreadable-line", "the line is no JSON"),
        (b"[" * 5_000, "unreadable-line", "the line is no JSON"),
        (b"null", "invalid-field", "Input should be an object"),
        (b'{"receipt_id":"r"}', "invalid-field", "accepted_at: Field required"),
        (b'{"receipt_id":"r","accepted_at":"0001-01-01T00:00:00+14:00"}', "invalid-field", "accepted_at: Value error, lies outside the years 1900 to 2299"),
        (orjson.dumps({**accepted().model_dump(mode="json"), "张三": 1}), "invalid-field", "Extra inputs are not permitted"),
        (orjson.dumps({**accepted().model_dump(mode="json"), "report": {"source": "张三"}}), "invalid-field", "report.source: Input should be 'hotline12345'"),
    ],
)
def test_a_line_that_is_no_accepted_report_is_refused_with_its_reason_and_without_its_words(line: bytes, code: str, detail: str) -> None:
    event = read(intake().frame([line]))[0]
    assert isinstance(event, RefusedEvent)
    assert (event.code, event.raw_line, event.receipt_id, event.original) == (code, 0, "", "")
    assert event.detail.startswith(detail)
    assert "张三" not in event.detail


def test_a_line_that_cannot_be_read_costs_only_itself_and_the_numbering_goes_on() -> None:
    raw = [b"{", accepted(receipt="a").to_json(), b"\x00", b"", accepted(receipt="b").to_json(), b"null"]
    events = read(intake().frame(raw))
    assert [event.raw_line for event in events] == list(range(6))
    assert [event.kind for event in events] == ["refused", "report", "refused", "refused", "report", "refused"]
    assert [event.receipt_id for event in events] == ["", "a", "", "", "b", ""]


def test_a_line_that_tells_no_time_moves_no_clock() -> None:
    early, late = (accepted(report(arrived_at=ARRIVED + timedelta(hours=hours))) for hours in (0, 1))
    events = read(intake(Mode.STREAM).frame([b"{", early.to_json(), b"{", late.to_json(), b"{"]))
    assert [event.at for event in events] == [BEFORE_ALL, early.report.arrived_at, early.report.arrived_at, late.report.arrived_at, late.report.arrived_at]


@given(st.lists(st.binary(max_size=40) | ACCEPTED.map(Accepted.to_json), min_size=1, max_size=6))
def test_whatever_stands_in_a_frame_every_line_has_one_event_and_twice_the_same(raw: list[bytes]) -> None:
    events = intake(Mode.STREAM).frame(raw)
    assert [event.raw_line for event in read(events)] == list(range(len(raw)))
    assert intake(Mode.STREAM).frame(raw) == events


# --- lines on which intake fails


@pytest.fixture
def fragile(monkeypatch: pytest.MonkeyPatch) -> Intake:
    """Intake with a fault: it falls over a certain word, naming it."""
    made = Intake(pukou(), Mode.STREAM)
    sound = made._classifier.classify  # noqa: SLF001  a fault cannot be made from outside

    def classify(said: Report, text_plain: str) -> Classified:
        if "毒" in text_plain:
            raise ZeroDivisionError(f"cannot divide {text_plain}")
        return sound(said, text_plain)

    monkeypatch.setattr(made._classifier, "classify", classify)  # noqa: SLF001
    return made


def test_a_poisoned_line_costs_only_itself_and_is_kept_whole(fragile: Intake) -> None:
    reports = [accepted(report("路灯不亮"), "a"), accepted(report("毒 张三", arrived_at=ARRIVED), "b"), accepted(report("井盖丢失"), "c")]
    events = read(fragile.lines(reports))
    poisoned = events[1]
    assert isinstance(poisoned, RefusedEvent)
    assert (poisoned.code, poisoned.raw_line, poisoned.receipt_id, poisoned.at) == ("poisoned-line", 1, "b", ARRIVED)
    assert Accepted.model_validate_json(poisoned.original) == reports[1]
    assert poisoned.detail.startswith("ZeroDivisionError in classify")
    assert "张三" not in poisoned.detail
    others = [intake(Mode.STREAM).events([line])[0].model_copy(update={"raw_line": n}) for n, line in ((0, reports[0]), (2, reports[2]))]
    assert [events[0], events[2]] == others


def test_a_poisoned_line_keeps_its_number_among_lines_that_cannot_be_read(fragile: Intake) -> None:
    raw = [b"{", accepted(report("毒"), "p").to_json(), b"{", accepted(report("井盖丢失"), "s").to_json()]
    assert [(event.raw_line, event.kind, event.receipt_id) for event in read(fragile.frame(raw))] == [
        (0, "refused", ""),
        (1, "refused", "p"),
        (2, "refused", ""),
        (3, "report", "s"),
    ]


# --- replays


def test_a_replayed_line_gives_the_same_event_and_says_what_it_replays() -> None:
    line = accepted(report("路灯不亮"))
    again = line.model_copy(update={"replays": "letter", "first_place": place_of(7, 3)})
    first, second = intake().events([line, again])
    assert (first.replays, first.first_place) == ("", "")
    assert (second.replays, second.first_place) == ("letter", place_of(7, 3))
    assert second.model_copy(update={"replays": "", "first_place": "", "raw_line": 0}) == first
    assert read(intake().frame([line.to_json(), again.to_json()])) == [first, second]


def test_a_replayed_line_on_which_intake_fails_again_is_kept_with_what_it_replays(fragile: Intake) -> None:
    again = accepted(report("毒")).model_copy(update={"replays": "letter", "first_place": place_of(7, 3)})
    (event,) = read(fragile.lines([again]))
    assert isinstance(event, RefusedEvent)
    assert Accepted.model_validate_json(event.original) == again


# --- sizes


REPORTER = Reporter(name="字" * 100, phone="字" * 40, id_number="字" * 40, home="字" * 300, token="x" * 64, key="x" * 20, box="x" * 4_000)


def longest(sign: str, beside: str, number: str) -> Report:
    """The longest report that the models allow, all of one sign, and of another in the source's further fields; `number` begins each field."""

    def full(sign: str, length: int) -> str:
        return number + sign * (length - len(number))

    extra: dict[str, Any] = {f"{n:02d}" + full("字", 98): full(beside, 2_000) for n in range(40)}
    return report(
        full(sign, 20_000),
        address=full(sign, 1_000),
        area_hint=full("字", 200),
        code="字" * 400,
        attachments=[full("字", 500)] * 20,
        extra=extra,
        reporter=REPORTER,
    )


@pytest.mark.parametrize("sign", ["字", "\U0001f600", '"', "\\", "\x01", "ﷺ", "﷽", "㌖"])
@pytest.mark.parametrize("beside", ["字", "\x01"])
@pytest.mark.parametrize("number", ["", "19990001234"])
def test_the_longest_report_fits_a_frame_as_a_line_as_an_event_and_as_a_dead_letter(sign: str, beside: str, number: str) -> None:
    line = accepted(longest(sign, beside, number))
    event = intake().events([line])[0]
    dead = RefusedEvent(kind="refused", at=NOW, raw_line=0, code="c", detail="d", original=line.to_json().decode())
    room_for_the_rest = 2_000
    for written in (line.to_json(), event.to_json(), dead.to_json(), orjson.dumps(event.to_json().decode())):
        assert len(written) + room_for_the_rest < MAX_LINE_BYTES
