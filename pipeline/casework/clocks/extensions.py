"""Whether a deadline may still be put off, and how far (延期; `domain/domain.md` §1.1, §1.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reference.precedence import ANY
from schemas.limit import Limit, read_limit
from schemas.vocabulary import Word

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pipeline.casework.clocks.milestones import Deadline
    from pipeline.casework.clocks.rules import Facts
    from reference.pack import Reference
    from schemas.clocks import ExtensionRule
    from schemas.vocabulary import Milestone

_ALL = 100


class NotExtended(Word):
    """Why a deadline is not put off."""

    NO_RULE = "no_rule", "该节点不得延期"
    TOO_LATE = "too_late", "已到期，延期须在到期前申请"
    TOO_OFTEN = "too_often", "延期次数已用完"
    TOO_LONG = "too_long", "累计延期超过上限"
    OTHER_TIME = "other_time", "延期须与原时限同一时间单位"


class Extensions:
    """The rules of one pack on putting off."""

    def __init__(self, reference: Reference) -> None:
        self._rules: dict[tuple[str, str, str], ExtensionRule] = {(rule.milestone, rule.source, rule.urgency): rule for rule in reference.extensions}

    def rule(self, milestone: Milestone, facts: Facts) -> ExtensionRule | None:
        """The rule for a case: the source's before the urgency's; None: there is none, and nothing is put off."""
        pairs = ((facts.source, facts.urgency), (facts.source, ANY), (ANY, facts.urgency), (ANY, ANY))
        return next((self._rules[milestone, *pair] for pair in pairs if (milestone, *pair) in self._rules), None)

    def refused(self, deadline: Deadline, facts: Facts, asked: Limit, at: datetime, earlier: Sequence[Limit] = ()) -> NotExtended | None:
        """Why `asked` is not granted at `at`; None: it may be, if whoever approves does. `earlier` were granted before.

        All extensions together are bounded by the rule's `most`, else by its share of the limit before any extension; an extension is asked for in
        the limit's own kind of time, and before it is due (a standing clock is not).
        """
        rule = self.rule(deadline.milestone, facts)
        limit = deadline.choice.limit
        if rule is None or limit is None:
            return NotExtended.NO_RULE
        if deadline.due.at is not None and at > deadline.due.at:
            return NotExtended.TOO_LATE
        if len(earlier) >= rule.times:
            return NotExtended.TOO_OFTEN
        most = read_limit(rule.most)
        if most is None:
            most = Limit(limit.kind, limit.amount * rule.share // _ALL)
        kinds = {limit.kind, most.kind, asked.kind, *(grant.kind for grant in earlier)}
        if len(kinds) > 1:
            return NotExtended.OTHER_TIME
        if asked.amount + sum(grant.amount for grant in earlier) > most.amount:
            return NotExtended.TOO_LONG
        return None
