from __future__ import annotations

from datetime import date

import pytest

from reference.precedence import covers, in_force, rank
from schemas.centre import Area, Duty, Matter
from schemas.vocabulary import AreaLevel, Urgency

AREAS = {
    "9": Area(code="9", name="区", level=AreaLevel.DISTRICT),
    "91": Area(code="91", name="街道", level=AreaLevel.STREET, parent="9"),
    "911": Area(code="911", name="社区", level=AreaLevel.COMMUNITY, parent="91"),
}


def matter(kind: str) -> Matter:
    known = {"code": "0203", "name": "井盖", "group": "02", "group_name": "市政", "level": "department", "lead": "x", "urgency": Urgency.U1, "limit": "2ewh"}
    return Matter.model_validate({**known, "kind": kind})


def duty(pattern: str = "0203", area: str = "*", owner: str = "*", unit: str = "x") -> Duty:
    return Duty(duty="d", matter=pattern, area=area, part_owner=owner, unit=unit, valid_from=date(2020, 1, 1), valid_to=date(2020, 12, 31), basis="b")


@pytest.mark.parametrize(
    ("pattern", "code", "expected"), [("0203", "0203", True), ("0203", "0204", False), ("02*", "0299", True), ("02*", "1202", False), ("*", "1999", True)]
)
def test_a_pattern_covers_its_code_its_group_or_all(pattern: str, code: str, expected: bool) -> None:
    assert covers(pattern, code) is expected


def test_the_matter_decides_before_place_and_owner() -> None:
    assert (
        rank(duty("0203"), matter("event"), AREAS)
        > rank(duty("02*", "911", "gas"), matter("event"), AREAS)
        > rank(duty("*", "911", "gas"), matter("event"), AREAS)
    )


def test_parts_go_to_their_owner_before_the_place() -> None:
    part = matter("part")
    named, whoever, place, general = duty(owner="gas"), duty(unit="@owner"), duty(area="911"), duty()
    assert sorted([general, place, named, whoever], key=lambda d: rank(d, part, AREAS), reverse=True) == [named, whoever, place, general]


@pytest.mark.parametrize("kind", ["event", "service"])
def test_events_go_to_the_place_before_the_owner_and_nearer_places_first(kind: str) -> None:
    community, street, district, named, general = duty(area="911"), duty(area="91"), duty(area="9"), duty(owner="gas"), duty()
    ordered = sorted([general, named, district, street, community], key=lambda d: rank(d, matter(kind), AREAS), reverse=True)
    assert ordered == [community, street, district, named, general]


def test_a_duty_holds_from_its_first_to_its_last_day() -> None:
    days = (date(2019, 12, 31), date(2020, 1, 1), date(2020, 12, 31), date(2021, 1, 1))
    assert [in_force(duty(), day) for day in days] == [False, True, True, False]
