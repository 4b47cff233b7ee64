"""What must hold of a pack's clocks: limits that give a time, hours that follow each other, names that stand where they are referred to."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from reference.precedence import ANY, covers
from reference.problem import Problem, some_of
from reference.rows import Origin
from reference.tables import (
    AREAS,
    CALENDAR,
    DAY_SPANS,
    DEADLINES,
    EXTENSIONS,
    MATTERS,
    OFFICE_HOURS,
    SUPERVISION,
    WARNINGS,
    ZONES,
    Table,
)
from schemas.fields import Model
from schemas.limit import LEGAL, NONE, read_limit
from schemas.vocabulary import AlertLevel, Milestone, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reference.draft import Draft
    from schemas.clocks import OfficeHours, WarningRule

M = TypeVar("M", bound=Model)

EVERY_URGENCY = (
    Milestone.SCREEN,
    Milestone.ACCEPT,
    Milestone.DISPATCH,
    Milestone.SIGN,
    Milestone.RETURN,
    Milestone.CONTACT,
    Milestone.ARRIVE,
    Milestone.CLOSE,
)
"""Milestones that need a rule for every urgency, be it `none`; a centre may do without the others."""
_LIMITS = "a number above 0 with s, min, wh or ewh, a whole one with wd or d; legal; none"
_A_LEAP_YEAR = 2024


def check(draft: Draft, pack: str, problems: list[Problem]) -> None:
    """Adds to `problems` what is wrong with the clocks of `draft`; rows that did not validate are left alone."""
    checks = _Checks(draft, pack, problems)
    checks.limits()
    checks.deadlines()
    checks.calendar()
    checks.office_hours()
    checks.day_spans()
    checks.zones()
    checks.warnings()
    checks.supervision()
    checks.extensions()


class _Checks:
    def __init__(self, draft: Draft, pack: str, problems: list[Problem]) -> None:
        self.draft = draft
        self.pack = pack
        self.problems = problems

    def _add(self, origin: Origin, field: str, value: str, wrong: str, allowed: str = "") -> None:
        self.problems.append(Problem(*origin, field, value, wrong, allowed))

    def _file(self, table: Table[M]) -> Origin:
        return Origin(f"{self.pack}/{table.file}", 0)

    def _limit(self, origin: Origin, field: str, value: str, *, needs_time: bool = False) -> None:
        try:
            limit = read_limit(value)
        except ValueError as error:
            self._add(origin, field, value, str(error), _LIMITS)
            return
        if needs_time and limit is None:
            self._add(origin, field, value, "gives no time, but one is needed here", _LIMITS.partition(";")[0])

    def _named(self, origin: Origin, field: str, value: str, known: Iterable[str], what: str) -> None:
        if value not in known:
            self._add(origin, field, value, f"is not {what}", some_of(set(known)))

    def limits(self) -> None:
        """Every limit can be reckoned with."""
        for matter, origin in self.draft.of(MATTERS).placed():
            self._limit(origin, "limit", matter.limit)
        for rule, origin in self.draft.of(DEADLINES).placed():
            self._limit(origin, "limit", rule.limit)
            self._limit(origin, "cap", rule.cap)
            if rule.cap == LEGAL:
                self._add(origin, "cap", rule.cap, "is no bound", "a limit with a time; none")

    def deadlines(self) -> None:
        """Rules name known matters, zones and spans, none stands twice, and what every case passes has one for every urgency."""
        rules = self.draft.of(DEADLINES)
        matters, spans = self.draft.of(MATTERS).known, self.draft.of(DAY_SPANS).known
        general: set[tuple[str, str]] = set()
        same: dict[tuple[str, ...], Origin] = {}
        for rule, origin in rules.placed():
            if not any(covers(rule.matter, code) for code in matters):
                self._add(origin, "matter", rule.matter, "fits no matter", some_of(matters))
            if rule.span != ANY:
                self._named(origin, "span", rule.span, spans, "a span of the day")
            key = (rule.milestone, rule.matter, rule.intent, rule.urgency, rule.source, rule.zone, rule.span)
            if key in same:
                wrong = f"has this matter, intent, urgency, source, zone and span already in line {same[key].row}"
                self._add(origin, "milestone", rule.milestone, wrong)
            same.setdefault(key, origin)
            if {rule.matter, rule.intent, rule.source, rule.zone, rule.span} == {ANY}:
                general |= {(rule.milestone, urgency) for urgency in (Urgency if rule.urgency == ANY else (rule.urgency,))}
        if rules.intact:
            for milestone, urgency in ((milestone, urgency) for milestone in EVERY_URGENCY for urgency in Urgency):
                if (milestone, urgency) not in general:
                    wrong = f"has no rule for the milestone {milestone}"
                    self._add(self._file(DEADLINES), "urgency", urgency.value, wrong, "a rule with matter, intent, source, zone and span *")

    def calendar(self) -> None:
        """No day lies beyond the one to which the calendar is said to be complete."""
        until = self.draft.manifest.calendar_until if self.draft.manifest is not None else None
        for row, origin in self.draft.of(CALENDAR).placed():
            if until is not None and row.day > until:
                self._add(origin, "day", str(row.day), f"lies beyond calendar_until of {self.pack}/pack.yaml", f"{until} or before; or a later calendar_until")

    def office_hours(self) -> None:
        """One row holds where no season does, seasons do not overlap, and hours follow each other."""
        seasons = self.draft.of(OFFICE_HOURS)
        usual = [season for season in seasons.items if not season.first and not season.last]
        if seasons.items and seasons.intact and len(usual) != 1:
            wrong = f"is empty, beside an empty last, in {len(usual)} rows"
            self._add(self._file(OFFICE_HOURS), "first", "", wrong, "exactly one row without days: what holds outside the seasons")
        taken: dict[str, str] = {}
        for season, origin in seasons.placed():
            self._hours(origin, season)
            if not season.first and not season.last:
                continue
            days = season_days(season)
            if not days:
                self._add(origin, "first", f"{season.first}…{season.last}", "are no two days of a year", "both a first and a last day, or neither")
            if other := next((taken[day] for day in sorted(days & taken.keys())), ""):
                self._add(origin, "first", season.first, f"begins a season that overlaps {other}", "seasons of different days")
            taken |= dict.fromkeys(days, season.season)

    def _hours(self, origin: Origin, season: OfficeHours) -> None:
        ends = [part for hours in season.hours for part in hours.split("-")]
        if any(second <= first for first, second in pairwise(ends)):
            self._add(origin, "hours", "|".join(season.hours), "do not follow each other within the day", "09:00-12:00|14:00-18:00")

    def day_spans(self) -> None:
        """A span is neither nothing nor the whole day."""
        for span, origin in self.draft.of(DAY_SPANS).placed():
            if span.starts == span.ends:
                self._add(origin, "ends", str(span.ends), "is also its start", "another time")

    def zones(self) -> None:
        """Zones are those of known areas and grids, and some deadline is for them."""
        known = self.draft.of(AREAS).known | self.draft.grids.known | {ANY}
        ruled = {rule.zone for rule in self.draft.of(DEADLINES).items} - {ANY}
        for zone, origin in self.draft.of(ZONES).placed():
            if zone.area not in known:
                self._named(origin, "area", zone.area, known, "the code of an area or a grid, or *")
            if zone.zone not in ruled and self.draft.of(DEADLINES).intact:
                self._named(origin, "zone", zone.zone, ruled, "a zone that a rule of deadlines.csv is for")

    def warnings(self) -> None:
        """Each warning says when, in one way; the milder levels come first; quiet hours are a span of the day."""
        spans = self.draft.of(DAY_SPANS).known
        groups: defaultdict[tuple[str, str], list[tuple[WarningRule, Origin]]] = defaultdict(list)
        for rule, origin in self.draft.of(WARNINGS).placed():
            if rule.quiet:
                self._named(origin, "quiet", rule.quiet, spans, "a span of the day")
            self._limit(origin, "over", rule.over)
            if (rule.share is None) == (rule.over in (NONE, LEGAL)):
                self._add(origin, "over", rule.over, "stands beside a share" if rule.share else "gives no time, beside an empty share", "one of the two")
            groups[rule.milestone, rule.urgency].append((rule, origin))
        order = list(AlertLevel)
        for rules in groups.values():
            shares = sorted(((rule, origin) for rule, origin in rules if rule.share is not None), key=lambda pair: order.index(pair[0].level))
            for (milder, _), (graver, origin) in pairwise(shares):
                if (graver.share or 0) < (milder.share or 0) or graver.level is milder.level:
                    wrong = f"does not come after {milder.level} ({milder.share} %)"
                    self._add(origin, "share", str(graver.share), wrong, "a share that grows with the level, one of each level")

    def supervision(self) -> None:
        """Levels count up from 1, each has a time, and no warning begins two of them."""
        steps = self.draft.of(SUPERVISION)
        begun = Counter(step.on for step in steps.items if step.on is not None)
        for step, origin in steps.placed():
            self._limit(origin, "limit", step.limit, needs_time=True)
            if step.on is not None and begun[step.on] > 1:
                self._add(origin, "on", step.on.value, "begins several levels", "one level for each warning")
        levels = sorted(step.level for step in steps.items)
        if steps.intact and levels != list(range(1, len(levels) + 1)):
            self._add(self._file(SUPERVISION), "level", ", ".join(map(str, levels)), "does not count up from 1", "1, 2, 3, …")

    def extensions(self) -> None:
        """Extensions have a bound, and no two rules are for the same."""
        same: dict[tuple[str, ...], Origin] = {}
        for rule, origin in self.draft.of(EXTENSIONS).placed():
            self._limit(origin, "most", rule.most)
            if rule.most == LEGAL:
                self._add(origin, "most", rule.most, "is no bound", "a limit with a time; none")
            key = (rule.milestone, rule.source, rule.urgency)
            if key in same:
                self._add(origin, "extension", rule.extension, f"is for the same milestone, source and urgency as line {same[key].row}")
            same.setdefault(key, origin)


def season_days(season: OfficeHours) -> set[str]:
    """The days of a season as `MM-DD`, 29 February included; none where its first or last is no day of a year."""
    year = [date.fromordinal(day).strftime("%m-%d") for day in range(date(_A_LEAP_YEAR, 1, 1).toordinal(), date(_A_LEAP_YEAR + 1, 1, 1).toordinal())]
    if season.first not in year or season.last not in year:
        return set()
    if season.first <= season.last:
        return {day for day in year if season.first <= day <= season.last}
    return {day for day in year if day >= season.first or day <= season.last}
