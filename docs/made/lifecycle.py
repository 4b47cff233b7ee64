"""Writes `docs/lifecycle.md` and its picture, the transitions of the shipped pack: `python -m docs.made.lifecycle`. The same bytes every time."""  # noqa: INP001  a script of the docs

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from reference.load import load
from reference.tables import PACKS
from schemas.centre import TransitionRule
from schemas.vocabulary import OPEN_STATES, Action, CaseState, ClockEffect, Guard, Role
from tests.casework.lifecycle import test_guards, test_transitions

DOCS = Path(__file__).parents[1]
PAGE, PICTURE = DOCS / "lifecycle.md", DOCS / "pictures/lifecycle.svg"
HEAD = """# The way of a case · 案件流转

For whoever answers for how cases are worked on. This page is made from the shipped pack (`reference/packs/base/transitions.csv`) by
`python -m docs.made.lifecycle`; a test holds it to the data. Change the table ([a centre as data](reference.md)), not this page. What starts and
ends the clocks is on [the page of the clocks](clocks.md).

![Actions that lead a case from state to state: a line for each action, a dot for each state that it may start from, an arrow where it leads](pictures/lifecycle.svg)
"""
ABOUT = """
Nothing happens to a case that is no row here: a command that finds none is refused (`not-now`), or answered with who was first (`done-before`). By whom: the
desk (指挥中心), a unit (承办单位), a responder (处置力量) and a source (来源渠道) by command; a source by what it reports, too; the clock (系统时钟) when
time comes or a rule asks for it. A guard that does not hold refuses with its code and a sentence. No effect resets a clock.

Each row is held by tests: `tests/casework/lifecycle/test_transitions.py` brings a case into each from-state and does the action, one test for each
(`signed-DISPATCHED`); `tests/casework/lifecycle/test_guards.py` has one for each guard that can fail (`signed-own_case`), and two for each state: whoever is
not in the row is refused, and so is every action without one. A hypothesis state machine (`test_state_machine.py`) does all of it in any order.
"""
OTHERS = """
Opening is no row: `opened` 立案 starts a journal, in CLASSIFIED. A co-unit (协办) that signs or feeds back its own task leaves the case where it stands.
Of a withdrawn report that comes again in a sealed form, and of what else is sealed, only the journal's codes are kept.
"""
COLUMN, LANE, LEFT, TOP = 62, 30, 150, 64
INK, SOFT, PAPER, ENDED, OPEN = "#2d2a26", "#7a7269", "#fbf6ec", "#f1ece1", "#eef4f1"
COLOURS = {Role.DESK: "#2f5273", Role.UNIT: "#3d7765", Role.RESPONDER: "#3d7765", Role.SOURCE: "#a8742a", Role.CLOCK: "#7a7269"}
SANS = "'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"
STATES = list(CaseState)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "、") for cell in line) + " |" for line in lines) + "\n"


def states() -> str:
    """The states, and whether work may go on in them."""
    rows = [(f"`{state.value}`", state.zh, "open · 在办" if state in OPEN_STATES else "ended · 已了结") for state in STATES]
    return "\n## States · 状态\n\n" + table(("state", "状态", ""), rows)


def transitions(rules: Sequence[TransitionRule]) -> str:
    """Every row, with the tests that cover it."""
    head = ("action", "from", "to", "by", "guards", "clocks", "依据", "tests")
    rows = [
        (
            f"**{rule.action.zh}** `{rule.action.value}`",
            "、".join(state.zh for state in rule.states),
            rule.to.zh if rule.to else "stays · 不变",
            "、".join(role.zh for role in rule.who),
            "; ".join(guarded(rule, guard) for guard in rule.guards) or "–",
            "; ".join(effect.zh for effect in rule.clocks) or "–",
            rule.basis,
            " ".join(f"`{test_transitions.name((rule, state))}`" for state in rule.states),
        )
        for rule in rules
    ]
    return "\n## Transitions · 流转\n" + ABOUT + "\n" + table(head, rows) + OTHERS


def guarded(rule: TransitionRule, guard: Guard) -> str:
    """A guard, and its test; where it holds anyway, why."""
    anyway = test_guards.HOLDS_ANYWAY.get((rule.action, guard))
    return f"{guard.zh} ({anyway})" if anyway else f"{guard.zh} `{test_guards.name((rule, guard))}`"


