"""Run cards: which one answers, what the check refuses with file, row and field, and that the shipped table is what its script makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from reference import load
from reference.packs.make import run_cards as made
from reference.rows import as_cells, write
from reference.run_cards import answering
from reference.tables import BASE, RUN_CARDS
from schemas.centre import RunCard
from schemas.vocabulary import Force, Urgency

if TYPE_CHECKING:
    from tests.reference.conftest import SmallPack

FORCES = "force,speed_kmh,load_cap,sworn,skills,basis\n" + "".join(
    f"{force.value},20,2,{'true' if force in (Force.POLICE, Force.ENFORCEMENT) else ''},inspect|guard|soft,list\n" for force in Force
)
RULES = "urgency,automatic,fix_age_s,accuracy_m,detour,ack_s,ring_factor,rings,wait_min,again_s,own_grid_s,load_s,today_s,uncovered_s,basis\n" + "".join(
    f"U{number},true,60,100,1.4,60,2,3,0,60,60,300,0,60,list\n" for number in (1, 2, 3, 4)
)
CARDS = """card,matter,urgency,force,number,skills,unit,within_min,task,basis
A,*,U1,police,,,,10,到场,list
B,0101,,enforcement,,,@lead,60,到场,list
C,0203,,repair,,,@lead,30,抢修,list
D,0203,U1,grid,,guard,,10,看护,list
E,0203,U1,repair,2,,@lead,30,抢修,list
F,08*,,grid,,inspect,,30,核实,list
"""


@dataclass(frozen=True)
class Sends:
    """A small pack that sends people."""

    pack: SmallPack

    def problems(self) -> list[str]:
        """What is wrong with it."""
        return [str(problem) for problem in load.check(self.pack.folder, base=self.pack.base)]


@pytest.fixture
def sends(small: SmallPack) -> Sends:
    for name, text in {"forces.csv": FORCES, "dispatch_rules.csv": RULES, "run_cards.csv": CARDS}.items():
        (small.base / name).write_text(text, "utf-8")
    return Sends(small)


def test_the_shipped_cards_are_what_the_script_makes() -> None:
    assert write(RUN_CARDS, map(as_cells, made.cards())) == (BASE / RUN_CARDS.file).read_bytes()


def test_a_pack_without_cards_is_whole_and_sends_nobody(small: SmallPack) -> None:
    assert load.load(small.folder, base=small.base).run_cards == ()


def test_a_pack_with_cards_is_whole(sends: Sends) -> None:
    assert sends.problems() == []
    reference = load.load(sends.pack.folder, base=sends.pack.base)
    assert [card.card for card in reference.run_cards] == ["A", "B", "C", "D", "E", "F"]
    assert (len(reference.forces), len(reference.dispatch_rules)) == (8, 4)


@pytest.mark.parametrize(
    ("matter", "urgency", "rows"),
    [
        ("0203", Urgency.U1, ["D", "E"]),
        ("0203", Urgency.U3, ["C"]),
        ("0809", Urgency.U1, ["F"]),
        ("1999", Urgency.U1, ["A"]),
        ("1999", Urgency.U2, []),
        ("0101", Urgency.SEALED, []),
        ("0101", Urgency.NONE, []),
    ],
)
def test_the_most_specific_matter_answers_then_the_urgency(sends: Sends, matter: str, urgency: Urgency, rows: list[str]) -> None:
    cards: tuple[RunCard, ...] = load.load(sends.pack.folder, base=sends.pack.base).run_cards
    assert [card.card for card in answering(cards, matter, urgency)] == rows


def test_a_card_of_the_pack_replaces_the_bases_row(sends: Sends) -> None:
    (sends.pack.folder / "run_cards.csv").write_text(CARDS.splitlines()[0] + "\nD,0203,U1,grid,3,guard,,5,看护,list\n", "utf-8")
    card = next(card for card in load.load(sends.pack.folder, base=sends.pack.base).run_cards if card.card == "D")
    assert (card.number, card.within_min) == (3, 5)


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("run_cards.csv", "D,0203", "D,0299", "base/run_cards.csv:5 matter: value '0299' fits no matter"),
        (
            "run_cards.csv",
            "F,08*",
            "F,07*",
            "run_cards.csv matter: value '0809' (露天焚烧) has no card at U2; allowed: a card for 0809, 08* or * with urgency U2 or *",
        ),
        (
            "run_cards.csv",
            "grid,,guard",
            "grid,,gard",
            "base/run_cards.csv:5 skills: value 'gard' is no skill of the force grid in forces.csv; allowed: guard, inspect",
        ),
        (
            "run_cards.csv",
            "enforcement",
            "grid",
            "base/run_cards.csv:3 force: value 'B' sends nobody who may enforce to 0101; allowed: a row of enforcement, police",
        ),
        (
            "run_cards.csv",
            "F,08*,,grid,,inspect",
            "F,08*,,volunteer,,soft",
            "base/run_cards.csv:7 force: value 'F' sends volunteers to 0809 for what is not theirs",
        ),
        ("run_cards.csv", "D,0203,U1,grid,,guard", "D,0203,U1,volunteer,,guard", "base/run_cards.csv:5 force: value 'D' sends volunteers to 0203"),
        ("run_cards.csv", "A,*", "A,1901", "base/run_cards.csv:2 matter: value '1901' is sealed: nobody is sent"),
        ("run_cards.csv", "A,*,U1", "A,*,US", "base/run_cards.csv:2 urgency: value 'US' is no urgency with which somebody is sent; allowed: U1"),
        ("run_cards.csv", "D,0203,U1,grid,,guard,,10", "D,0203,U1,repair,,,@lead,10", "base/run_cards.csv:6 card: value 'E' wants the same as line 5"),
        ("run_cards.csv", "repair,2,", "repair,0,", "base/run_cards.csv:6 number: value '0' is not valid"),
        (
            "run_cards.csv",
            "@lead,60",
            "@boss,60",
            "base/run_cards.csv:3 unit: value '@boss' is not one of the words known here; allowed: '*', '@lead', '@case'",
        ),
        ("forces.csv", "police,20,2,true,inspect|guard|soft,list\n", "", "forces.csv force: value 'police' has no row; allowed: one row for each force"),
        ("forces.csv", "police,20", "police,200", "base/forces.csv:2 speed_kmh: value '200' is not valid"),
        ("dispatch_rules.csv", "U2,true,60,100,1.4,60,2,3,0,60,60,300,0,60,list\n", "", "dispatch_rules.csv urgency: value 'U2' has no row"),
        ("dispatch_rules.csv", "U1,true,60,100,1.4", "U1,true,60,100,0.5", "base/dispatch_rules.csv:2 detour: value '0.5' is not valid"),
    ],
)
def test_what_is_wrong_is_said_with_file_row_and_field(sends: Sends, file: str, old: str, new: str, expected: str) -> None:
    sends.pack.change(file, old, new, in_base=True)
    assert any(expected in problem for problem in sends.problems()), sends.problems()


def test_a_skill_of_a_responder_that_its_force_does_not_know_is_found(sends: Sends) -> None:
    path = sends.pack.folder / "responders.csv"
    path.write_text("responder,post,force,skills,unit,grid,shift,synthetic\ng1,网格员,grid,flying,east,9901001001001,day,true\n", "utf-8")
    assert any("small/responders.csv:2 skills: value 'flying' is no skill of the force grid" in problem for problem in sends.problems())
