"""A line of figures is taken as its contract says, or refused with a sentence that quotes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.figures import Contract
from reference.load import load
from reference.tables import PACKS
from schemas.errors import InvalidField, Refused, UnreadableLine

PACK = load(PACKS / "pukou")
NOW = datetime(2026, 3, 2, 2, 5, tzinfo=UTC)
LIVE, STREAM = Contract("pukou", PACK, live=True), Contract("pukou", PACK, live=False)
READING = {"metric": "water.pressure.mpa", "object_id": "P-07", "area": "320111004", "at": "2026-03-02T10:05:00+08:00", "value": 0.31, "unit": "MPa"}
FIX = {"responder": PACK.responders[0].responder, "at": "2026-03-02T02:04:59Z", "lng": 118.6, "lat": 32.0, "accuracy_m": 8}


def line(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()


def test_a_sound_reading_is_taken_with_its_centre_and_its_unit() -> None:
    with_unit = LIVE.reading(line(READING), NOW)
    assert (with_unit.centre, with_unit.value, with_unit.at, with_unit.unit) == ("pukou", 0.31, NOW, "MPa")
    assert LIVE.reading(line({name: value for name, value in READING.items() if name != "unit"}), NOW) == with_unit
    assert LIVE.reading(line({**READING, "centre": "elsewhere"}), NOW) == with_unit, "the key says whose it is"


@pytest.mark.parametrize(
    ("changed", "where", "sentence"),
    [
        ({"metric": "water.presure"}, "metric", "is no metric that this centre takes"),
        ({"unit": "bar"}, "unit", "is not the unit of this metric, which is MPa"),
        ({"value": 3.1}, "value", "is beyond what can be: 0 to 2.5 MPa"),
        ({"value": -0.1}, "value", "is beyond what can be"),
        ({"value": "high"}, "value", "valid number"),
        ({"area": "320199"}, "area", "is not the code of an area"),
        ({"at": "2026-03-03T02:05:01Z"}, "at", "more than a day ahead of our clock"),
        ({"at": "1989-12-31T23:59:59Z"}, "at", "before 1990"),
        ({"at": "2026-03-02T10:05:00"}, "at", "timezone"),
        ({"at": None}, "at", "valid datetime"),
        ({"pressure": 0.3}, "the line", "a key that is not known here; there are metric, object_id, area, at, value, unit, quality"),
    ],
)
def test_a_reading_that_breaks_its_contract_is_refused_and_the_sentence_says_why(changed: dict[str, object], where: str, sentence: str) -> None:
    with pytest.raises(InvalidField, match=sentence) as refused:
        LIVE.reading(line({**READING, **changed}), NOW)
    assert refused.value.where == where
    assert "pressure" not in refused.value.detail, "nothing is quoted"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_a_value_that_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(Refused):
        LIVE.reading(line(READING).replace(b"0.31", value.encode()), NOW)
    with pytest.raises(Refused):
        LIVE.reading(line({**READING, "value": value}), NOW)


def test_a_centre_that_lives_by_its_stream_holds_instants_against_no_clock() -> None:
    later = line({**READING, "at": "2030-01-01T00:00:00Z"})
    assert STREAM.reading(later, NOW).at.year == 2030
    assert STREAM.position(line({**FIX, "at": "2018-01-01T00:00:00Z"}), NOW).at.year == 2018
    with pytest.raises(InvalidField, match="before 1990"):
        STREAM.reading(line({**READING, "at": "1970-01-01T00:00:00Z"}), NOW)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"responder": "somebody"}, "responder"),
        ({"at": "2026-03-02T02:10:01Z"}, "at"),
        ({"at": "2026-03-02T01:04:59Z"}, "at"),
        ({"lng": 181}, "lng"),
        ({"lat": "NaN"}, "lat"),
        ({"accuracy_m": -1}, "accuracy_m"),
    ],
)
def test_a_fix_of_nobody_of_ours_or_of_another_time_or_place_is_refused(changed: dict[str, object], where: str) -> None:
    assert LIVE.position(line(FIX), NOW).centre == "pukou"
    with pytest.raises(InvalidField) as refused:
        LIVE.position(line({**FIX, **changed}), NOW)
    assert refused.value.where == where


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)).map(line)
)
def test_whatever_a_line_is_it_is_refused_and_nothing_else_happens(said: bytes) -> None:
    for read in (LIVE.reading, LIVE.position):
        with pytest.raises(Refused):
            read(said, NOW)


@given(st.sampled_from(sorted(PACK.metrics)), st.floats(allow_nan=False, allow_infinity=False), st.timedeltas(timedelta(days=-10_000), timedelta(days=2)))
def test_what_is_taken_is_within_its_bounds_and_its_time(metric: str, value: float, off: timedelta) -> None:
    said = {"metric": metric, "at": (NOW + off).isoformat(), "value": value}
    bounds = PACK.metrics[metric]
    sound = bounds.least <= value <= bounds.most and off <= timedelta(days=1)
    try:
        taken = LIVE.reading(line(said), NOW)
    except InvalidField:
        assert not sound
    else:
        assert sound
        assert (taken.value, taken.unit) == (value, bounds.unit)


def test_a_pack_without_metrics_says_what_to_do() -> None:
    with pytest.raises(InvalidField, match=r"no metrics\.csv"):
        Contract("c", replace(PACK, metrics={}), live=True).reading(line(READING), NOW)


def test_a_broken_line_says_where_it_broke() -> None:
    with pytest.raises(UnreadableLine):
        LIVE.reading(b'{"metric": ', NOW)
