from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from pipeline.casework.clocks.spans import Place, zone_of
from schemas.clocks import DaySpan
from tests.casework.clocks.by_the_minute import wall
from tests.casework.clocks.centres import pukou, timetable


@pytest.mark.parametrize(
    ("at", "end"),
    [
        (wall(2026, 3, 2, 22), wall(2026, 3, 3, 6)),
        (wall(2026, 3, 2, 23, 59), wall(2026, 3, 3, 6)),
        (wall(2026, 3, 3, 0), wall(2026, 3, 3, 6)),
        (wall(2026, 3, 3, 5, 59), wall(2026, 3, 3, 6)),
        (wall(2026, 3, 3, 6), None),
        (wall(2026, 3, 2, 21, 59), None),
    ],
)
def test_the_night_goes_over_midnight_and_ends_at_six(at: datetime, end: datetime | None) -> None:
    assert timetable().spans.end("night", at) == end


def test_a_span_within_a_day_ends_on_that_day() -> None:
    noon = DaySpan.model_validate({"span": "noon", "starts": "12:00", "ends": "14:00", "basis": "x"})
    spans = type(timetable().spans)({"noon": noon}, "Asia/Shanghai")
    assert spans.end("noon", wall(2026, 3, 2, 13)) == wall(2026, 3, 2, 14)
    assert spans.end("noon", wall(2026, 3, 2, 14)) is None


def test_the_smallest_area_says_the_zone() -> None:
    ours = replace(pukou(), zones={"*": "town", "320111004": "core", "320111004001001": "ring-1"})
    assert zone_of(ours, Place("320111004001001", "320111004001", "320111004", "320111")) == "ring-1"
    assert zone_of(ours, Place("320111004001002", "320111004001", "320111004", "320111")) == "core"
    assert zone_of(ours, Place("", "", "320111005", "320111")) == "town"
    assert zone_of(ours, Place()) == "town"
    assert zone_of(replace(pukou(), zones={}), Place("", "", "320111004", "320111")) == ""