def words() -> str:
    """Guards and clock effects by their codes."""
    guards = table(("guard", "守则"), [(f"`{guard.value}`", guard.zh) for guard in Guard])
    effects = table(("effect", "计时"), [(f"`{effect.value}`", effect.zh) for effect in ClockEffect])
    return "\n## Guards · 守则\n\n" + guards + "\n## Clock effects · 计时\n\n" + effects


def page() -> str:
    """The page."""
    rules = load(PACKS / "pukou").transitions
    return HEAD + states() + transitions(rules) + words()


# the picture: a column for each state, a line for each action that leads to another


def picture() -> str:
    """The picture, as SVG."""
    lanes = lines_of(load(PACKS / "pukou").transitions)
    width, height = LEFT + COLUMN * len(STATES) + 16, TOP + LANE * len(lanes) + 44
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{SANS}">',
        f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
        *(column(state, height) for state in STATES),
    ]
    for number, (action, role, starts, to) in enumerate(lanes):
        parts += lane(TOP + LANE * number + LANE / 2, action, COLOURS[role], starts, to)
    parts += legend(height - 16)
    return "\n".join((*parts, "</svg>")) + "\n"


def lines_of(rules: Iterable[TransitionRule]) -> list[tuple[Action, Role, tuple[CaseState, ...], CaseState]]:
    """Of each row that leads elsewhere: the action, the first who may, from where, where to."""
    return [(rule.action, rule.who[0], rule.states, CaseState(rule.to)) for rule in rules if rule.to]


def middle(state: CaseState) -> float:
    """Of a state's column."""
    return LEFT + COLUMN * STATES.index(state) + COLUMN / 2


def column(state: CaseState, height: float) -> str:
    """A state: its name above, its ground below."""
    x = middle(state)
    ground = f'<rect x="{x - COLUMN / 2 + 3:g}" y="10" width="{COLUMN - 6}" height="{height - 48:g}" rx="6" fill="{OPEN if state in OPEN_STATES else ENDED}"/>'
    return ground + text(x, 30, state.zh, size=11.5, weight="bold") + text(x, 46, state.value, size=6.6, fill=SOFT)


def lane(y: float, action: Action, colour: str, starts: Sequence[CaseState], to: CaseState) -> list[str]:
    """An action: a line over the states that it may start from, an arrow where it leads."""
    xs = [middle(state) for state in starts]
    end = middle(to)
    low, high = min(*xs, end), max(*xs, end)
    parts = [
        text(12, y + 4, action.zh, size=12, fill=colour, weight="bold", anchor="start"),
        text(LEFT - 10, y + 4, action.value, size=8.5, fill=SOFT, anchor="end"),
    ]
    if to in starts:  # to itself, too
        parts.append(f'<path d="M{end - 9:g} {y:g} a9 9 0 1 1 18 0" fill="none" stroke="{colour}" stroke-width="1.6"/>')
    parts.append(f'<path d="M{low:g} {y:g} H{high:g}" stroke="{colour}" stroke-width="2"/>')
    parts += [f'<circle cx="{x:g}" cy="{y:g}" r="4.2" fill="{PAPER}" stroke="{colour}" stroke-width="2"/>' for x in xs if x != end]
    side = -1 if all(x < end for x in xs if x != end) else 1
    tip = f"M{end:g} {y:g} l{9 * side:g} -6 v12 z" if any(x != end for x in xs) else f"M{end + 9:g} {y + 1:g} l-5 -8 h10 z"
    return [*parts, f'<path d="{tip}" fill="{colour}"/>']


def legend(y: float) -> list[str]:
    """Whose colours these are."""
    shown = ((Role.DESK, "指挥中心 desk"), (Role.UNIT, "承办单位、处置力量 unit, responder"), (Role.SOURCE, "来源渠道 source"), (Role.CLOCK, "系统时钟 clock"))
    parts, x = list[str](), float(LEFT)
    for role, words_of in shown:
        parts += [f'<path d="M{x:g} {y - 4:g} h24" stroke="{COLOURS[role]}" stroke-width="3"/>', text(x + 30, y, words_of, size=11, anchor="start")]
        x += 48 + sum(6.2 if each.isascii() else 11 for each in words_of)  # about as wide as it is written
    return parts


def text(x: float, y: float, said: str, *, size: float, fill: str = INK, weight: str = "normal", anchor: str = "middle") -> str:
    """One line of text, its baseline at y."""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}" font-weight="{weight}" text-anchor="{anchor}">{escape(said)}</text>'


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    PICTURE.write_text(picture(), encoding="utf-8")
