"""What must hold of a pack's transitions and of the words in which sources hear of them: one row decides, no case is caught, each report hears of its end."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reference.problem import Problem
from reference.tables import SOURCE_WORDS, TRANSITIONS
from schemas.vocabulary import OPEN_STATES, Action, CaseState, Role, Source

if TYPE_CHECKING:
    from reference.draft import Draft
    from reference.rows import Origin
    from schemas.centre import SourceWord, TransitionRule

FINAL = (CaseState.CLOSED, CaseState.NOT_ACCEPTED, CaseState.TRANSFERRED, CaseState.VOID)
"""Ends that a source hears of, each by one final word. What it withdrew it knows; a report of a merged case hears of the case it is in."""
LEAVE_AN_END = frozenset(
    {
        Action.REOPENED,
        Action.UNMERGED,
        Action.ARCHIVED,
        Action.REVIVED,
        Action.REVIEW_ASKED,
        Action.REREVIEW_ASKED,
        Action.REVIEWED,
        Action.REREVIEWED,
    }
)
"""Actions that may lead a case out of a state in which it has ended."""
_SILENT = (CaseState.WITHDRAWN, CaseState.MERGED, CaseState.ARCHIVED)


def check(draft: Draft, pack: str, problems: list[Problem]) -> None:
    """Adds to `problems` what is wrong with the transitions and source words of `draft`; a pack without rows has nothing to check."""
    rules = list(draft.of(TRANSITIONS).placed())
    _one_row_decides(rules, problems)
    _ends_hold(rules, problems)
    if rules and draft.of(TRANSITIONS).intact:
        _nothing_is_caught([rule for rule, _ in rules], pack, problems)
    words = list(draft.of(SOURCE_WORDS).placed())
    _finals_are_ends(words, problems)
    if words and draft.of(SOURCE_WORDS).intact:
        _every_end_is_told([word for word, _ in words], pack, problems)


def _one_row_decides(rules: list[tuple[TransitionRule, Origin]], problems: list[Problem]) -> None:
    """An action has one row for a state."""
    first: dict[tuple[Action, CaseState], Origin] = {}
    for rule, origin in rules:
        for state in rule.states:
            key = (rule.action, state)
            if key in first:
                problems.append(Problem(*origin, "states", state, f"has a row of {rule.action} already: {first[key].file}:{first[key].row}", "each state once"))
            first.setdefault(key, origin)


def _ends_hold(rules: list[tuple[TransitionRule, Origin]], problems: list[Problem]) -> None:
    """Few actions lead out of an end, and only the clock archives."""
    for rule, origin in rules:
        ended = [state for state in rule.states if state not in OPEN_STATES and rule.to not in ("", state)]
        if ended and rule.action not in LEAVE_AN_END:
            wrong = f"has ended, and {rule.action} would lead out of it"
            problems.append(Problem(*origin, "states", ended[0], wrong, "open states; an end only for " + ", ".join(sorted(LEAVE_AN_END))))
        if rule.action is Action.ARCHIVED and rule.who != (Role.CLOCK,):
            problems.append(Problem(*origin, "who", "|".join(rule.who), "may not archive: a case is archived by its time alone", Role.CLOCK))


def _nothing_is_caught(rules: list[TransitionRule], pack: str, problems: list[Problem]) -> None:
    """From every open state a case can come to an end."""
    before: defaultdict[CaseState, set[CaseState]] = defaultdict(set)
    for rule in rules:
        if rule.to != "":
            before[rule.to] |= set(rule.states)
    ending = {state for state in CaseState if state not in OPEN_STATES}
    grown = True
    while grown:
        more = {state for end in ending for state in before[end]} - ending
        ending |= more
        grown = bool(more)
    problems += [
        Problem(f"{pack}/{TRANSITIONS.file}", 0, "states", state, "is a state from which no case could ever end", "a row that leads on from it")
        for state in CaseState
        if state not in ending
    ]


def _finals_are_ends(words: list[tuple[SourceWord, Origin]], problems: list[Problem]) -> None:
    """A final word is that of an end and is told; the end that is told is final."""
    for word, origin in words:
        if word.told and word.state in _SILENT:
            problems.append(Problem(*origin, "told", "true", f"would tell of {word.state}, of which no source is told", "false"))
        elif word.final and word.state not in FINAL:
            problems.append(Problem(*origin, "final", "true", f"stands with {word.state}, which is not the last", "false; final are " + ", ".join(FINAL)))
        elif word.state in FINAL and word.told != word.final:
            wrong = "would be said to nobody" if word.final else f"leaves {word.state} told, but not as the last"
            problems.append(Problem(*origin, "final", str(word.final).lower(), wrong, "told and final alike"))


def _every_end_is_told(words: list[SourceWord], pack: str, problems: list[Problem]) -> None:
    """Whatever becomes of a report, its source hears of the end, in its own words."""
    said = {(word.source, word.state) for word in words if word.final}
    problems += [
        Problem(
            f"{pack}/{SOURCE_WORDS.file}", 0, "source", source, f"has no final word for {state}: its reports would never hear of this end", "one row, final"
        )
        for source in Source
        for state in FINAL
        if (source, state) not in said
    ]
