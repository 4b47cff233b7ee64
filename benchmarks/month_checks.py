"""What must hold after a simulated month, checked against all that the centre has kept and written.

Every report ended or waiting for a named person, each overdue milestone alerted, exactly one final result a report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from pipeline.casework.clocks.spans import DaySpans
from pipeline.casework.lifecycle.kept import WORKS
from pipeline.casework.lifecycle.work import Work, work_from
from pipeline.casework.rows import CaseRow, case_from, entry_from
from pipeline.casework.state import CASES, ENDED, REGISTER
from pipeline.runtime.sqlite_log import SqliteLog
from reference.pack import Reference
from schemas.topics import ALERTS, RESULTS
from schemas.vocabulary import AlertKind, CaseState, Milestone, Urgency

ENDS = frozenset(state.value for state in (CaseState.CLOSED, CaseState.ARCHIVED, CaseState.NOT_ACCEPTED, CaseState.TRANSFERRED, CaseState.VOID))
"""A report in such a case has its final result."""
AT_DESK = frozenset(state.value for state in (CaseState.CLASSIFIED, CaseState.FEEDBACK, CaseState.VERIFYING, CaseState.REVISITING))
LATE = frozenset({AlertKind.OVERDUE.value, AlertKind.UNSIGNED.value})
WATCHED = (Milestone.SIGN, Milestone.CLOSE)
DESK, SEALED_POST = "desk 值班员", "desk 密件专岗"
PORTION = 2_000


@dataclass(slots=True)
class Found:
    """What was found. `violations` are sentences without words of reports; nothing there: all holds."""

    violations: list[str] = field(default_factory=list)
    cases: Counter[str] = field(default_factory=Counter)
    """By state."""
    reports_ended: int = 0
    final_results: int = 0
    reopened: int = 0
    """Reports that have had their final result and are worked on again, or were taken back afterwards."""
    waiting: Counter[str] = field(default_factory=Counter)
    """Open cases by whom they wait for."""
    overdue: Counter[str] = field(default_factory=Counter)
    """Milestones that were missed, by milestone; `… alerted` of these; `… in quiet hours`: reached before anybody was to be told."""

    def wrong(self, what: str) -> None:
        """Something does not hold."""
        self.violations.append(what)


def checked(log: SqliteLog, reference: Reference, now: datetime) -> Found:
    """Looks at everything. `now`: the centre's clock. A hundred thousand cases take some ten seconds."""
    found = Found()
    alerted = _alerted(found, log)
    finals = Counter((one["source"], one["source_id"]) for one in _lines(log, RESULTS.name) if one.get("final"))
    found.final_results = sum(finals.values())
    for (source, name), number in finals.items():
        if number > 1:
            found.wrong(f"{number} final results of {source} {name}")
    cases = {int(key): case_from(row) for table in (CASES, ENDED) for key, row in log.scan(table)}
    quiet = DaySpans(reference.day_spans, reference.time_zone)
    ended: set[tuple[str, str]] = set()
    for ordinals in _portions(list(cases)):
        works = _works(log, ordinals)
        works |= _works(log, sorted({work.parent for work in works.values() if work.parent} - works.keys()))
        for ordinal in ordinals:
            case, work = cases[ordinal], works.get(ordinal)
            found.cases[case.state] += 1
            if case.is_open:
                _waits(found, case, work, cases, reference)
            elif case.state in ENDS and work is not None:
                ended |= _told(found, log, case, finals)
            if work is not None:
                for milestone in WATCHED:
                    _on_time(found, case, work, works.get(work.parent), milestone, now, alerted, cases, quiet)
    found.reports_ended = len(ended)
    found.reopened = len(finals.keys() - ended)
    return found


def _works(log: SqliteLog, ordinals: Sequence[int]) -> dict[int, Work]:
    return {int(key): work_from(row) for key, row in log.load(WORKS, ordinals).items()}


def _alerted(found: Found, log: SqliteLog) -> set[tuple[str, str]]:
    """Cases and milestones of which somebody was told that they were missed."""
    alerted = set()
    for one in _lines(log, ALERTS.name):
        if one["kind"] in LATE and one.get("milestone"):
            alerted.add((one["case_id"], one["milestone"]))
        elif one["kind"] == AlertKind.BROKEN_TIMER.value:
            found.wrong(f"timers of {one.get('number')} could not be fired")
    return alerted


def _waits(found: Found, case: CaseRow, work: Work | None, cases: Mapping[int, CaseRow], reference: Reference) -> None:
    if work is None:
        found.waiting[SEALED_POST] += 1
        if not case.facts.sealed:
            found.wrong(f"{case.number} is open, not sealed, and nobody works on it")
        return
    parent = cases.get(work.parent)
    if parent is not None and parent.is_open:
        found.waiting["parent of its incident"] += 1
    elif case.state in AT_DESK or work.returning is not None or work.stands is not None:
        found.waiting[DESK] += 1
    elif work.unit in reference.units:
        found.waiting[f"unit {reference.units[work.unit].name}"] += 1
    else:
        found.wrong(f"{case.number} is {case.state} and waits for nobody: its unit is {work.unit or 'none'}")


def _told(found: Found, log: SqliteLog, case: CaseRow, finals: Mapping[tuple[str, str], int]) -> set[tuple[str, str]]:
    """The standing reports of a case that has ended: each has its final result."""
    entries = [entry_from(row) for row in log.load(REGISTER, list(case.members)).values()]
    standing = {(entry.source, entry.source_id) for entry in entries if entry.standing and entry.case == case.ordinal}
    for source, name in standing:
        if not finals.get((source, name)):
            found.wrong(f"{case.number} is {case.state}, and {source} {name} has no final result")
    return standing


def _on_time(
    found: Found,
    case: CaseRow,
    work: Work,
    of_parent: Work | None,
    milestone: Milestone,
    now: datetime,
    alerted: set[tuple[str, str]],
    cases: Mapping[int, CaseRow],
    quiet: DaySpans,
) -> None:
    """A milestone that was missed has an alert, of the case or of its incident's parent. What is done for the parent is done for its children."""
    plan = work.plan(milestone)
    if plan is None or plan.due is None:
        return
    ended = now if case.is_open else work.closed_at or datetime.fromisoformat(case.changed_at)
    reached = [one.reached[milestone.value] for one in (work, of_parent) if one is not None and milestone.value in one.reached]
    at = min([*reached, ended])
    if at <= plan.due:
        return
    found.overdue[milestone.value] += 1
    parent = cases.get(work.parent)
    if (case.case_id, milestone.value) in alerted or (parent is not None and (parent.case_id, milestone.value) in alerted):
        found.overdue[f"{milestone.value} alerted"] += 1
        return
    until = quiet.end("quiet", plan.due) if case.urgency not in (Urgency.U1.value, Urgency.U2.value) else None
    if until is not None and at <= until:
        found.overdue[f"{milestone.value} in quiet hours"] += 1
        return
    found.wrong(f"{case.number} ({case.state}, {case.urgency}) missed {milestone.value}, due {plan.due}, {at}, and nobody was alerted")


def _lines(log: SqliteLog, topic: str) -> Iterator[dict[str, Any]]:
    after = -1
    while placed := log.read(topic, after, 500):
        after = placed[-1].offset
        for one in placed:
            yield from map(orjson.loads, one.frame.lines())


def _portions(ordinals: list[int]) -> Iterator[list[int]]:
    for first in range(0, len(ordinals), PORTION):
        yield ordinals[first : first + PORTION]
