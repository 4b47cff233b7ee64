from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake.place import Placement
from pipeline.intake.route import Router, Routing
from reference.precedence import OF_OWNER, covers, in_force, rank
from schemas.centre import Area, Duty, Unit
from schemas.event import Why
from schemas.vocabulary import AreaLevel, Precision, UnitKind
from tests.intake.centres import AREAS, UNITS, centre, duty, matter, pukou

DAY = date(2024, 1, 2)
NOWHERE = Placement(None, None, Precision.NONE, "", "", "", "", "", "", Why(rule="gazetteer/none"))
LOCAL = (UnitKind.STREET, UnitKind.COMMUNITY)


def at(community: str, street: str, district: str = "9") -> Placement:
    """A place in a community."""
    return Placement(118.6, 32.0, Precision.POINT, f"{community}001", community, "", street, "", district, Why(rule="grids"))


HERE = at("911", "91")
MATTERS = (
    matter("0203", "part", lead="@owner", co=["chengguan", "ranqi", "gongshui"]),
    matter("0101", "event", co=["@street", "@community", "ranqi"]),
    matter("0809", "event", level="street", lead="@street"),
    matter("1201", "service"),
)


def route(code: str, *duties: Duty, place: Placement = HERE, owner: str = "", on: date = DAY, sealed: bool = False) -> Routing:
    """The routing of a matter by these duties alone."""
    return Router(centre(duties=duties, matters=MATTERS)).route(code, place, owner, on, sealed=sealed)


# --- which duty decides


def test_of_a_part_the_owner_goes_before_the_place() -> None:
    duties = (duty("place", "0203", "chengguan", area="911"), duty("owner", "0203", "ranqi", owner="ranqi"))
    routing = route("0203", *duties, owner="ranqi")
    assert (routing.unit, routing.why.rule, routing.why.because) == ("ranqi", "duties/owner", "basis of owner")
    assert [runner.choice for runner in routing.why.runners_up] == ["chengguan"]
    assert route("0203", *duties, owner="gongshui").unit == "chengguan"


def test_of_an_event_the_place_goes_before_the_owner() -> None:
    duties = (duty("place", "0101", "chengguan", area="911"), duty("owner", "0101", "ranqi", owner="ranqi"))
    assert route("0101", *duties, owner="ranqi").unit == "chengguan"
    assert route("0101", *duties, owner="ranqi", place=at("921", "92")).unit == "ranqi"


def test_a_nearer_place_goes_before_a_wider_one() -> None:
    duties = (
        duty("all", "0101", "jiwei"),
        duty("district", "0101", "ranqi", area="9"),
        duty("street", "0101", "gongshui", area="91"),
        duty("community", "0101", "chengguan", area="911"),
    )
    assert [route("0101", *duties, place=place).unit for place in (HERE, at("912", "91"), at("921", "92"), at("811", "81", "8"))] == [
        "chengguan",
        "gongshui",
        "ranqi",
        "jiwei",
    ]


def test_the_more_specific_matter_goes_before_the_nearer_place() -> None:
    assert (
        route("0101", duty("code", "0101", "chengguan"), duty("group", "01*", "ranqi", area="911"), duty("any", "*", "gongshui", area="911")).unit
        == "chengguan"
    )


def test_whoever_owns_a_part_gets_it_where_the_duty_says_so() -> None:
    duties = (duty("owner", "0203", OF_OWNER), duty("else", "0203", "chengguan"))
    assert route("0203", *duties, owner="gongshui").unit == "gongshui"
    assert route("0203", *duties).unit == "chengguan"
    assert route("0203", *duties, owner="unknown company").unit == "chengguan"


def test_the_unit_of_the_place_stands_for_street_and_community() -> None:
    assert route("0809", duty("d", "0809", "@street")).unit == "street-91"
    assert route("0809", duty("d", "0809", "@street"), place=at("921", "92")).unit == "street-92"
    assert route("0809", duty("d", "0809", "@community")).unit == "community-911"


