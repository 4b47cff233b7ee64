"""A pack's transitions and source words: a row that would catch a case, or leave a source without an end, is named with file, row and field."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from reference.load import check, load
from reference.tables import BASE, PACKS
from reference.transitions import FINAL
from schemas.vocabulary import Action, CaseState, ClockEffect, Guard, Role, Source

Small = Any  # SmallPack of conftest.py, which tests do not import

OPEN = "CLASSIFIED|DISPATCHED|SIGNED|CONTACTED|ON_SITE|HANDLING|FEEDBACK|VERIFYING|REVISITING"
TRANSITIONS = f"""action,states,to,who,guards,clocks,basis
signed,DISPATCHED,SIGNED,unit|desk,own_case|reason,reach_sign,x
voided,{OPEN},VOID,desk,reason,end,x
supervised,{OPEN},,desk,,,x
archived,CLOSED,ARCHIVED,clock,,,x
reopened,CLOSED|ARCHIVED,HANDLING,desk,reopen_window,,x
"""
WORDS = "source,state,said,told,final,basis\n" + "".join(f"{source},{state},说{state},true,true,x\n" for source, state in product(Source, FINAL))


def write(small: Small, transitions: str = TRANSITIONS, words: str = WORDS) -> list[str]:
    (small.folder / "transitions.csv").write_text(transitions, "utf-8")
    (small.folder / "source_words.csv").write_text(words, "utf-8")
    return [str(problem) for problem in check(small.folder, base=small.base)]


def test_a_pack_with_transitions_and_words_loads(small: Small) -> None:
    assert write(small) == []
    reference = load(small.folder, base=small.base)
    rule = reference.transitions[0]
    assert (rule.action, rule.states, rule.to, rule.who) == (Action.SIGNED, (CaseState.DISPATCHED,), CaseState.SIGNED, (Role.UNIT, Role.DESK))
    assert (rule.guards, rule.clocks) == ((Guard.OWN_CASE, Guard.REASON), (ClockEffect.REACH_SIGN,))
    assert reference.transitions[2].to == ""
    assert reference.source_words[Source.PETITION, CaseState.CLOSED].said == "说CLOSED"


def test_a_pack_from_before_there_were_transitions_still_loads(small: Small) -> None:
    reference = load(small.folder, base=small.base)
    assert (reference.transitions, reference.source_words) == ((), {})


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("supervised,", "signed,", "small/transitions.csv:4 states: value 'DISPATCHED' has a row of signed already: small/transitions.csv:2"),
        ("reopened,CLOSED|ARCHIVED", "reopened,CLOSED|CLOSED", "small/transitions.csv:6 states: value 'CLOSED' has a row of reopened already"),
        ("reopened,", "handled,", "small/transitions.csv:6 states: value 'CLOSED' has ended, and handled would lead out of it; allowed: open states"),
        ("ARCHIVED,clock", "ARCHIVED,clock|desk", "small/transitions.csv:5 who: value 'clock|desk' may not archive: a case is archived by its time alone"),
        ("voided,CLASSIFIED|", "voided,", "small/transitions.csv states: value 'CLASSIFIED' is a state from which no case could ever end"),
        ("own_case|reason", "own_case|polite", "small/transitions.csv:2 guards: value 'polite' is not one of the words known here"),
        ("signed,DISPATCHED,SIGNED", "signed,DISPATCHED,GONE", "small/transitions.csv:2 to: value 'GONE' is not one of the words known here"),
    ],
)
def test_a_broken_transition_is_named(small: Small, old: str, new: str, expected: str) -> None:
    assert TRANSITIONS.count(old) >= 1
    found = write(small, transitions=TRANSITIONS.replace(old, new, 1))
    assert any(expected in line for line in found), found


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("petition,CLOSED,说CLOSED,true,true", "petition,CLOSED,说CLOSED,true,", "final: value 'false' leaves CLOSED told, but not as the last"),
        ("petition,CLOSED,说CLOSED,true,true", "petition,CLOSED,说CLOSED,false,true", "final: value 'true' would be said to nobody"),
        ("petition,CLOSED,说CLOSED", "petition,SIGNED,说SIGNED", "final: value 'true' stands with SIGNED, which is not the last; allowed: false"),
        ("petition,CLOSED,说CLOSED", "petition,MERGED,说MERGED", "told: value 'true' would tell of MERGED, of which no source is told"),
        ("petition,CLOSED,说CLOSED,true,true,x\n", "", "small/source_words.csv source: value 'petition' has no final word for CLOSED"),
        ("petition,CLOSED", "petition,VOID", "stands already in line"),
    ],
)
def test_a_broken_word_of_a_source_is_named(small: Small, old: str, new: str, expected: str) -> None:
    assert WORDS.count(old) == 1
    found = write(small, words=WORDS.replace(old, new))
    assert any(expected in line for line in found), found


def test_every_source_hears_of_dispatch_sign_in_handling_feedback_and_the_end_in_its_own_words() -> None:
    words = load(PACKS / "pukou", base=BASE).source_words
    told = {CaseState.DISPATCHED, CaseState.SIGNED, CaseState.HANDLING, CaseState.FEEDBACK, *FINAL}
    for source in Source:
        assert {state for said, state in words if said is source and words[said, state].told} == told
        assert {state for said, state in words if said is source and words[said, state].final} == set(FINAL)
    assert words[Source.POLICE110, CaseState.FEEDBACK].said == "结果回传110"
    assert words[Source.PETITION, CaseState.SIGNED].said == "受理告知"
    assert words[Source.HOTLINE12345, CaseState.CLOSED].said == "办结归档"
