"""Which run card answers a case, and what must hold between the cards of a pack: no gap, no force that may not, nobody who cannot.

Rows of one matter and urgency make up one card. The most specific matter decides (code, group, `*`), then the urgency before `*`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from reference.precedence import ANY, covers, matter_rank
from reference.problem import Problem, some_of
from reference.tables import DISPATCH_RULES, FORCES, MATTERS, RESPONDERS, RUN_CARDS
from schemas.vocabulary import Force, Urgency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reference.draft import Draft
    from reference.rows import Origin
    from schemas.centre import Matter, RunCard

SENT = (Urgency.U1, Urgency.U2, Urgency.U3, Urgency.U4)
"""Urgencies with which somebody is sent. A sealed case is told to nobody, and `-` has nothing to be done."""
SOFT = "soft"
"""The only skill that a volunteer may be wanted for (`domain/domain.md` §4.2)."""


def answering(cards: Sequence[RunCard], matter: str, urgency: Urgency) -> tuple[RunCard, ...]:
    """The rows that answer a matter and urgency, in their order; none: nobody is sent."""
    if urgency not in SENT:
        return ()
    holding = [(matter_rank(card.matter), card.urgency != ANY, card) for card in cards if covers(card.matter, matter) and card.urgency in (urgency, ANY)]
    best = max((rank[:2] for rank in holding), default=None)
    return tuple(card for *rank, card in holding if tuple(rank) == best)


def check(draft: Draft, pack: str, problems: list[Problem]) -> None:
    """Adds what is wrong with run cards and what they rest on. A pack without cards sends nobody, and has nothing to check."""
    tables = (MATTERS, RESPONDERS, FORCES, RUN_CARDS, DISPATCH_RULES)
    if not draft.of(RUN_CARDS).items or not all(draft.tables[table.name].intact for table in tables):
        return
    placed = list(draft.of(RUN_CARDS).placed())
    _rules(draft, pack, problems)
    _skills(draft, placed, problems)
    _patterns(draft, placed, problems)
    _twice(placed, problems)
    _answers(draft, pack, placed, problems)


def _rules(draft: Draft, pack: str, problems: list[Problem]) -> None:
    """Every force and every urgency has its rule."""
    forces = {rule.force for rule in draft.of(FORCES).items}
    problems += [
        Problem(f"{pack}/{FORCES.file}", 0, "force", force.value, "has no row", "one row for each force, because there are run cards")
        for force in Force
        if force not in forces
    ]
    urgencies = {rule.urgency for rule in draft.of(DISPATCH_RULES).items}
    problems += [
        Problem(f"{pack}/{DISPATCH_RULES.file}", 0, "urgency", urgency.value, "has no row", "one row for each of U1 to U4, because there are run cards")
        for urgency in SENT
        if urgency not in urgencies
    ]


def _skills(draft: Draft, placed: Sequence[tuple[RunCard, Origin]], problems: list[Problem]) -> None:
    """A skill that its force does not know would find nobody, without a word."""
    known = {rule.force: set(rule.skills) for rule in draft.of(FORCES).items}
    wanted = [(card.force, card.skills, origin) for card, origin in placed]
    held = [(responder.force, responder.skills, origin) for responder, origin in draft.of(RESPONDERS).placed()]
    problems += [
        Problem(*origin, "skills", skill, f"is no skill of the force {force.value} in forces.csv", some_of(known[force]))
        for force, skills, origin in (*wanted, *held)
        for skill in skills
        if force in known and skill not in known[force]
    ]


def _patterns(draft: Draft, placed: Sequence[tuple[RunCard, Origin]], problems: list[Problem]) -> None:
    """Cards are for matters that exist and are not sealed, and for urgencies with which somebody is sent."""
    matters = {matter.code: matter for matter in draft.of(MATTERS).items}
    for card, origin in placed:
        if not any(covers(card.matter, code) for code in matters):
            problems.append(Problem(*origin, "matter", card.matter, "fits no matter", some_of(set(matters))))
        if card.matter in matters and matters[card.matter].urgency is Urgency.SEALED:
            problems.append(Problem(*origin, "matter", card.matter, "is sealed: nobody is sent", "no card for this matter"))
        if card.urgency not in (ANY, *SENT):
            problems.append(Problem(*origin, "urgency", card.urgency, "is no urgency with which somebody is sent", "U1, U2, U3, U4, *"))


def _twice(placed: Sequence[tuple[RunCard, Origin]], problems: list[Problem]) -> None:
    """Two rows that want the same people: `number` says how many."""
    first: dict[tuple[object, ...], Origin] = {}
    for card, origin in placed:
        same = first.setdefault((card.matter, card.urgency, card.force, frozenset(card.skills), card.unit), origin)
        if same is not origin:
            problems.append(Problem(*origin, "card", card.card, f"wants the same as line {same.row}", "one row, with a higher number"))


def _answers(draft: Draft, pack: str, placed: Sequence[tuple[RunCard, Origin]], problems: list[Problem]) -> None:
    """Every matter that needs a force has a card for every urgency; enforcement comes with somebody sworn, volunteers never alone or for it."""
    cards, origins = [card for card, _ in placed], {card.card: origin for card, origin in placed}
    sworn = {rule.force for rule in draft.of(FORCES).items if rule.sworn}
    unsworn: dict[str, list[str]] = defaultdict(list)
    misused: dict[str, list[str]] = defaultdict(list)
    for matter in draft.of(MATTERS).items:
        for urgency in SENT if matter.urgency in SENT else ():
            card = answering(cards, matter.code, urgency)
            forces = {row.force for row in card}
            if matter.forces and not card:
                allowed = f"a card for {matter.code}, {matter.group}* or * with urgency {urgency.value} or *"
                problems.append(Problem(f"{pack}/{RUN_CARDS.file}", 0, "matter", matter.code, f"({matter.name}) has no card at {urgency.value}", allowed))
            elif card and Force.ENFORCEMENT in matter.forces and not forces & sworn:
                unsworn[card[0].card].append(matter.code)
            for row in card:
                if row.force is Force.VOLUNTEER and not _is_soft(row, forces, matter):
                    misused[row.card].append(matter.code)
    for card_id, codes in unsworn.items():
        wrong = f"sends nobody who may enforce to {some_of(set(codes))}"
        problems.append(Problem(*origins[card_id], "force", card_id, wrong, f"a row of {some_of({force.value for force in sworn})} beside it"))
    for card_id, codes in misused.items():
        wrong = f"sends volunteers to {some_of(set(codes))} for what is not theirs"
        problems.append(Problem(*origins[card_id], "force", card_id, wrong, f"volunteers with the skill {SOFT}, beside another force, for no enforcement"))


def _is_soft(card: RunCard, forces: set[Force], matter: Matter) -> bool:
    return card.skills == (SOFT,) and forces != {Force.VOLUNTEER} and Force.ENFORCEMENT not in matter.forces
