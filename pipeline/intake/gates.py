"""Gates: words that seal a report or raise its urgency, before any statistics (`domain/domain.md` §1.1, §1.4, §10).

A condition of the report may stand among a gate's `with_any`, beside words: `@night` (22:00 to 06:00 in the centre's zone)
and `@crowd` (five people or more are concerned, where joint petitions begin, `domain/domain.md` §1.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from pipeline.intake.words import CONDITION
from schemas.errors import BrokenReference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipeline.intake.words import Found, Matcher
    from reference.pack import Reference
    from schemas.centre import Gate
    from schemas.report import Report

NIGHT = "@night"
CROWD = "@crowd"
CONDITIONS = {NIGHT: "by night", CROWD: "many people"}
NIGHT_FROM, NIGHT_TO = 22, 6
"""Hours of the night in the law on noise (噪声污染防治法 §88)."""
CROWD_OF = 5

Conditions = tuple[str, ...]


class Held(NamedTuple):
    """A gate that holds, the word that opened it, and the word or condition beside it (empty: none was asked for)."""

    gate: Gate
    word: str
    beside: str


class _Watched(NamedTuple):
    gate: Gate
    any_of: frozenset[int]
    with_any: frozenset[int]
    conditions: frozenset[str]
    unless: frozenset[int]


class Gates:
    """The gates of a pack, by the words that open them."""

    def __init__(self, reference: Reference, matcher: Matcher) -> None:
        self._matcher = matcher
        self._opened_by: dict[int, list[int]] = {}
        self._watched: list[_Watched] = []
        for gate in reference.gates:
            watched = self._watch(gate)
            for number in watched.any_of:
                self._opened_by.setdefault(number, []).append(len(self._watched))
            self._watched.append(watched)
        self._on_condition = frozenset(number for watched in self._watched if watched.conditions for number in watched.any_of)
        self._zone = ZoneInfo(reference.time_zone)

    def _watch(self, gate: Gate) -> _Watched:
        conditions = frozenset(word for word in gate.with_any if word.startswith(CONDITION))
        wrong = [word for word in (*gate.any_of, *gate.unless) if word.startswith(CONDITION)] + [word for word in conditions if word not in CONDITIONS]
        if wrong:
            raise BrokenReference(f"{wrong[0]} is no condition that can stand here: with_any takes {', '.join(CONDITIONS)}", where=f"gates {gate.gate}")
        number = self._matcher.number
        words = frozenset(number(word) for word in gate.with_any if word not in conditions)
        return _Watched(gate, frozenset(map(number, gate.any_of)), words, conditions, frozenset(map(number, gate.unless)))

    def conditions(self, found: Found, report: Report) -> Conditions:
        """What holds of the report beside its words, where a gate whose word stands asks for it; else nothing."""
        if self._on_condition.isdisjoint(found.standing):
            return ()
        hour = report.reported_at.astimezone(self._zone).hour
        night = (NIGHT,) if hour >= NIGHT_FROM or hour < NIGHT_TO else ()
        return (*night, CROWD) if (report.persons or 0) >= CROWD_OF else night

    def held(self, found: Found, conditions: Conditions) -> list[Held]:
        """The gates that hold, in the table's order."""
        standing = found.standing
        opened = sorted({index for number in standing for index in self._opened_by.get(number, ())})
        return [held for index in opened if (held := self._holds(self._watched[index], standing, conditions))]

    def _holds(self, watched: _Watched, standing: frozenset[int], conditions: Conditions) -> Held | None:
        if not watched.unless.isdisjoint(standing):
            return None
        word = self._first(watched.any_of & standing)
        if not watched.gate.with_any:
            return Held(watched.gate, word, "")
        beside = watched.with_any & standing
        if beside:
            return Held(watched.gate, word, self._first(beside))
        met = [condition for condition in conditions if condition in watched.conditions]
        return Held(watched.gate, word, CONDITIONS[met[0]]) if met else None

    def _first(self, numbers: Iterable[int]) -> str:
        """The longest word, the first by code point of several: the same for the same set in every process."""
        return min((self._matcher.words[number] for number in numbers), key=lambda word: (-len(word), word))
