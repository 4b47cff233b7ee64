"""The base rows: complete, true to the taxonomy they were made from, and within the domain's rules."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from reference import rows
from reference.packs.make import holidays, matters
from reference.rows import as_cells, write
from reference.tables import BASE, CALENDAR, CSV_TABLES, DEADLINES, DUTIES, MATTERS, UNITS, M, Table
from schemas.vocabulary import Force, Milestone, Urgency

if TYPE_CHECKING:
    from pathlib import Path

    from reference.problem import Problem


def read(table: Table[M]) -> list[M]:
    problems: list[Problem] = []
    validated = rows.validate(table, rows.read(BASE / table.file, table, problems), problems)
    assert problems == []
    return validated.items


@pytest.mark.parametrize(
    "table", [table for table in CSV_TABLES if table.name not in {"areas", "responders", "addresses", "zones"}], ids=lambda table: table.name
)
def test_every_base_table_is_there_and_validates(table: Table[Any]) -> None:
    assert read(table)


def test_matters_and_duties_are_what_the_script_makes_of_the_taxonomy(shared: Path) -> None:
    made = matters.matters(shared / "domain" / "taxonomy.csv", BASE / UNITS.file)
    assert write(MATTERS, (as_cells(matter) for matter, _ in made)) == (BASE / MATTERS.file).read_bytes()
    assert write(DUTIES, map(as_cells, matters.duties(made))) == (BASE / DUTIES.file).read_bytes()


def test_the_calendar_is_what_the_library_says() -> None:
    assert write(CALENDAR, map(as_cells, holidays.calendar())) == (BASE / CALENDAR.file).read_bytes()


def test_names_urgencies_and_limits_are_the_taxonomys(shared: Path) -> None:
    ours = {matter.code: matter for matter in read(MATTERS)}
    with (shared / "domain" / "taxonomy.csv").open(encoding="utf-8-sig", newline="") as file:
        theirs = {row["l2_code"]: row for row in csv.DictReader(file)}
    assert ours.keys() == theirs.keys()
    assert len(ours) == 156
    for code, row in theirs.items():
        assert (ours[code].name, ours[code].group_name, ours[code].urgency) == (row["l2_name"], row["l1_name"], f"U{row['default_urgency']}")
        assert ours[code].limit == {"法定": "legal", "0": "none"}.get(row["default_limit"], row["default_limit"])


def test_only_matters_that_streets_lead_are_of_their_level() -> None:
    street = {matter.code for matter in read(MATTERS) if matter.level == "street"}
    assert street == {"0502", "0510", "0809", "1102", "1506", "1601", "1602", "1603"}
    assert {duty.matter for duty in read(DUTIES) if duty.unit == "@street"} == street


@pytest.mark.parametrize(
    ("code", "lead", "co_units", "forces"),
    [
        ("0203", "@owner", {"chengguan", "gongshui", "gongdian", "tongxin"}, (Force.REPAIR, Force.GRID)),
        ("0305", "zhujian", {"ranqi", "xiaofang"}, (Force.REPAIR, Force.FIRE, Force.POLICE)),
        ("0802", "gongan", {"@street"}, (Force.POLICE, Force.GRID)),
        ("1108", "gongan", {"shuiwu", "yingji"}, (Force.POLICE, Force.FIRE)),
        ("1601", "@street", {"sifa", "gongan"}, (Force.GRID, Force.MEDIATION)),
        ("1604", "renshe", {"gongan", "@street"}, (Force.ENFORCEMENT, Force.POLICE, Force.MEDIATION)),
        ("1611", "gongan", {"@street"}, (Force.POLICE, Force.GRID, Force.VOLUNTEER)),
        ("1901", "jiwei", set(), ()),
        ("1999", "desk", set(), ()),
    ],
)
def test_prose_became_one_lead_co_units_and_forces(code: str, lead: str, co_units: set[str], forces: tuple[Force, ...]) -> None:
    matter = next(matter for matter in read(MATTERS) if matter.code == code)
    assert (matter.lead, set(matter.co_units), matter.forces) == (lead, co_units, forces)


def test_a_sealed_matter_has_no_co_unit_and_no_force() -> None:
    sealed = [matter for matter in read(MATTERS) if matter.urgency is Urgency.SEALED]
    assert [matter.code for matter in sealed] == ["1901"]
    assert all(duty.co_units == () for duty in read(DUTIES) if duty.matter == "1901")


def test_every_duty_without_a_law_says_that_it_is_synthetic() -> None:
    assert all("合成" in duty.basis or duty.matter == "1901" for duty in read(DUTIES))


def test_limits_are_those_of_the_domain() -> None:
    limits = {(rule.milestone, rule.urgency, rule.intent, rule.source): rule.limit for rule in read(DEADLINES)}
    assert limits[Milestone.SIGN, Urgency.U1, "*", "*"] == "60s"
    assert limits[Milestone.RETURN, Urgency.U3, "*", "*"] == "8wh"
    assert limits[Milestone.CLOSE, Urgency.U4, "*", "*"] == "15wd"
    assert limits[Milestone.CLOSE, "*", "*", "petition"] == "60d"
    assert limits[Milestone.SCREEN, "*", "*", "petition"] == "15d"


@pytest.mark.parametrize(
    ("start", "days", "end"), [(date(2024, 1, 27), 5, date(2024, 2, 2)), (date(2025, 1, 27), 5, date(2025, 2, 10)), (date(2026, 1, 27), 5, date(2026, 2, 3))]
)
def test_working_days_of_the_domains_vectors_come_out_of_the_calendar(start: date, days: int, end: date) -> None:
    differs = {row.day: row.works for row in read(CALENDAR)}
    day = start
    while days:
        day += timedelta(days=1)
        days -= differs.get(day, day.weekday() < 5)
    assert day == end


def test_the_holiday_that_the_petition_vector_rolls_over_is_in_the_calendar() -> None:
    differs = {row.day: row.works for row in read(CALENDAR)}
    assert differs[date(2026, 5, 1)] is False
    assert differs[date(2026, 5, 5)] is False
    assert date(2026, 5, 6) not in differs
