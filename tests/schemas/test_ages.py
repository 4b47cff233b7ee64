from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemas.ages import accepted, age_of
from schemas.frame import Header


def header(*hops: str) -> Header:
    """A header that has gone through these hands."""
    return Header(centre="pukou", kind="report", lines=1, hops=hops)


def test_what_was_just_accepted_is_young_however_many_hands_it_went_through() -> None:
    age = age_of(header(accepted("import export.csv with blanks"), "intake 2020-01-01T00:00:00.000+00:00 w1", "another"))
    assert age is not None
    assert 0 <= age < 60


def test_the_hop_of_acceptance_tells_the_age_and_no_clock_that_went_back_makes_it_less_than_nothing() -> None:
    ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    assert age_of(header("intake x y", f"accept {ago} door")) == pytest.approx(3_600, abs=60)
    assert age_of(header(f"accept {(datetime.now(UTC) + timedelta(hours=1)).isoformat()} door")) == 0


@pytest.mark.parametrize(
    "hops",
    [
        (),
        ("intake 2020-01-01T00:00:00+00:00 w1",),
        ("accept",),
        ("accept yesterday door",),
        ("accept 2020-01-01T00:00:00 door",),
        ("accepted 2020-01-01T00:00:00+00:00 door",),
    ],
)
def test_without_an_instant_of_acceptance_there_is_no_age(hops: tuple[str, ...]) -> None:
    assert age_of(header(*hops)) is None
