"""The checks find what they are there for: each doctored figure is a violation, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.faults.found import Found, Landed, Logged
from tests.faults.verdict import violations

OUTCOMES = [("r1", "opened"), ("r2", "merged"), ("r3", "revised"), ("r4", "resent")]
JOURNAL = ["t1", "t2", "t3"]
PICTURES = {"journal": dict.fromkeys(JOURNAL, "d"), "reports_current": {"a": "1", "b": "2"}, "cases_current": {"c": "3"}}
CLEAN = Landed(OUTCOMES, JOURNAL, PICTURES)
LOGGED = Logged(["r1", "r2", "r3", "r4"], OUTCOMES, JOURNAL)
SOUND = Found("pukou", twice=False, logged=LOGGED, landed=CLEAN, reconciled={"differences": []})


def of_topic(**what: Any) -> Found:
    return replace(SOUND, logged=replace(LOGGED, **what))


def of_warehouse(**what: Any) -> Found:
    return replace(SOUND, landed=replace(CLEAN, **what))


def test_what_is_as_in_a_clean_run_is_no_violation() -> None:
    assert violations(SOUND, CLEAN) == []


def test_a_departments_line_may_be_accepted_twice_as_a_resend_and_a_files_line_may_not() -> None:
    again = [*OUTCOMES, ("r2", "resent")]
    found = replace(of_topic(accepted=["r1", "r2", "r3", "r4", "r2"], outcomes=again), landed=replace(CLEAN, outcomes=again))
    assert violations(replace(found, twice=True), CLEAN) == []
    assert violations(found, CLEAN) == ["pukou: 1 accepted lines doubled: r2"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (of_topic(accepted=["r1", "r2", "r3"]), ["1 accepted lines lost: r4", "1 outcomes too many: r4"]),
        (of_topic(accepted=["r1", "r1", "r2", "r3", "r4"]), ["1 accepted lines doubled: r1", "1 accepted lines without an outcome: r1"]),
        (of_topic(accepted=["r1", "r2", "r3", "r4", "x"]), ["1 accepted lines that nobody fed: x", "1 accepted lines doubled: x"]),
        (of_topic(outcomes=OUTCOMES[1:]), ["1 accepted lines without an outcome: r1", "1 outcomes too many in the warehouse: r1"]),
        (of_topic(outcomes=[*OUTCOMES, OUTCOMES[0]]), ["1 outcomes too many: r1", "1 outcomes that are not in the warehouse: r1"]),
        (of_topic(journal=JOURNAL[1:]), ["1 transitions lost in the topic: t1"]),
        (of_topic(journal=[*JOURNAL, "t2"]), ["1 transitions doubled in the topic: t2"]),
        (of_warehouse(outcomes=OUTCOMES[1:]), ["1 outcomes that are not in the warehouse: r1"]),
        (of_warehouse(outcomes=[*OUTCOMES, OUTCOMES[1]]), ["1 outcomes too many in the warehouse: r2"]),
        (of_warehouse(outcomes=[("r1", "merged"), *OUTCOMES[1:]]), ["2 outcomes other than in a clean run: ('r1', 'merged'), ('r1', 'opened')"]),
        (of_warehouse(journal=JOURNAL[:2]), ["1 transitions lost in the warehouse: t3"]),
        (of_warehouse(journal=[*JOURNAL, "t3"]), ["1 transitions doubled in the warehouse: t3"]),
        (of_warehouse(pictures={**PICTURES, "reports_current": {"a": "1", "b": "x"}}), ["1 rows of reports_current that are not as in a clean run: b"]),
        (of_warehouse(pictures={**PICTURES, "cases_current": {}}), ["1 rows of cases_current that are not as in a clean run: c"]),
        (replace(SOUND, reconciled={"differences": ["gaps: 1"]}), ["reconcile: gaps: 1"]),
        (replace(SOUND, reconciled={}), ["was not reconciled"]),
    ],
)
def test_every_line_too_few_too_many_or_changed_is_found(found: Found, said: list[str]) -> None:
    assert set(violations(found, CLEAN)) >= {f"pukou: {sentence}" for sentence in said}


@pytest.mark.parametrize("many", [1, 2, 5])
def test_a_sentence_counts_all_and_names_a_few(many: int) -> None:
    clean = replace(CLEAN, journal=[*JOURNAL, *(f"x{number}" for number in range(many))])
    sentence = next(one for one in violations(SOUND, clean) if "lost in the topic" in one)
    assert sentence.startswith(f"pukou: {many} transitions lost in the topic: x0")
    assert sentence.endswith("…") == (many > 3)
