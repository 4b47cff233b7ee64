"""The simulated month in small: two days of a small district with a storm. What must hold after a month holds after them; the same seed, the same journal."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.month import START
from benchmarks.month_checks import checked
from benchmarks.month_district import District, Wanted

AFTER_THE_STORM = START + timedelta(hours=15)
SHOWN = ("action closed", "action return_asked", "action incident", "action warned", "order accept", "order decline", "order expire", "order finish")
ENDED = frozenset({"CLOSED", "ARCHIVED", "NOT_ACCEPTED", "TRANSFERRED", "VOID", "WITHDRAWN", "MERGED"})
WANTED = Wanted(START, days=2, reports=120, responders=60, seed=7, storm=0, storm_share=2.0, window=timedelta(minutes=1))


def simulated(folder: Path) -> District:
    """The district at its beginning."""
    folder.mkdir()
    return District(WANTED, folder)


def until(district: District, at: datetime) -> str:
    """Time goes by; the digest of the journal then."""
    while district.now < at:
        district.step()
    return district.journal


def test_every_report_ends_or_waits_for_a_named_person_and_each_overdue_one_is_alerted(tmp_path: Path) -> None:
    with closing(simulated(tmp_path / "first")) as district:
        digest = until(district, AFTER_THE_STORM)
        until(district, district.end)
        district.tick()
        found = checked(district.log, district.reference, district.now.astimezone(UTC))
        assert not found.violations
        assert found.final_results == found.reports_ended + found.reopened
        assert sum(found.waiting.values()) == sum(number for state, number in found.cases.items() if state not in ENDED)
        assert district.runner.state.meta.waiting == 0, "no dead letters"
        assert not district.counts["verdict failed"]
        missing = [what for what in SHOWN if not district.counts[what]]
        assert not missing, "the two days are too quiet to show anything"
    with closing(simulated(tmp_path / "again")) as again:
        assert until(again, AFTER_THE_STORM) == digest, "the same seed, another journal"
