"""How a simulated day ended: its figures, and what was looked at to know that nothing is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from ucc.demo.figures import MUST_BE_NONE, Rows, first, lines
from ucc.demo.twins import Twins


class Delivered(NamedTuple):
    """Results that sources were told: in files of the home, by HTTP; and POSTs that were not signed as they should be."""

    in_files: int
    by_http: int
    unsigned: int


class Ended(NamedTuple):
    """How the day ended."""

    pushed: int
    accepted: int
    refused: int
    commanded: int
    """By the simulated people."""
    delivered: Delivered
    figures: Mapping[str, Rows]
    questions: Mapping[str, str]
    twins: Twins
    differences: list[str]

    @property
    def found(self) -> list[str]:
        """What is not as it has to be, in sentences; none: all is well."""
        outcomes, results = lines(self.figures), sum(int(row["number"]) for row in self.figures["results"])
        found = list(self.differences)
        if self.accepted != outcomes:
            found.append(f"{self.accepted:,} receipts, but {outcomes:,} outcomes")
        found += [f"{number:,} {said}" for name, said in MUST_BE_NONE.items() if (number := int(first(self.figures[name])))]
        told = self.delivered.in_files + self.delivered.by_http
        if told != results:
            found.append(f"{results:,} results, but {told:,} were told to sources")
        if self.delivered.unsigned:
            found.append(f"{self.delivered.unsigned:,} results came unsigned")
        return found

    @property
    def balanced(self) -> bool:
        """Whether nothing is missing, double, forgotten or untold."""
        return not self.found

    def said(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "pushed": self.pushed,
            "accepted": self.accepted,
            "refused_at_the_door": self.refused,
            "commanded": self.commanded,
            "results_in_files": self.delivered.in_files,
            "results_by_http": self.delivered.by_http,
            "results_unsigned": self.delivered.unsigned,
            "figures": dict(self.figures),
            "questions": dict(self.questions),
            "told_by_two_channels": self.twins.told,
            "of_these_alike": self.twins.alike,
            "of_these_in_one_case": self.twins.together,
            "balanced": self.balanced,
            "differences": self.found,
        }
