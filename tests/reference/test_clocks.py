"""A pack's clocks: a bad row is named with file, row and field."""

from __future__ import annotations

from typing import Any

import pytest

from reference.clocks import season_days
from reference.load import check, load
from schemas.clocks import OfficeHours
from schemas.vocabulary import Milestone

Small = Any  # SmallPack of conftest.py, which tests do not import

OFFICE = "season,first,last,hours,basis\nusual,,,09:00-12:00|14:00-18:00,x\nsummer,07-01,09-30,09:00-12:00|14:30-18:00,x\n"
SPANS = "span,starts,ends,basis\nnight,22:00,06:00,x\n"
WARNINGS = """warning,milestone,urgency,level,share,over,tells,quiet,basis
y,*,*,yellow,80,,owner,night,x
o,*,*,orange,100,,desk,night,x
r,*,*,red,150,,desk,night,x
r-u1,*,U1,red,,10min,desk,,x
"""
SUPERVISION = "level,name,limit,on,tells,basis\n1,电话催办,1wd,orange,owner,x\n2,书面督办,2wd,,unit_head,x\n"
EXTENSIONS = "extension,milestone,source,urgency,times,most,share,basis\nany,close,*,*,2,,100,x\npetition,close,petition,*,1,30d,,x\n"
ZONES = "area,zone,basis\n*,town,x\n9901001,core,x\n9901001001001,core,x\n"
RULES = "rule,milestone,urgency,zone,span,starts,limit,cap,basis\nr1,arrive,U1,core,*,dispatched,5min,,x\nr2,arrive,U1,town,night,dispatched,10min,1ewh,x\n"


def write(small: Small, **tables: str) -> None:
    files = {
        "office_hours": OFFICE,
        "day_spans": SPANS,
        "warnings": WARNINGS,
        "supervision": SUPERVISION,
        "extensions": EXTENSIONS,
        "zones": ZONES,
        "deadlines": RULES,
        **tables,
    }
    for name, text in files.items():
        (small.folder / f"{name}.csv").write_text(text, "utf-8")


def test_a_pack_with_all_of_its_clocks_loads(small: Small) -> None:
    write(small)
    reference = load(small.folder, base=small.base)
    assert [row.season for row in reference.office_hours] == ["usual", "summer"]
    assert reference.zones == {"*": "town", "9901001": "core", "9901001001001": "core"}
    assert [step.level for step in reference.supervision] == [1, 2]
    assert set(reference.day_spans) == {"night"}
    assert len(reference.warnings) == 4
    assert len(reference.extensions) == 2


def test_a_pack_from_before_there_were_any_of_them_still_loads(small: Small) -> None:
    reference = load(small.folder, base=small.base)
    assert (reference.office_hours, reference.warnings, reference.supervision, reference.extensions) == ((), (), (), ())
    assert reference.manifest["calendar_until"] is None


