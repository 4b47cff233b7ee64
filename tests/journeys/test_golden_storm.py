"""Golden case 10 (`domain/domain.md` §10): a storm, four hundred tickets in an hour."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from schemas.vocabulary import Action, AlertKind, CaseState, Force, Source
from tests.casework.lifecycle.centre import local
from tests.journeys.centre import Journey
from tests.journeys.words import alarm, work_order

STORM = local("2026-07-20 15:00")
TICKETS = 400
QUARTERS = {"power": (118.6271, 32.0588), "drainage": (118.5196, 31.9512)}
"""Where the power is out, and where the water stands: in two streets."""
STEP = 0.0024
"""Some 230 m: no two places are one case, all of a quarter are within a kilometre."""


def ticket(number: int) -> tuple[str, Source, dict[str, object]]:
    """The n-th ticket of the hour: its id, its source and its line. Seven places of each quarter, in turn, through both channels."""
    at = STORM + timedelta(seconds=9 * number)
    quarter = ("power", "drainage")[number % 2]
    place = number // 2 % 7
    point = (QUARTERS[quarter][0] + STEP * (place % 3), QUARTERS[quarter][1] + STEP * (place // 3))
    if number % 3:
        name, kind = f"GD{number:05d}", {"power": "公用事业/停电", "drainage": "市政设施/雨污水排水堵塞"}[quarter]
        words = {"power": "整栋楼停电了", "drainage": "路面积水，走不过去"}[quarter]
        return name, Source.HOTLINE12345, work_order(name, at, words, kind, point)
    name, kind = f"11{number:08d}", {"power": "群众求助/停电", "drainage": "公共设施险情/道路积水"}[quarter]
    words = {"power": "家里没电", "drainage": "积水很深"}[quarter]
    return name, Source.POLICE110, alarm(name, at, words, kind, point)


def test_four_hundred_tickets_in_an_hour_are_two_incidents_whose_orders_and_alerts_do_not_grow_with_the_tickets() -> None:
    centre = Journey(at=STORM)
    for place, skill, unit in ((QUARTERS["power"], "power", ""), (QUARTERS["drainage"], "drain", "")):
        centre.near(Force.REPAIR, 3, skill=skill, place=place, unit=unit)
    centre.near(Force.GRID, 3, skill="guard", place=QUARTERS["drainage"])
    ordered = []
    for number in range(TICKETS):
        _, source, line = ticket(number)
        assert centre.says(source, line)
        ordered.append(sum(line.action is Action.ORDERED for line in centre.journal))
    assert Counter(case.matter for case in centre.cases.values()) == {"0304": 7, "0206": 7}
    parents = [case for case in centre.cases.values() if case.number and centre.work(case.number).children]
    children = [case for case in centre.cases.values() if case.parent]
    assert (len(parents), len(children)) == (2, 12)
    assert sum(case.reports for case in centre.cases.values()) == TICKETS
    assert ordered[14:] == ordered[14:15] * (TICKETS - 14), "from the first ticket of each place on, nobody is asked anew"
    for parent, quarter in zip(parents, QUARTERS, strict=True):
        assert {child.parent for child in children if child.matter == parent.matter} == {parent.case_id}, quarter
    told = Counter((alert.kind, alert.number) for alert in {alert.alert_id: alert for alert in centre.alerts}.values())
    assert set(told.values()) == {1}, "one alert of a kind"
    assert {number for _, number in told} == {parent.number for parent in parents}, "and of the incident"
    assert not any(kind in {AlertKind.SIX_IN_30_DAYS, AlertKind.CONSULTATION} for kind, _ in told), "many tell of one event: nothing recurs"


def test_an_incident_that_ends_ends_all_its_cases_and_each_source_hears_its_own_result_once() -> None:
    centre = Journey(at=STORM)
    names = []
    for number in range(40):
        name, source, line = ticket(number)
        centre.says(source, line)
        names.append(name)
    (power, drainage) = (case for case in centre.cases.values() if centre.work(case.number).children)
    centre.unit_does(power.number, Action.SIGNED, Action.CONTACTED, Action.HANDLED)
    centre.later(minutes=30)
    quiet = [alert for alert in centre.alerts if alert.number == power.number and alert.kind is AlertKind.UNSIGNED]
    assert quiet == [], "whoever has signed for the incident has signed for all of it"
    assert centre.count_of(AlertKind.UNSIGNED) == 1, "nobody has signed for the water"
    centre.unit_does(power.number, Action.FED_BACK, result="线路已抢修，全部恢复供电")
    centre.desk_does(power.number, Action.VERIFIED, Action.CLOSED)
    for case in centre.cases.values():
        assert case.state is (CaseState.CLOSED if case.matter == "0304" else CaseState.DISPATCHED)
    final = {result.source_id: result for result in centre.results if result.final}
    assert sorted(final) == sorted(names[::2])
    assert {result.result for result in final.values()} == {"线路已抢修，全部恢复供电"}
    assert sum(result.final for result in centre.results) == len(final)
    child = next(case for case in centre.cases.values() if case.matter == "0304" and case.parent)
    assert centre.journal_of(child.number)[-1].endswith(" closed")
    assert centre.journal_of(power.number, leave_out=frozenset({Action.JOINED})) == [
        "15:00:30 police110 opened",
        "15:00:30 clock dispatched gongdian",
        "15:00:30 clock needed repair/desk",
        "15:01:24 clock incident",
        "15:06:21 unit:经办人 signed",
        "15:06:21 unit:经办人 contacted",
        "15:06:21 unit:经办人 handled",
        "15:36:21 unit:经办人 fed_back",
        "15:36:21 desk:值班员 verified",
        "15:36:21 desk:值班员 closed",
    ]
    late = centre.says(Source.HOTLINE12345, work_order("GD99999", centre.at, "还是停电", "公用事业/停电", QUARTERS["power"]))
    assert centre.case(late).state is CaseState.DISPATCHED, "who reports after the end is a case of its own"
    assert drainage.number in {alert.number for alert in centre.open_alerts().values()}
