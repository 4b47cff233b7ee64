from __future__ import annotations

import pytest

from schemas.limit import Limit, read_limit
from schemas.vocabulary import TimeKind

HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("60s", Limit(TimeKind.ELAPSED, 60_000_000)),
        ("30min", Limit(TimeKind.ELAPSED, HOUR // 2)),
        ("2ewh", Limit(TimeKind.ELAPSED, 2 * HOUR)),
        ("0.083ewh", Limit(TimeKind.ELAPSED, 298_800_000)),
        ("4wh", Limit(TimeKind.OFFICE, 4 * HOUR)),
        ("0.5wh", Limit(TimeKind.OFFICE, HOUR // 2)),
        ("5wd", Limit(TimeKind.WORKING_DAYS, 5)),
        ("60d", Limit(TimeKind.CALENDAR_DAYS, 60)),
        ("legal", None),
        ("none", None),
    ],
)
def test_a_limit_is_read_exactly(text: str, limit: Limit | None) -> None:
    assert read_limit(text) == limit


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("2hours", "is no limit"),
        ("", "is no limit"),
        ("-1wh", "is no limit"),
        ("0wd", "is no time at all"),
        ("0.0000000001s", "is no time at all"),
        ("0.5wd", "is a part of a day"),
        ("1.0d", "is a part of a day"),
    ],
)
def test_what_is_no_limit_says_why(text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        read_limit(text)
