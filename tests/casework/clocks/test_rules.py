from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.casework.clocks.rules import Facts, LimitRules
from reference.pack import Reference
from schemas.centre import DeadlineRule
from schemas.limit import Limit
from schemas.vocabulary import Intent, Milestone, Start, TimeKind, Urgency
from tests.casework.clocks.centres import pukou

COMPLAINT = Facts("0101", Intent.COMPLAINT, Urgency.U3, "hotline12345")
HOUR = 3_600_000_000


def chosen(facts: Facts, milestone: Milestone = Milestone.CLOSE, *, reference: Reference | None = None, spans: frozenset[str] = frozenset()) -> tuple[str, str]:
    choice = LimitRules(reference or pukou()).choose(milestone, facts, spans)
    assert choice is not None
    return choice.rule, choice.text


def with_rules(*added: DeadlineRule, without_matter: str = "") -> Reference:
    matters = {code: matter for code, matter in pukou().matters.items() if code != without_matter}
    return replace(pukou(), deadlines=(*pukou().deadlines, *added), matters=matters)


def rule(name: str, limit: str, **fields: str) -> DeadlineRule:
    said = {"rule": name, "milestone": "close", "starts": "dispatched", "limit": limit, "basis": "x"}
    return DeadlineRule.model_validate({**said, **fields})


def test_the_closing_limit_is_the_matters() -> None:
    assert chosen(COMPLAINT) == ("matter:0101", "4wh")
    assert chosen(COMPLAINT._replace(matter="1001")) == ("matter:1001", "7wd")


def test_else_it_is_the_intents_and_else_the_urgencys() -> None:
    unknown = with_rules(without_matter="0101")
    assert chosen(COMPLAINT, reference=unknown) == ("close-complaint", "5wd")
    assert chosen(COMPLAINT._replace(intent=Intent.INQUIRY), reference=unknown) == ("close-inquiry", "1wd")
    assert chosen(COMPLAINT._replace(intent=Intent.OTHER), reference=unknown) == ("close-u3", "5wd")
    assert chosen(COMPLAINT._replace(intent=Intent.OTHER, urgency=Urgency.U1), reference=unknown) == ("close-u1", "2ewh")


def test_the_statute_of_petitions_stands_above_all_and_names_its_own_start() -> None:
    choice = LimitRules(pukou()).choose(Milestone.CLOSE, COMPLAINT._replace(source="petition"))
    assert choice is not None
    assert (choice.rule, choice.limit, choice.starts) == ("close-petition", Limit(TimeKind.CALENDAR_DAYS, 60), Start.ACCEPTED)
    assert choice.over == ("matter:0101", "close-complaint", "close-u3")
    screening = LimitRules(pukou()).choose(Milestone.SCREEN, COMPLAINT._replace(source="petition"))
    assert screening is not None
    assert (screening.text, screening.starts) == ("15d", Start.RECEIVED)


def test_a_hotline_case_closes_from_its_dispatch_never_from_the_sign_in() -> None:
    choice = LimitRules(pukou()).choose(Milestone.CLOSE, COMPLAINT)
    assert choice is not None
    assert choice.starts is Start.DISPATCHED
    assert "signed" not in [start.value for start in Start]


def test_what_is_sealed_or_nothing_has_no_limit_of_ours() -> None:
    assert chosen(Facts("1901", Intent.ACCUSATION, Urgency.SEALED, "hotline12345")) == ("matter:1901", "legal")
    assert chosen(Facts("1901", Intent.ACCUSATION, Urgency.SEALED, "petition")) == ("close-petition-us", "legal")
    assert chosen(Facts("1906", Intent.OTHER, Urgency.NONE, "hotline12345")) == ("matter:1906", "none")
    choice = LimitRules(pukou()).choose(Milestone.CLOSE, Facts("1901", Intent.ACCUSATION, Urgency.SEALED, "petition"))
    assert choice is not None
    assert choice.limit is None


@pytest.mark.parametrize(
    ("fields", "wins"),
    [
        ({"matter": "0101"}, "own"),
        ({"matter": "01*", "intent": "COMP", "urgency": "U3"}, "matter:0101"),
        ({"matter": "*", "source": "hotline12345"}, "own"),
        ({"matter": "0101", "zone": "core"}, "matter:0101"),
        ({"matter": "0101", "zone": "town"}, "own"),
        ({"matter": "0101", "span": "night"}, "matter:0101"),
        ({"matter": "0101", "urgency": "U1"}, "matter:0101"),
    ],
)
def test_the_rule_that_says_more_of_the_case_decides(fields: dict[str, str], wins: str) -> None:
    reference = with_rules(rule("own", "9wd", **fields))
    assert chosen(COMPLAINT._replace(zone="town"), reference=reference)[0] == wins


def test_noise_by_night_is_visited_within_an_hour() -> None:
    noise = Facts("0802", Intent.COMPLAINT, Urgency.U2, "police110", "core")
    assert chosen(noise, Milestone.ARRIVE) == ("arrive-u2", "2ewh")
    assert chosen(noise, Milestone.ARRIVE, spans=frozenset({"night"})) == ("arrive-u2-night-0802", "1ewh")


@pytest.mark.parametrize(
    ("zone", "arrive", "depart"),
    [
        ("core", "5min", "3min"),
        ("town", "10min", "3min"),
        ("suburb", "15min", "3min"),
        ("ring-1", "1min", "1min"),
        ("ring-3", "3min", "3min"),
        ("", "5min", "3min"),
    ],
)
def test_one_three_five_holds_as_phases_and_as_circles(zone: str, arrive: str, depart: str) -> None:
    danger = Facts("0203", Intent.HELP, Urgency.U1, "police110", zone)
    assert chosen(danger, Milestone.SIGN)[1] == "60s"
    assert (chosen(danger, Milestone.ARRIVE)[1], chosen(danger, Milestone.DEPART)[1]) == (arrive, depart)


def test_every_kind_of_case_has_a_rule_for_what_every_case_passes() -> None:
    rules = LimitRules(pukou())
    for milestone in (Milestone.DISPATCH, Milestone.SIGN, Milestone.CONTACT, Milestone.ARRIVE, Milestone.CLOSE, Milestone.RETURN):
        for urgency in Urgency:
            assert rules.choose(milestone, Facts("1999", Intent.OTHER, urgency, "department")) is not None