def test_a_place_without_a_unit_of_its_own_leaves_the_case_to_the_next_duty_or_the_desk() -> None:
    nobody_there = at("912", "91")
    assert route("0809", duty("d", "0809", "@community"), duty("else", "08*", "@street"), place=nobody_there).unit == "street-91"
    routing = route("0809", duty("d", "0809", "@community"), place=nobody_there)
    assert (routing.unit, routing.why.rule) == ("desk", "desk/no-duty")


# --- days


def test_a_duty_ends_with_its_last_day_and_its_successor_begins_on_the_next() -> None:
    duties = (duty("old", "0101", "chengguan", valid=(date(2000, 1, 1), date(2023, 2, 28))), duty("new", "0101", "gongshui", valid=(date(2023, 3, 1), None)))
    days = (date(1999, 12, 31), date(2000, 1, 1), date(2023, 2, 28), date(2023, 3, 1), date(2030, 1, 1))
    assert [route("0101", *duties, on=day).unit for day in days] == ["desk", "chengguan", "chengguan", "gongshui", "gongshui"]


# --- what departments must handle


@pytest.mark.parametrize("unit", ["@street", "@community", "street-91", "community-911"])
def test_what_departments_must_handle_never_goes_to_a_street_even_where_a_duty_says_so(unit: str) -> None:
    assert route("0101", duty("wrong", "0101", unit, area="911"), duty("right", "0101", "chengguan")).unit == "chengguan"
    assert route("0101", duty("wrong", "0101", unit)).unit == "desk"


def test_what_departments_must_handle_does_not_go_to_a_street_as_the_owner_of_a_part() -> None:
    assert route("0203", duty("owner", "0203", OF_OWNER), duty("else", "0203", "chengguan"), owner="street-91").unit == "chengguan"


def owners() -> list[str]:
    """Companies, departments, a street, nobody, and somebody unknown."""
    units = pukou().units.values()
    some = [unit.unit for kind in (UnitKind.COMPANY, UnitKind.DEPARTMENT) for unit in units if unit.kind is kind]
    return ["", "nobody knows", *some[:8], next(unit.unit for unit in units if unit.kind is UnitKind.STREET)]


def places() -> list[Placement]:
    """Every community of the shipped pack, a street without a community, and nowhere."""
    areas = pukou().areas
    streets = [area for area in areas.values() if area.level is AreaLevel.STREET]
    communities = [area for area in areas.values() if area.level is AreaLevel.COMMUNITY]
    return [*(at(row.code, row.parent, areas[row.parent].parent) for row in communities), at("", streets[0].code, streets[0].parent), NOWHERE]


def test_no_matter_that_departments_must_handle_goes_to_a_street_or_community_anywhere_ever_whoever_owns_the_part() -> None:
    reference = pukou()
    router = Router(reference)
    reserved = [row.code for row in reference.matters.values() if row.level == "department"]
    assert len(reference.matters) == 156
    for code, place, owner, day in product(reserved, places(), owners(), (date(2018, 1, 5), DAY)):
        unit = router.route(code, place, owner, day, sealed=False).unit
        assert reference.units[unit].kind not in LOCAL, (code, place, owner, day)


def test_every_matter_finds_somebody_everywhere_and_the_reason_names_the_rule() -> None:
    reference = pukou()
    router = Router(reference)
    names = {f"duties/{row.duty}" for row in reference.duties}
    for code, place in product(reference.matters, places()[:-1]):
        routing = router.route(code, place, "", DAY, sealed=False)
        assert routing.unit in reference.units
        assert routing.why.rule in names
        assert routing.why.because
        assert routing.unit not in routing.co_units
        assert set(routing.co_units) <= set(reference.units)
        assert len(set(routing.co_units)) == len(routing.co_units)


