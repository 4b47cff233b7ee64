"""Things that were told by two channels: are both reports in the same case?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from connectors.simulation.faults import ELSEWHERE_NUMBERS, OF_EACH, Push
from schemas.vocabulary import Source
from ucc.demo.figures import Ask, question, rows

Told = tuple[Source, int]
"""A source, and the number of its happening."""


class Twins(NamedTuple):
    """Things that were told by two channels."""

    told: int
    alike: int
    """Of these: both reports were found to be of the same matter, of one that merges (what concerns one person never does), before the case had ended."""
    together: int
    """Of those: both reports are in one case."""


class Pairs:
    """Remembers the receipts of what is told twice."""

    def __init__(self) -> None:
        self._receipts: dict[Told, str] = {}
        self._pairs: list[tuple[Told, Told]] = []

    def note(self, push: Push, receipt: str) -> None:
        """A line was accepted."""
        number = push.happening.number
        self._receipts[push.source, number] = receipt
        if push.fault == "elsewhere":
            first = list(Source)[(number - ELSEWHERE_NUMBERS) // OF_EACH]
            self._pairs.append(((first, number - ELSEWHERE_NUMBERS - OF_EACH * list(Source).index(first)), (push.source, number)))

    def asked(self, ask: Ask, merges: Callable[[str], bool]) -> Twins:
        """What became of them, by the warehouse. Those of which a line was refused at the door do not count. `merges`: whether a matter does."""
        stood = _standing(ask)
        pairs = [(stood.get(self._receipts[one]), stood.get(self._receipts[two])) for one, two in self._pairs if {one, two} <= self._receipts.keys()]
        alike = [
            (one, two)
            for one, two in pairs
            if one and two and one.matter == two.matter and merges(one.matter) and not (one.over_by(two.at) or two.over_by(one.at))
        ]
        return Twins(len(pairs), len(alike), sum(one.case == two.case for one, two in alike))


class _Standing(NamedTuple):
    case: str
    matter: str
    at: str
    ended_at: str

    def over_by(self, at: str) -> bool:
        """Whether the case had ended by then: what comes later is another one."""
        return bool(self.ended_at) and self.ended_at <= at


def _standing(ask: Ask) -> Mapping[str, _Standing]:
    """Case and matter by receipt, as they are now: a case may have been merged since. Without reports that were taken back."""
    sql = question(
        "SELECT o.receipt_id AS receipt_id, r.case_id AS case_id, r.matter AS matter, toString(o.at) AS at,"
        " if(c.state IN $ended, toString(ifNull(c.closed_at, c.changed_at)), '') AS ended_at FROM outcomes AS o"
        " INNER JOIN reports_current AS r ON o.centre = r.centre AND o.source = r.source AND o.source_id = r.source_id"
        " INNER JOIN cases_current AS c ON r.centre = c.centre AND r.case_id = c.case_id WHERE r.standing = 1"
    )
    return {row["receipt_id"]: _Standing(row["case_id"], row["matter"], row["at"], row["ended_at"]) for row in rows(ask, sql)}
