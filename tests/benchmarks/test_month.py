"""The simulated month in small: two days of a small district with a storm. What must hold after a month holds after them; the same seed, the same journal."""

from __future__ import annotations

from datetime import UTC, timedelta
from pathlib import Path

from benchmarks.month import START
from benchmarks.month_checks import Found, checked
from benchmarks.month_district import District, Wanted

WANTED = Wanted(START, days=2, reports=120, responders=60, seed=7, storm=0, storm_share=2.0, window=timedelta(minutes=1))


def simulated(wanted: Wanted, folder: Path) -> tuple[District, Found]:
    """A district at its end, closed, and what was found."""
    folder.mkdir()
    district = District(wanted, folder)
    try:
        while district.now < district.end:
            district.step()
        district.tick()
        return district, checked(district.log, district.reference, district.now.astimezone(UTC))
    finally:
        district.close()


def test_every_report_ends_or_waits_for_a_named_person_and_each_overdue_one_is_alerted(tmp_path: Path) -> None:
    district, found = simulated(WANTED, tmp_path / "first")
    assert not found.violations
    assert found.final_results == found.reports_ended + found.reopened
    assert sum(found.waiting.values()) == sum(number for state, number in found.cases.items() if state not in ENDED)
    assert district.runner.state.meta.waiting == 0, "no dead letters"
    assert not district.counts["verdict failed"]
    for what in ("action closed", "action return_asked", "action incident", "action warned", "order accept", "order decline", "order expire", "order finish"):
        assert district.counts[what], f"nothing of {what}: the two days are too quiet to show anything"
    again, _ = simulated(WANTED, tmp_path / "again")
    assert again.journal == district.journal
    assert again.counts == district.counts


ENDED = frozenset({"CLOSED", "ARCHIVED", "NOT_ACCEPTED", "TRANSFERRED", "VOID", "WITHDRAWN", "MERGED"})