@st.composite
def duty_lists(draw: st.DrawFn) -> list[Duty]:
    """Some duties of a part, an event and a service, dated or not."""
    units = st.sampled_from(["chengguan", "ranqi", "gongshui", "@street", "@community", OF_OWNER])
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["0203", "0101", "0809", "02*", "01*", "*"]),
                units,
                st.sampled_from(["*", "9", "91", "911"]),
                st.sampled_from(["*", "ranqi"]),
                st.sampled_from([(date(2000, 1, 1), None), (date(2000, 1, 1), date(2020, 1, 1)), (date(2024, 1, 2), None)]),
            ),
            max_size=8,
        )
    )
    return [duty(f"d{n}", pattern, unit, area=area, owner=owner, valid=valid) for n, (pattern, unit, area, owner, valid) in enumerate(rows)]


@given(duty_lists(), st.sampled_from(["0203", "0101", "0809"]), st.sampled_from(["", "ranqi", "street-91"]), st.sampled_from([HERE, at("921", "92")]))
def test_the_duty_that_decides_is_the_first_in_rank_of_those_that_hold_and_lead_to_somebody(
    duties: list[Duty], code: str, owner: str, place: Placement
) -> None:
    routing = route(code, *duties, owner=owner, place=place)
    areas: dict[str, Area] = {row.code: row for row in AREAS}
    matters = {row.code: row for row in MATTERS}
    kinds = {unit.unit: unit.kind for unit in UNITS}
    somebody = {
        "@street": {"91": "street-91", "92": "street-92"}[place.street],
        "@community": {"911": "community-911"}.get(place.community, ""),
        OF_OWNER: owner,
    }
    holding = []
    for row in duties:
        unit = somebody.get(row.unit, row.unit)
        fits = covers(row.matter, code) and row.area in ("*", place.district, place.street, place.community) and row.part_owner in ("*", owner)
        if fits and in_force(row, DAY) and unit and not (matters[code].level == "department" and kinds[unit] in LOCAL):
            holding.append((rank(row, matters[code], areas), unit, row.duty))
    if not holding:
        assert (routing.unit, routing.why.rule) == ("desk", "desk/no-duty")
        return
    best = max(held[0] for held in holding)
    assert (best, routing.unit, routing.why.rule.removeprefix("duties/")) in holding
    assert len(routing.why.runners_up) == min(len(holding) - 1, 3)


# --- no place, no duty


@pytest.mark.parametrize("code", ["0203", "0101"])
def test_a_part_or_an_event_of_unknown_place_goes_to_the_desk_and_it_is_said_whose_it_would_be(code: str) -> None:
    routing = route(code, duty("d", code, "chengguan"), duty("e", "*", "gongshui"), duty("there", code, "ranqi", area="911"), place=NOWHERE)
    assert (routing.unit, routing.co_units, routing.why.rule) == ("desk", (), "desk/unplaced")
    assert [runner.choice for runner in routing.why.runners_up] == ["chengguan", "gongshui"]
    assert [runner.because for runner in routing.why.runners_up] == ["duties/d basis of d", "duties/e basis of e"]


def test_a_service_needs_no_place() -> None:
    assert route("1201", duty("d", "1201", "chengguan"), place=NOWHERE).unit == "chengguan"


def test_a_place_that_is_only_approximate_is_a_place() -> None:
    assert route("0101", duty("d", "0101", "chengguan"), place=HERE._replace(precision=Precision.COMMUNITY)).unit == "chengguan"


def test_what_nobodys_duty_is_goes_to_the_desk() -> None:
    routing = route("0101")
    assert (routing.unit, routing.why.rule, routing.why.runners_up) == ("desk", "desk/no-duty", ())


# --- who helps


def test_the_duty_names_who_helps_else_the_matter_does_and_the_lead_is_not_among_them() -> None:
    assert route("0101", duty("d", "0101", "chengguan", co=["@owner", "ranqi", "chengguan", "@street", "ranqi"]), owner="gongshui").co_units == (
        "gongshui",
        "ranqi",
        "street-91",
    )
    assert route("0101", duty("d", "0101", "ranqi")).co_units == ("street-91", "community-911")
    assert route("0203", duty("d", "0203", OF_OWNER), owner="gongshui").co_units == ("chengguan", "ranqi")


