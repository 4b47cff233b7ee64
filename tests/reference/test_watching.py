"""What a pack watches by: figures at their defaults, figures of its own, and what the check refuses with file, row and field."""

from __future__ import annotations

from typing import Any

import pytest

from reference.load import check, load
from reference.tables import PACKS
from schemas.vocabulary import Urgency
from schemas.watching import Watching

Small = Any  # SmallPack of conftest.py, which tests do not import

RULES = "rule,value,basis\nissue_reports,5,list\nsurge_yellow,2.5,list\n"
GROUPS = "group,matters,urgencies,least,basis\nholes,0203,U1,3,list\nstreet,01*|0809,,,list\n"


def write(small: Small, rules: str = RULES, groups: str = GROUPS) -> list[str]:
    (small.folder / "watch_rules.csv").write_text(rules, "utf-8")
    (small.folder / "incident_rules.csv").write_text(groups, "utf-8")
    return [str(problem) for problem in check(small.folder, base=small.base)]


def test_a_pack_that_says_nothing_watches_by_the_defaults_and_makes_no_incidents(small: Small) -> None:
    reference = load(small.folder, base=small.base)
    assert (reference.watching, reference.incident_rules) == (Watching(), ())


def test_what_a_pack_says_stands_and_the_rest_is_at_its_default(small: Small) -> None:
    assert write(small) == []
    reference = load(small.folder, base=small.base)
    assert reference.watching == Watching(issue_reports=5, surge_yellow=2.5)
    holes, street = reference.incident_rules
    assert (holes.matters, holes.urgencies, holes.least) == (("0203",), (Urgency.U1,), 3)
    assert (street.matters, street.urgencies, street.least) == (("01*", "0809"), (Urgency.U1, Urgency.U2), 4)


def test_the_shipped_figures_are_the_domains() -> None:
    reference = load(PACKS / "pukou")
    assert reference.watching == Watching()
    assert {rule.group for rule in reference.incident_rules} == {"water", "power", "gas", "heating", "drainage", "trees", "lines", "roads"}
    assert {(rule.least, rule.radius_m, rule.within_min) for rule in reference.incident_rules} == {(4, 1000, 30)}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("issue_report,5,list", "small/watch_rules.csv:2 rule: value 'issue_report' is no figure by which cases are watched; allowed: issue_radius_m, "),
        ("issue_reports,5.5,list", "small/watch_rules.csv:2 value: value '5.5' is not valid: input should be a valid integer"),
        ("issue_days,60,list", "small/watch_rules.csv:2 value: value '60.0' is not valid: input should be less than or equal to 45"),
        ("surge_chance_day,1,list", "small/watch_rules.csv:2 value: value '1.0' is not valid: input should be less than 1"),
        ("surge_yellow,4,list", "small/watch_rules.csv surge_yellow|surge_orange|surge_red: value '4|3|5' do not rise from yellow to red; allowed: 2|3|5"),
        ("issue_days,nan,list", "small/watch_rules.csv:2 value: value 'nan' is not valid: input should be a finite number"),
    ],
)
def test_a_figure_that_is_none_is_refused(small: Small, rule: str, expected: str) -> None:
    problems = write(small, f"rule,value,basis\n{rule}\n")
    assert len(problems) == 1
    assert problems[0].startswith(expected)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("pipes,0999,,,list", "small/incident_rules.csv:4 matters: value '0999' fits no matter; allowed: 0101, "),
        ("pipes,02*,,,list", "small/incident_rules.csv:4 matters: value '02*' holds 0203, which is in the group holes; allowed: each matter in one group"),
        ("pipes,1999,,1,list", "small/incident_rules.csv:4 least: value '1' is not valid: input should be greater than or equal to 2"),
    ],
)
def test_a_group_that_is_unclear_is_refused(small: Small, group: str, expected: str) -> None:
    problems = write(small, groups=f"{GROUPS}{group}\n")
    assert len(problems) == 1
    assert problems[0].startswith(expected)
