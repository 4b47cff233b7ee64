"""群发事件: cases of one cause, near each other and at nearly one time, become one incident (`domain/domain.md` §1.6 (13), §6, §10 (10)).

Which matters belong together is data (`incident_rules.csv`). Cases of a group that were opened within 30 minutes and are within 1 km
of each other hang together, through others, too. Where 4 of them are within 1 km of one, all that hang together with it are an
incident: the oldest case is the parent, the others its children. While it lives (something joined within 60 minutes, and the parent is
open) whatever is opened within 1 km of one of its cases joins it, and brings along what it hangs together with; where that is another
incident, the one with the older parent takes it in. So the cases of an incident do not depend on the order of what is opened at one instant.
"""

from __future__ import annotations

from math import cos, hypot, radians
from typing import TYPE_CHECKING, NamedTuple

import orjson

from pipeline.casework.nearby import METRES_PER_DEGREE
from reference.precedence import covers
from schemas.errors import BrokenFrame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pipeline.casework.table import Table
    from schemas.watching import IncidentRule

INCIDENTS = "incidents"
"""Name of the table. Keys: groups of incident_rules.csv; so few rows that all may stay warm."""
MOST_MEMBERS = 1_000
"""Of an incident so many cases are remembered, the latest: further ones join near these."""


class Opened(NamedTuple):
    """A case and where it was opened: seconds since 1970, WGS-84."""

    at: int
    ordinal: int
    lng: float
    lat: float


class Incident(NamedTuple):
    """An incident that lives, or did when the row was written."""

    parent: int
    last_at: int
    """When something last joined."""
    members: tuple[Opened, ...]
    """By (at, ordinal), the parent among them while it is one of the latest."""


class Group(NamedTuple):
    """The row of a group: cases of the last half hour that are in no incident, in the order of their opening, and the incidents."""

    alone: tuple[Opened, ...] = ()
    incidents: tuple[Incident, ...] = ()


class Joined(NamedTuple):
    """Cases that are children of `parent` from now on."""

    group: str
    """Row of incident_rules.csv."""
    parent: int
    members: tuple[int, ...]
    """Those that were not before; the parent is not among them. Cases of another incident that was taken in are."""
    new: bool
    """Whether the incident begins with them."""


NOTHING = Group()


def group_to_bytes(group: Group) -> bytes:
    """A row as it is kept."""
    return orjson.dumps(group, default=tuple)


def group_from(data: bytes) -> Group:
    """Reads a row back; raises BrokenFrame when it is none."""
    try:
        alone, incidents = orjson.loads(data)
        return Group(
            tuple(Opened(*each) for each in alone),
            tuple(Incident(parent, last_at, tuple(Opened(*each) for each in members)) for parent, last_at, members in incidents),
        )
    except (ValueError, TypeError) as error:
        raise BrokenFrame(f"a row of the incidents is not readable: {error}") from error


def rules_of(rules: Sequence[IncidentRule], matters: Iterable[str]) -> Mapping[str, IncidentRule]:
    """The rule of each matter that has one."""
    return {code: rule for code in matters for rule in rules if any(covers(pattern, code) for pattern in rule.matters)}