# --- sealed

SEALED = (
    duty("old", "1901", "chengguan", valid=(date(2000, 1, 1), date(2022, 4, 30))),
    duty("new", "1901", "jiwei", co=["chengguan"], valid=(date(2022, 5, 1), None)),
)


@pytest.mark.parametrize("code", ["0203", "0101", "1201", "1901"])
@pytest.mark.parametrize("place", [HERE, NOWHERE])
def test_a_sealed_report_goes_to_the_unit_of_1901_alone_whatever_its_matter_place_and_owner(code: str, place: Placement) -> None:
    routing = route(code, duty("d", code if code != "1901" else "19*", "ranqi"), *SEALED, place=place, owner="ranqi", sealed=True)
    assert routing == Routing("jiwei", (), Why(rule="duties/new", because="sealed: discipline inspection alone"))


def test_who_takes_sealed_reports_is_a_dated_duty_too() -> None:
    days = (date(1999, 12, 31), date(2022, 4, 30), date(2022, 5, 1))
    routings = [route("1901", *SEALED, on=day, sealed=True) for day in days]
    assert [(routing.unit, routing.why.rule) for routing in routings] == [("jiwei", "matters/1901"), ("chengguan", "duties/old"), ("jiwei", "duties/new")]


def test_a_sealed_report_is_never_led_by_the_place_or_the_owner() -> None:
    local = (
        duty("street", "1901", "street-91", area="91"),
        duty("whose", "1901", OF_OWNER),
        duty("his", "1901", "ranqi", owner="ranqi"),
        duty("there", "19*", "@street"),
    )
    assert route("1901", *local, owner="ranqi", sealed=True).unit == "jiwei"


def test_a_duty_of_the_only_district_holds_for_what_is_sealed_everywhere() -> None:
    assert route("1901", duty("d", "1901", "chengguan", area="9"), sealed=True).unit == "chengguan"


def test_in_the_shipped_pack_what_is_sealed_goes_to_discipline_inspection_on_every_day() -> None:
    router = Router(pukou())
    for code, day in product(pukou().matters, (date(2018, 1, 5), date(2022, 4, 30), date(2022, 5, 1), DAY)):
        assert router.route(code, places()[0], "", day, sealed=True)[:2] == ("jiwei", ())


# --- remembered answers


def test_an_answer_does_not_depend_on_what_was_asked_before() -> None:
    questions = list(product(["0203", "0809", "1604", "1901"], [*places()[:3], NOWHERE], ["", "ranqi"], [date(2018, 1, 5), DAY]))
    router = Router(pukou())
    first = [router.route(code, place, owner, day, sealed=False) for code, place, owner, day in questions]
    assert [router.route(code, place, owner, day, sealed=False) for code, place, owner, day in reversed(questions)] == first[::-1]
    assert [Router(pukou()).route(code, place, owner, day, sealed=False) for code, place, owner, day in questions[:8]] == first[:8]


DAYS = st.dates(date(1999, 12, 1), date(2000, 3, 1))
SPANS = st.tuples(DAYS, DAYS, st.booleans()).map(lambda span: (min(span[:2]), None if span[2] else max(span[:2])))


@given(st.lists(SPANS, max_size=5), st.lists(DAYS, min_size=1, max_size=8), st.booleans())
def test_on_every_day_the_answer_is_that_of_a_router_that_was_asked_nothing_before(
    spans: list[tuple[date, date | None]], days: list[date], sealed: bool
) -> None:
    code = "1901" if sealed else "0101"
    duties = [
        duty(f"d{n}", code, unit, valid=valid) for n, (unit, valid) in enumerate(zip(["chengguan", "ranqi", "gongshui", "jiwei", "desk"], spans, strict=False))
    ]
    reference = centre(duties=duties, matters=MATTERS)
    router = Router(reference)
    assert [router.route(code, HERE, "", day, sealed=sealed) for day in days] == [Router(reference).route(code, HERE, "", day, sealed=sealed) for day in days]


