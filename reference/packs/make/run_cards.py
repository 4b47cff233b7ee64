"""Makes `base/run_cards.csv` from the forces of `base/matters.csv`: who is sent, how many, with what skill, how soon.

    python -m reference.packs.make.run_cards

`domain/domain.md` §4.3 sends one (U3), two or three (U2), the police and the nearest of the others (U1); `OWN` holds what a matter needs instead
(golden cases, §10). A person who changes the table by hand changes this file, too, or stops using it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from reference.packs.make.pukou import read
from reference.rows import as_cells, write
from reference.tables import BASE, MATTERS, RUN_CARDS
from schemas.centre import RunCard
from schemas.vocabulary import Force, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemas.centre import Matter

REPAIR_SKILLS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("0101", "0103", "0109", "0110", "1804"), ("waste",)),
    **dict.fromkeys(("0201", "0202"), ("road",)),
    **dict.fromkeys(("0205", "0207", "0209"), ("road", "facility")),
    **dict.fromkeys(("0301", "0302", "0303"), ("water",)),
    **dict.fromkeys(("0305", "0306"), ("gas",)),
    **dict.fromkeys(("0401", "0404"), ("green",)),
    **dict.fromkeys(("0402", "0405"), ("tree",)),
    **dict.fromkeys(("0504", "1008"), ("lift",)),
    "0203": ("manhole",),
    "0204": ("lamp",),
    "0206": ("drain",),
    "0208": ("power", "cable"),
    "0304": ("power",),
    "0307": ("heat",),
    "0308": ("cable",),
    "0703": ("signal",),
}
"""What those who mend have to know. A matter that is not here stops the script."""
TRAFFIC = {"0202", "0701", "0704", "0709"}
RESCUE = {"1008", "1106", "1108"}
ANY_UNIT = {"1804"}
"""Rivers are cleaned by whoever cleans: the water authority has no teams."""
OWNERS = {"0203", "0208"}
"""部件先属主: the owner mends."""
U1, U2, USUAL = Urgency.U1, Urgency.U2, "*"
WITHIN_MIN = {U1: 15, U2: 60, USUAL: 120}
SOONER = {(U1, Force.POLICE): 10, (U1, Force.GRID): 10, (U1, Force.FIRE): 10, (U1, Force.REPAIR): 30, (U2, Force.POLICE): 30, (U2, Force.GRID): 30}
TASKS = {
    Force.POLICE: "到场控制现场、维护秩序",
    Force.ENFORCEMENT: "到场检查、依法处置",
    Force.GRID: "到场核实情况、现场劝导",
    Force.VOLUNTEER: "到场协助寻找、引导、安抚",
    Force.REPAIR: "到场抢修、恢复",
    Force.FIRE: "到场救援、排险",
    Force.MEDICAL: "到场急救",
    Force.MEDIATION: "到场调解",
}
GUARD = "先到场看护、警示行人，处置后复核"
GENERAL = "domain §4.3：特急民警先到并就近混合派遣，紧急两到三组，一般一组；本项目默认"


class Wanted(NamedTuple):
    """So many of a force."""

    force: Force
    number: int = 1


OWN: dict[tuple[str, Urgency], tuple[tuple[Wanted, ...], str]] = {
    ("0203", U1): ((Wanted(Force.GRID), Wanted(Force.REPAIR)), "domain §10（2）：网格员10分钟内看护，权属单位2小时内修复"),
    ("0208", U1): ((Wanted(Force.POLICE), Wanted(Force.REPAIR), Wanted(Force.GRID)), "domain §10（1）：民警先到，供电抢修与网格员看护并行"),
    ("1105", U1): ((Wanted(Force.FIRE, 2), Wanted(Force.POLICE), Wanted(Force.GRID)), "火情：消防两车，民警警戒，网格员疏散；本项目默认"),
    ("1305", U1): ((Wanted(Force.MEDICAL),), "国办发〔2020〕53号：急救由120处置；本项目默认"),
    ("1608", U1): ((Wanted(Force.POLICE, 2),), "打架斗殴：民警两组，不派无执法权者；本项目默认"),
    ("1611", U1): ((Wanted(Force.POLICE), Wanted(Force.GRID, 2), Wanted(Force.VOLUNTEER, 2)), "走失：民警先到，网格员和志愿者就近寻找；本项目默认"),
    ("1611", U2): ((Wanted(Force.POLICE), Wanted(Force.GRID), Wanted(Force.VOLUNTEER, 2)), "走失：民警、网格员、志愿者；本项目默认"),
}


def cards() -> list[RunCard]:
    """Rows of every matter that needs a force, and of what any matter needs that became U1."""
    made = [
        _card("any", "*", U1, Wanted(Force.POLICE), "domain §1.6（10）：任何事项升为特急，民警先到", ()),
        _card("any", "*", U1, Wanted(Force.GRID), "domain §1.6（10）：任何事项升为特急，网格员看护", ()),
    ]
    for matter in read(BASE, MATTERS):
        if matter.forces:
            made += _of_matter(matter)
    return made


def _of_matter(matter: Matter) -> Iterator[RunCard]:
    for urgency in (U1, U2, USUAL):
        wanted, basis = OWN.get((matter.code, Urgency(urgency)), ((), "")) if urgency != USUAL else ((), "")
        for one in wanted or _general(matter, urgency):
            yield _card(matter.code, matter.code, urgency, one, basis or GENERAL, matter.forces)


def _general(matter: Matter, urgency: str) -> list[Wanted]:
    others = [force for force in matter.forces if force is not Force.VOLUNTEER]
    if urgency == USUAL:
        sworn = (Force.POLICE, Force.ENFORCEMENT) if Force.ENFORCEMENT in others else others
        return [Wanted(next(force for force in others if force in sworn))]
    if urgency == U1:
        others = [Force.POLICE, *(force for force in others if force is not Force.POLICE)]
    if urgency == U1 or (len(others) == 1 and matter.kind != "service"):
        others = [*others, Force.GRID] if Force.GRID not in others else others
    return [Wanted(force) for force in others]


def _card(name: str, matter: str, urgency: str, wanted: Wanted, basis: str, forces: tuple[Force, ...]) -> RunCard:
    force = wanted.force
    guards = force is Force.GRID and (urgency == U1 or (urgency == U2 and not {Force.REPAIR, Force.FIRE}.isdisjoint(forces)))
    return RunCard(
        card=f"C-{name}-{'usual' if urgency == USUAL else urgency}-{force.value}",
        matter=matter,
        urgency=Urgency(urgency) if urgency != USUAL else "*",
        force=force,
        number=wanted.number,
        skills=_skills(matter, urgency, force, guards=guards),
        unit=_unit(matter, urgency, force, leads=forces[:1] == (Force.ENFORCEMENT,)),
        within_min=SOONER.get((Urgency(urgency), force), WITHIN_MIN[Urgency(urgency)]) if urgency != USUAL else WITHIN_MIN[USUAL],
        task=GUARD if guards else TASKS[force],
        basis=basis,
    )


def _skills(matter: str, urgency: str, force: Force, *, guards: bool) -> tuple[str, ...]:
    fixed = {
        Force.GRID: ("guard",) if guards else ("inspect",),
        Force.VOLUNTEER: ("soft",),
        Force.MEDICAL: ("epidemic",) if matter == "1303" else ("emergency",),
        Force.FIRE: ("rescue",) if matter in RESCUE else ("fire",),
        Force.MEDIATION: ("dispute",),
        Force.ENFORCEMENT: (),  # what its inspectors know follows from the unit that leads
        Force.POLICE: () if urgency == U1 else ("traffic",) if matter in TRAFFIC else ("order",),
    }
    return REPAIR_SKILLS[matter] if force is Force.REPAIR else fixed[force]


def _unit(matter: str, urgency: str, force: Force, *, leads: bool) -> Literal["*", "@lead", "@case"]:
    if force is Force.ENFORCEMENT:
        return "@lead" if leads else "@case"
    if force is not Force.REPAIR or matter in ANY_UNIT or (matter, urgency) == ("0208", U1):
        return "*"  # a line that may be live: whoever can make it safe comes, whoever it belongs to
    return "@lead" if matter in OWNERS else "@case"


def main() -> None:
    """Writes the table."""
    (BASE / RUN_CARDS.file).write_bytes(write(RUN_CARDS, map(as_cells, cards())))


if __name__ == "__main__":
    main()