class Incidents:
    """Makes incidents of cases as they are opened."""

    def __init__(self, table: Table[str, Group], rules: Sequence[IncidentRule], of: Mapping[str, IncidentRule]) -> None:
        """`table`: `INCIDENTS`, read by `group_from`; `rules` are the pack's, `of` the rule of each matter (`rules_of`)."""
        self._table = table
        self._rules = rules
        self._of = of

    def opened(self, matter: str, urgency: str, ordinal: int, at: datetime, lng: float | None, lat: float | None) -> Joined | None:
        """A case was opened, not before the last one; which cases are children of which from now on, if any are. Without a point it is in no incident."""
        rule = self._of.get(matter)
        if rule is None or lng is None or lat is None or urgency not in rule.urgencies:
            return None
        new = Opened(int(at.timestamp()), ordinal, lng, lat)
        row = self._now(rule, new.at)
        touched = [incident for incident in row.incidents if any(_near(new, member, rule.radius_m) for member in incident.members)]
        around = [other for other in row.alone if _near(new, other, rule.radius_m)]
        if not touched and not self._begins(rule, around, row.alone):
            self._table.put(rule.group, row._replace(alone=(*row.alone, new)))
            return None
        together = _hanging_together(new, around, row.alone, rule.radius_m)
        parent = min(incident.parent for incident in touched) if touched else min(each.ordinal for each in together)
        taken_in = {member.ordinal for incident in touched if incident.parent != parent for member in incident.members}
        taken_in.update(incident.parent for incident in touched)
        members = sorted({*together, *(member for incident in touched for member in incident.members)})
        grown = Incident(parent, new.at, tuple(members[-MOST_MEMBERS:]))
        others = [incident for incident in row.incidents if incident not in touched]
        alone = tuple(each for each in row.alone if each not in together)
        self._table.put(rule.group, Group(alone, tuple(sorted((*others, grown)))))
        joined = sorted({each.ordinal for each in together}.union(taken_in) - {parent})
        return Joined(rule.group, parent, tuple(joined), new=not touched)

    def ended(self, ordinal: int) -> tuple[int, ...]:
        """A case ended: it counts no more. Where it was a parent the incident ends; its children, as far as remembered, by ordinal."""
        left: set[int] = set()
        for rule in self._rules:
            row = self._table.get(rule.group) or NOTHING
            gone = [incident for incident in row.incidents if incident.parent == ordinal]
            left.update(member.ordinal for incident in gone for member in incident.members)
            kept = Group(
                tuple(each for each in row.alone if each.ordinal != ordinal), tuple(_without(each, ordinal) for each in row.incidents if each not in gone)
            )
            if kept != row:
                self._table.put(rule.group, kept)
        return tuple(sorted(left - {ordinal}))

    def _now(self, rule: IncidentRule, now: int) -> Group:
        """The row without what is too long ago."""
        row = self._table.get(rule.group) or NOTHING
        since, joined_since = now - rule.within_min * 60, now - rule.lives_min * 60
        if (not row.alone or row.alone[0].at >= since) and all(incident.last_at >= joined_since for incident in row.incidents):
            return row
        return Group(tuple(each for each in row.alone if each.at >= since), tuple(each for each in row.incidents if each.last_at >= joined_since))

    @staticmethod
    def _begins(rule: IncidentRule, around: Sequence[Opened], alone: Sequence[Opened]) -> bool:
        """Whether enough are within the radius of the new one, or of one of those around it."""
        if len(around) + 1 >= rule.least:
            return True
        return any(sum(_near(middle, other, rule.radius_m) for other in alone) + 1 >= rule.least for middle in around)


def _hanging_together(new: Opened, around: Iterable[Opened], alone: Iterable[Opened], radius_m: float) -> set[Opened]:
    """The new one, and those alone that are near it, near one of these, and so on."""
    together, edge = {new, *around}, list(around)
    left = [other for other in alone if other not in together]
    while edge and left:
        middle = edge.pop()
        near = [other for other in left if _near(middle, other, radius_m)]
        together.update(near)
        edge += near
        left = [other for other in left if other not in together]
    return together


def _without(incident: Incident, ordinal: int) -> Incident:
    members = tuple(member for member in incident.members if member.ordinal != ordinal)
    return incident if len(members) == len(incident.members) else incident._replace(members=members)


def _near(a: Opened, b: Opened, radius_m: float) -> bool:
    """Whether two cases are within so many metres. Equirectangular: off by less than 0.1 % within a district."""
    north = (a.lat - b.lat) * METRES_PER_DEGREE
    if north > radius_m or north < -radius_m:
        return False
    east = (a.lng - b.lng) * METRES_PER_DEGREE * cos(radians((a.lat + b.lat) / 2))
    return hypot(north, east) <= radius_m
