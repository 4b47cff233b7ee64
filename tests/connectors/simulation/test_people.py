"""People of a simulated district: they act on what they are told, each by its habits, and the same again for the same seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from connectors.simulation.people.habits import Habits
from connectors.simulation.people.people import People, Told
from reference import load, shelf
from reference.pack import Reference
from schemas.command import CommandEvent
from schemas.vocabulary import Action, OrderAct

START = datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
CASE = "case-1"
QUIET = Habits(returns=0, forgets_to_sign=0, forgets_to_answer=0, starts_work=0, turns_away=0, hands_over=0, voids=0, needs_third_party=0, unreachable=0)
FORGETFUL = replace(QUIET, forgets_to_sign=1)


@cache
def pukou() -> Reference:
    """The shipped pack."""
    return load.load(shelf.find("pukou"))


def picture(state: str = "DISPATCHED", **more: Any) -> dict[str, Any]:
    """A case as `ucc.cases` shows it."""
    return {
        "case_id": CASE,
        "number": "N1",
        "state": state,
        "seq": 2,
        "urgency": "U2",
        "matter": "0203",
        "unit": "chengguan",
        "lng": 118.62,
        "lat": 32.06,
        **more,
    }


def line(action: Action, seq: int = 2, **data: Any) -> dict[str, Any]:
    """A line of its journal."""
    at = START.isoformat()
    return {"transition_id": f"t{seq}", "case_id": CASE, "seq": seq, "at": at, "action": action.value, "to_state": "DISPATCHED", "data": data}


def people(seed: int = 1, habits: Habits | None = None) -> People:
    """Everybody, who has been told of a case that went to a unit."""
    found = People(pukou(), seed, START, habits)
    found.told(Told([picture()], [line(Action.DISPATCHED, unit="chengguan", co_units=[])]))
    return found


def done(event: CommandEvent) -> dict[str, Any]:
    """Its verdict."""
    return {"command_id": event.command.command_id, "at": event.at.isoformat(), "verdict": "done"}


def test_a_unit_signs_speaks_to_whoever_reported_and_feeds_back() -> None:
    district, told = people(habits=QUIET), list[Action]()
    for days, state in enumerate(("SIGNED", "CONTACTED", "FEEDBACK"), start=1):
        (event,) = district.commands(START + 90 * days * timedelta(days=1))
        told.append(event.command.action)
        district.told(Told([picture(state)], verdicts=[done(event)]))
    assert told == [Action.SIGNED, Action.CONTACTED, Action.FED_BACK]


def test_who_has_forgotten_does_nothing_until_it_is_told() -> None:
    district = people(habits=replace(FORGETFUL, wakes={"orange": 1.0}))
    assert not district.commands(START + timedelta(days=9))
    alert = {"alert_id": "a1", "version": 1, "status": "open", "changed_at": START.isoformat(), "case_id": CASE, "level": "orange", "milestone": "sign"}
    district.told(Told(alerts=[alert]))
    assert Action.SIGNED in [event.command.action for event in district.commands(START + timedelta(days=30))]


def test_responders_decline_with_a_reason_or_say_nothing() -> None:
    order = line(Action.ORDERED, 3, need="C-0203-U2-grid/1", order=0, responder=pukou().responders[0].responder)
    declines = people(habits=replace(FORGETFUL, silent=0, declines=1))
    declines.told(Told(journal=[order]))
    (event,) = declines.commands(START + timedelta(hours=1))
    assert event.command.act is OrderAct.DECLINE
    assert event.command.reason
    silent = people(habits=replace(FORGETFUL, silent=1))
    silent.told(Told(journal=[order]))
    assert not silent.commands(START + timedelta(hours=1))


def test_the_same_seed_gives_the_same_commands_in_the_order_of_time() -> None:
    first, again, other = (people(seed).commands(START + timedelta(days=3)) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert [event.at for event in first] == sorted(event.at for event in first)


def test_only_who_is_on_shift_is_seen_and_whoever_is_sent_arrives_there() -> None:
    district = people()
    seen = district.out.seen(START)
    assert seen is not None
    assert set(seen.responders) <= district.out.on_shift(START)
    responder, there = seen.responders[0], (118.62, 32.06)
    district.out.goes(responder, START, there, timedelta(minutes=5))
    assert district.out.metres(responder, START + timedelta(minutes=5), there) < 1
    district.out.goes_back(responder, START)
    assert district.out.metres(responder, START + timedelta(minutes=5), there) > 1


def test_who_is_sent_and_is_none_of_them_leaves_them_quiet() -> None:
    few = People(replace(pukou(), responders=pukou().responders[:3]), 1, START, QUIET)
    few.told(Told([picture()], [line(Action.ORDER_ASSIGNED, responder=pukou().responders[9].responder, need="n/1", order=0)]))
    assert few.commands(START + timedelta(hours=1)) == []


def test_where_nobody_is_out_nobody_is_seen() -> None:
    nobody = People(replace(pukou(), responders=()), 1, START)
    assert nobody.out.seen(START) is None
    assert nobody.out.on_shift(START) == set()
