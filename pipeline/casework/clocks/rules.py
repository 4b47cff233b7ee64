"""Which rule says how long a milestone may take (`domain/domain.md`, Decisions, Which limit).

Closing: the matter's limit, else the intent's, else the urgency's; what a rule says of a source (the statute of petitions) stands above them.
The same order holds for every milestone: source, matter (code before group), intent, urgency, zone, part of the day. A rule that says more
about the case comes first, and no two rules of a valid pack are equal for one case.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from reference.precedence import ANY, covers, matter_rank
from schemas.limit import Limit, read_limit
from schemas.vocabulary import Intent, Milestone, Start, Urgency

if TYPE_CHECKING:
    from reference.pack import Reference
    from schemas.centre import DeadlineRule

_REMEMBERED = 16_384
"""Kinds of cases whose rules are kept at hand."""
_CODE = 2
"""Rank of a pattern that is a code (`matter_rank`)."""


class Facts(NamedTuple):
    """What the limit of a case's milestones depends on. `source` is that of the report that the case is described by."""

    matter: str
    intent: Intent
    urgency: Urgency
    source: str
    zone: str = ""


class Choice(NamedTuple):
    """The rule of a milestone. `limit` is None where there is none to keep: `text` says `none` or `legal`. `over`: rules that fit, too, next one first.

    `rule` is a row of deadlines.csv, or `matter:` and a code where the limit is the one that stands with the matter.
    """

    milestone: Milestone
    rule: str
    text: str
    limit: Limit | None
    cap: Limit | None
    starts: Start
    basis: str
    over: tuple[str, ...]


class _Row(NamedTuple):
    """A rule with its rank, highest first when sorted by it downwards."""

    rank: tuple[int, ...]
    matter: str
    intent: str
    urgency: str
    source: str
    zone: str
    span: str
    choice: Choice


class LimitRules:
    """All rules of a pack, by milestone."""

    def __init__(self, reference: Reference) -> None:
        self._rows: dict[Milestone, list[_Row]] = {milestone: [] for milestone in Milestone}
        for rule in reference.deadlines:
            self._rows[rule.milestone].append(_of_rule(rule))
        for code, matter in reference.matters.items():
            self._rows[Milestone.CLOSE].append(_of_matter(code, matter.limit))
        for rows in self._rows.values():
            rows.sort(key=lambda row: row.rank, reverse=True)
        self.spans = frozenset(rule.span for rule in reference.deadlines) - {ANY}
        """Spans of the day that some rule asks for."""
        self.choose = lru_cache(maxsize=_REMEMBERED)(self._choose)

    def _choose(self, milestone: Milestone, facts: Facts, spans: frozenset[str] = frozenset()) -> Choice | None:
        """The rule of a milestone for a case whose clock starts in these spans of the day; None where no rule fits."""
        fitting = [row.choice for row in self._rows[milestone] if _fits(row, facts, spans)]
        return fitting[0]._replace(over=tuple(choice.rule for choice in fitting[1:])) if fitting else None


def _fits(row: _Row, facts: Facts, spans: frozenset[str]) -> bool:
    return (
        covers(row.matter, facts.matter)
        and row.intent in (ANY, facts.intent)
        and row.urgency in (ANY, facts.urgency)
        and row.source in (ANY, facts.source)
        and row.zone in (ANY, facts.zone)
        and (row.span == ANY or row.span in spans)
    )


def _of_rule(rule: DeadlineRule) -> _Row:
    named = [value != ANY for value in (rule.intent, rule.urgency, rule.zone, rule.span)]
    matter = matter_rank(rule.matter)
    rank = (rule.source != ANY, matter + (matter == _CODE), *named)  # a code's own row stands above the limit that matters.csv gives it
    choice = Choice(rule.milestone, rule.rule, rule.limit, read_limit(rule.limit), read_limit(rule.cap), rule.starts, rule.basis, ())
    return _Row(tuple(map(int, rank)), rule.matter, rule.intent, rule.urgency, rule.source, rule.zone, rule.span, choice)


def _of_matter(code: str, limit: str) -> _Row:
    choice = Choice(Milestone.CLOSE, f"matter:{code}", limit, read_limit(limit), None, Start.DISPATCHED, "matters.csv", ())
    return _Row((0, _CODE, 0, 0, 0, 0), code, ANY, ANY, ANY, ANY, ANY, choice)