@pytest.mark.parametrize(
    ("table", "text", "old", "new", "expected"),
    [
        ("deadlines", RULES, "10min", "0min", "small/deadlines.csv:3 limit: value '0min' is no time at all; allowed: a number above 0"),
        ("deadlines", RULES, "10min", "1.5wd", "small/deadlines.csv:3 limit: value '1.5wd' is a part of a day: a day is never converted into hours"),
        ("deadlines", RULES, "10min", "10m", "small/deadlines.csv:3 limit: value '10m' does not have the form"),
        ("deadlines", RULES, "1ewh", "legal", "small/deadlines.csv:3 cap: value 'legal' is no bound"),
        ("deadlines", RULES, "night", "noon", "small/deadlines.csv:3 span: value 'noon' is not a span of the day; allowed: night"),
        ("deadlines", RULES, "town,night", "core,*", "small/deadlines.csv:3 milestone: value 'arrive' has this matter, intent, urgency, source, zone and span"),
        ("deadlines", RULES, "r1,arrive", "r1,lunch", "small/deadlines.csv:2 milestone: value 'lunch' is not one of the words known here"),
        ("deadlines", RULES, "*,dispatched", "*,signed", "small/deadlines.csv:2 starts: value 'signed' is not one of the words known here"),
        (
            "office_hours",
            OFFICE,
            "usual,,",
            "usual,01-01,06-30",
            "small/office_hours.csv first: is empty, beside an empty last, in 0 rows; allowed: exactly one",
        ),
        ("office_hours", OFFICE, "07-01,09-30", "07-01,", "small/office_hours.csv:3 first: value '07-01…' are no two days of a year"),
        ("office_hours", OFFICE, "09-30", "09-31", "small/office_hours.csv:3 first: value '07-01…09-31' are no two days of a year"),
        ("office_hours", OFFICE, "14:30-18:00", "11:30-18:00", "small/office_hours.csv:3 hours: value '09:00-12:00|11:30-18:00' do not follow each other"),
        ("office_hours", OFFICE, "14:30-18:00", "18:00-14:30", "small/office_hours.csv:3 hours: value '09:00-12:00|18:00-14:30' do not follow each other"),
        ("office_hours", OFFICE, "14:30-18:00", "14:30-25:00", "small/office_hours.csv:3 hours: value '14:30-25:00' does not have the form"),
        (
            "office_hours",
            OFFICE,
            "usual,,,",
            "x,09-30,10-02,08:00-09:00,x\nusual,,,",
            "office_hours.csv:4 first: value '07-01' begins a season that overlaps x",
        ),
        ("day_spans", SPANS, "06:00", "22:00", "small/day_spans.csv:2 ends: value '22:00:00' is also its start"),
        ("zones", ZONES, "9901001,", "9907,", "small/zones.csv:3 area: value '9907' is not the code of an area or a grid, or *"),
        ("zones", ZONES, "*,town", "*,twon", "small/zones.csv:2 zone: value 'twon' is not a zone that a rule of deadlines.csv is for; allowed: core, town"),
        ("warnings", WARNINGS, "10min", "", "small/warnings.csv:5 over: value 'none' gives no time, beside an empty share; allowed: one of the two"),
        ("warnings", WARNINGS, "red,,10min", "red,150,10min", "small/warnings.csv:5 over: value '10min' stands beside a share"),
        ("warnings", WARNINGS, "orange,100", "orange,70", "small/warnings.csv:3 share: value '70' does not come after yellow (80 %)"),
        ("warnings", WARNINGS, "o,*,*,orange,100,,desk,night", "o,*,*,orange,100,,desk,noon", "small/warnings.csv:3 quiet: value 'noon' is not a span"),
        ("warnings", WARNINGS, "yellow", "green", "small/warnings.csv:2 level: value 'green' is not one of the words known here"),
        ("supervision", SUPERVISION, "2,书面", "3,书面", "small/supervision.csv level: value '1, 3' does not count up from 1"),
        ("supervision", SUPERVISION, "2wd,", "none,", "small/supervision.csv:3 limit: value 'none' gives no time, but one is needed here"),
        ("supervision", SUPERVISION, "2wd,", "2wd,orange", "small/supervision.csv:3 on: value 'orange' begins several levels"),
        ("extensions", EXTENSIONS, "30d", "legal", "small/extensions.csv:3 most: value 'legal' is no bound"),
        (
            "extensions",
            EXTENSIONS,
            "close,petition",
            "close,*",
            "extensions.csv:3 extension: value 'petition' is for the same milestone, source and urgency as line 2",
        ),
    ],
)
def test_a_broken_row_of_the_clocks_is_named(small: Small, table: str, text: str, old: str, new: str, expected: str) -> None:
    assert text.count(old) >= 1
    write(small, **{table: text.replace(old, new, 1)})
    found = [str(problem) for problem in check(small.folder, base=small.base)]
    assert any(expected in line for line in found), found


def test_a_matters_limit_must_be_one_that_can_be_reckoned_with(small: Small) -> None:
    small.change("matters.csv", "2ewh", "0.5wd", in_base=True)
    (found,) = check(small.folder, base=small.base)
    assert (found.where, found.value) == ("base/matters.csv:3 limit", "0.5wd")
    assert found.wrong == "is a part of a day: a day is never converted into hours"
    assert found.allowed == "a number above 0 with s, min, wh or ewh, a whole one with wd or d; legal; none"


def test_a_day_beyond_the_end_of_the_calendar_is_named(small: Small) -> None:
    small.change("pack.yaml", "since", "calendar_until: 2026-02-15\nsince")
    found = [str(problem) for problem in check(small.folder, base=small.base)]
    assert any("base/calendar.csv:2 day: value '2026-02-16' lies beyond calendar_until" in line for line in found), found


def test_a_milestone_of_some_centres_needs_no_general_rule(small: Small) -> None:
    assert not any(rule.milestone is Milestone.DEPART for rule in load(small.folder, base=small.base).deadlines)


def test_a_season_over_the_turn_of_the_year_holds_both_ends() -> None:
    winter = season_days(OfficeHours(season="winter", first="11-15", last="03-01", hours=("09:00-12:00",), basis="x"))
    assert {"11-15", "12-31", "01-01", "02-29", "03-01"} <= winter
    assert not {"03-02", "11-14"} & winter
