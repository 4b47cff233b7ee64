"""Which rule comes first where several hold: the order of duties, and patterns of matters.

A duty names a matter, a place and an owner. Matter first, always: `0203` before `02*` before `*`. Then 部件先属主后属地
(parts: owner, then place), 事件先属地后属主 (events, and services too: place, then owner), `domain/domain.md` §4.1. So
no two duties of a valid pack are equal in rank for the same report (`reference/duties.py` refuses them).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schemas.vocabulary import AreaLevel

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from schemas.centre import Area, Duty, Matter

ANY = "*"
OF_STREET = "@street"
OF_COMMUNITY = "@community"
OF_OWNER = "@owner"
PLACEHOLDERS = (OF_STREET, OF_COMMUNITY, OF_OWNER)
"""What may stand for a unit: the street's or the community's of the place, the owner's of the part."""

_AREA_RANK = {AreaLevel.DISTRICT: 1, AreaLevel.STREET: 2, AreaLevel.COMMUNITY: 3}


class Rank(NamedTuple):
    """Rank of a duty for a matter; the greatest that holds decides."""

    matter: int
    first: int
    second: int


def covers(pattern: str, code: str) -> bool:
    """Whether a pattern of matters (`0203`, `02*`, `*`) holds for a code."""
    return pattern in (code, ANY) or (pattern.endswith(ANY) and code.startswith(pattern[:-1]))


def matter_rank(pattern: str) -> int:
    """0 for `*`, 1 for a group, 2 for a code."""
    if pattern == ANY:
        return 0
    return 1 if pattern.endswith(ANY) else 2


def area_rank(area: str, areas: Mapping[str, Area]) -> int:
    """0 for `*`, 1 for a district, 2 for a street, 3 for a community."""
    return 0 if area == ANY else _AREA_RANK[areas[area].level]


def owner_rank(duty: Duty) -> int:
    """2 where the duty names the owner, 1 where it leads to whoever the owner is, else 0."""
    if duty.part_owner != ANY:
        return 2
    return 1 if duty.unit == OF_OWNER else 0


def rank(duty: Duty, matter: Matter, areas: Mapping[str, Area]) -> Rank:
    """Rank of `duty` for reports of `matter`."""
    owner, area = owner_rank(duty), area_rank(duty.area, areas)
    return Rank(matter_rank(duty.matter), *((owner, area) if matter.kind == "part" else (area, owner)))


def in_force(duty: Duty, day: date) -> bool:
    """Whether a duty holds on a day of the centre; `valid_to` is its last day."""
    return duty.valid_from <= day and (duty.valid_to is None or day <= duty.valid_to)
