"""What must hold of the figures by which cases are watched, and of the groups of matters that make mass events."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from pydantic import ValidationError

from reference.precedence import covers
from reference.problem import Problem, some_of
from reference.rows import as_problem
from reference.tables import INCIDENT_RULES, MATTERS, WATCH_RULES
from schemas.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reference.draft import Draft
    from schemas.watching import WatchRule

_RISING = ("surge_yellow", "surge_orange", "surge_red")


def watching(rules: Iterable[WatchRule]) -> Watching:
    """The figures of a table without problems; what it does not name is at its default."""
    return Watching.model_validate({rule.rule: rule.value for rule in rules})


def check(draft: Draft, pack: str, problems: list[Problem]) -> None:
    """Adds what is wrong with watch_rules.csv and incident_rules.csv; rows that did not validate are left alone."""
    _figures(draft, pack, problems)
    _groups(draft, problems)


def _figures(draft: Draft, pack: str, problems: list[Problem]) -> None:
    """Every row is a figure that there is, within its bounds; and levels rise."""
    before = len(problems)
    for rule, origin in draft.of(WATCH_RULES).placed():
        if rule.rule not in Watching.model_fields:
            problems.append(Problem(*origin, "rule", rule.rule, "is no figure by which cases are watched", ", ".join(Watching.model_fields)))
            continue
        try:
            Watching.model_validate({rule.rule: rule.value})
        except ValidationError as error:
            problems += [as_problem(detail, origin, ("value",)) for detail in error.errors(include_url=False)]
    if len(problems) > before or not draft.of(WATCH_RULES).intact:
        return
    figures = watching(draft.of(WATCH_RULES).items)
    levels = [getattr(figures, name) for name in _RISING]
    if levels != sorted(levels):
        wrong = "do not rise from yellow to red"
        problems.append(Problem(f"{pack}/{WATCH_RULES.file}", 0, "|".join(_RISING), "|".join(f"{level:g}" for level in levels), wrong, "2|3|5"))


def _groups(draft: Draft, problems: list[Problem]) -> None:
    """Groups name matters that there are, and no matter is in two of them."""
    codes = draft.of(MATTERS).known
    placed = list(draft.of(INCIDENT_RULES).placed())
    for rule, origin in placed:
        unknown = [pattern for pattern in rule.matters if not any(covers(pattern, code) for code in codes)]
        problems += [Problem(*origin, "matters", pattern, "fits no matter", some_of(codes)) for pattern in unknown]
    for (one, _), (other, origin) in combinations(placed, 2):
        both = sorted(code for code in codes if all(any(covers(pattern, code) for pattern in rule.matters) for rule in (one, other)))
        if both:
            problems.append(
                Problem(*origin, "matters", "|".join(other.matters), f"holds {both[0]}, which is in the group {one.group}", "each matter in one group")
            )