def test_a_duty_may_hold_to_the_end_of_days() -> None:
    assert route("0101", duty("d", "0101", "chengguan", valid=(date(2000, 1, 1), date.max))).unit == "chengguan"


# --- who is complained of


def overseen() -> Router:
    """The small centre with a department above the gas company, and nobody above the water company."""
    units = {unit.unit: unit for unit in UNITS} | {"zhujian": Unit(unit="zhujian", name="住建局", kind=UnitKind.DEPARTMENT)}
    units["ranqi"] = units["ranqi"].model_copy(update={"parent": "zhujian"})
    matters = (matter("0501", lead="@owner", co=["ranqi", "chengguan"]), matter("0502", level="street", lead="@owner"), matter("0503", lead="zhujian"))
    duties = [duty(f"{code}-{owner}", code, owner, owner=owner) for code in ("0501", "0502", "0503") for owner in ("ranqi", "gongshui")]
    return Router(centre(units=units, matters=matters, duties=[*duties, duty("d", "0503", "chengguan", owner="ranqi", area="9")]))


@pytest.mark.parametrize(
    ("code", "owner", "unit", "rule"),
    [
        ("0503", "ranqi", "chengguan", "duties/d"),
        ("0503", "gongshui", "zhujian", "matters/0503"),
        ("0501", "ranqi", "zhujian", "units/ranqi"),
        ("0501", "gongshui", "desk", "desk/complained-of"),
        ("0502", "gongshui", "street-91", "units/@street"),
    ],
)
def test_what_is_complained_of_a_company_goes_to_the_next_duty_else_to_who_oversees_it(code: str, owner: str, unit: str, rule: str) -> None:
    router = overseen()
    assert router.route(code, HERE, owner, DAY, sealed=False).unit in {owner, "chengguan"}
    routing = router.route(code, HERE, owner, DAY, sealed=False, against=(owner,))
    assert (routing.unit, routing.why.rule) == (unit, rule)
    assert owner not in routing.co_units


def test_whoever_stands_below_the_accused_neither_leads_nor_helps() -> None:
    routing = overseen().route("0501", HERE, "ranqi", DAY, sealed=False, against=("zhujian",))
    assert (routing.unit, routing.co_units, routing.why.runners_up[0].choice) == ("desk", ("chengguan",), "ranqi")
    assert "回避" in routing.why.because


def test_a_department_that_is_complained_of_leaves_the_case_to_the_desk() -> None:
    routing = route_against("0101", ("chengguan",), duty("d", "0101", "chengguan"))
    assert (routing.unit, routing.why.rule) == ("desk", "desk/complained-of")
    assert route_against("0101", ("ranqi",), duty("d", "0101", "chengguan")) == route("0101", duty("d", "0101", "chengguan"))._replace(
        co_units=("street-91", "community-911")
    )


def route_against(code: str, against: tuple[str, ...], *duties: Duty) -> Routing:
    """The routing of a complaint about units by these duties alone."""
    return Router(centre(duties=duties, matters=MATTERS)).route(code, HERE, "", DAY, sealed=False, against=against)


def test_nobody_who_is_complained_of_or_stands_below_handles_anything_anywhere() -> None:
    reference = pukou()
    router = Router(reference)
    below = {unit: {unit} | {row.unit for row in reference.units.values() if row.parent == unit} for unit in reference.units}
    accused = [row.unit for row in reference.units.values() if row.kind in (UnitKind.COMPANY, UnitKind.DEPARTMENT)]
    for code, unit in product(reference.matters, accused):
        routing = router.route(code, places()[0], "gongshui", DAY, sealed=False, against=(unit,))
        assert not below[unit] & {routing.unit, *routing.co_units}, (code, unit)
