"""Draws `way.svg`, the way of a report, from `way.yaml`: `python docs/house/draw.py`. The same bytes every time."""  # noqa: INP001  a script of the docs

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import yaml

HERE = Path(__file__).parent
PICTURE = HERE / "way.svg"

WIDTH, HEIGHT = 1144, 1014
ROOM_W, ROOM_H, LOWER_H = 282, 218, 338
"""The rooms of the lower floor are taller: more is done there."""
LEFT, TOP = 128, 236
GAP_X, GAP_Y = 50, 48
INK, SOFT, PAPER, WALL = "#2d2a26", "#7a7269", "#fbf6ec", "#d8cbb4"
WAY = "#b8432f"
COLOURS = {"ochre": ("#a8742a", "#fdf8ee"), "red": (WAY, "#fdf4f1"), "blue": ("#2f5273", "#f0f5f9")}
JADE = "#3d7765"
SANS = "'Noto Sans CJK SC','PingFang SC','Microsoft YaHei','Source Han Sans SC',sans-serif"
MONO = "'DejaVu Sans Mono',Menlo,Consolas,monospace"

Data = dict[str, Any]


def text(x: float, y: float, words: str, *, size: float = 13, fill: str = INK, weight: str = "normal", anchor: str = "start", mono: bool = False) -> str:
    """One line of text, its baseline at y."""
    family = ' class="m"' if mono else ""
    bold = f' font-weight="{weight}"' if weight != "normal" else ""
    where = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}"{family}{bold}{where}>{escape(words)}</text>'


def box(x: float, y: float, w: float, h: float, *, fill: str, stroke: str = "none", rx: float = 6, width: float = 1.2) -> str:
    """A rounded rectangle."""
    return f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="{rx:g}" fill="{fill}" stroke="{stroke}" stroke-width="{width:g}"/>'


def corner(room: Data) -> tuple[float, float]:
    """Upper left corner of a room."""
    column, floor = room["at"]
    return LEFT + column * (ROOM_W + GAP_X), TOP + floor * (ROOM_H + GAP_Y)


def house(data: Data) -> list[str]:
    """Ground, walls and roof, the attic with its books."""
    left, right = LEFT - 22, LEFT + 3 * ROOM_W + 2 * GAP_X + 24
    eaves, floor = TOP - 26, TOP + ROOM_H + LOWER_H + GAP_Y + 24
    middle = (left + right) / 2
    attic, ground = data["attic"], data["ground"]
    parts = [
        box(0, 0, WIDTH, HEIGHT, fill=PAPER, rx=14),
        f'<path d="M{left - 26} {eaves} L{middle} 22 L{right + 26} {eaves} Z" fill="#ece4d3" stroke="{WALL}" stroke-width="2" stroke-linejoin="round"/>',
        f'<rect x="{left}" y="{eaves}" width="{right - left}" height="{floor - eaves}" fill="#f5ecdb" stroke="{WALL}" stroke-width="2"/>',
        text(middle, 88, data["title"]["zh"], size=27, weight="bold", anchor="middle"),
        text(middle, 110, data["title"]["en"], size=15, fill=SOFT, anchor="middle"),
    ]
    parts += books(attic, middle, eaves)
    rows = [data["cellar"][first : first + 2] for first in range(0, len(data["cellar"]), 2)]
    for depth, row in enumerate(rows):
        width = (right - left) / len(row)
        for number, each in enumerate(row):
            parts += stone(each, left + number * width, floor + 44 * depth, width, fill="#eee5d5")
    return parts + stone(ground, left - 26, floor + 44 * len(rows), right - left + 52, fill="#e3d9c6")


def stone(data: Data, x: float, y: float, w: float, *, fill: str) -> list[str]:
    """A stone of the foundation: a folder that carries the rooms, and its files."""
    name = 14 + 9 * len(data["folder"])
    return [
        box(x, y, w, 44, fill=fill, stroke=WALL, rx=3, width=2),
        text(x + 14, y + 19, data["folder"], size=14, weight="bold", mono=True),
        text(x + 14 + name, y + 19, f"{data['zh']} · {data['en']}", size=13),
        text(x + 14, y + 36, "  ".join(f"{each}.py" for each in data["stones"]), size=11, fill=SOFT, mono=True),
    ]


def books(attic: Data, middle: float, eaves: float) -> list[str]:
    """The shelf of reference tables under the roof, and the light that falls from it into the rooms that decide."""
    width, height = 78, 38
    count = len(attic["books"])
    start = middle - (count * width + (count - 1) * 7) / 2
    top = eaves - 52
    parts = [
        text(middle + 40, top - 12, f"{attic['zh']} · {attic['en']}", size=13.5, fill=JADE, anchor="middle"),
        text(middle - 112, top - 12, attic["folder"], size=15, weight="bold", fill=JADE, anchor="end", mono=True),
    ]
    for number, book in enumerate(attic["books"]):
        x = start + number * (width + 7)
        parts += [
            box(x, top, width, height, fill="#e4efe9", stroke=JADE, rx=3),
            text(x + width / 2, top + 16, book["zh"], size=12.5, fill=JADE, weight="bold", anchor="middle"),
            text(x + width / 2, top + 31, book["table"], size=10.5, fill=JADE, anchor="middle", mono=True),
        ]
    return parts


def room(data: Data) -> list[str]:
    """One room: its name, what it promises, its steps or the topics that lie in it."""
    x, y = corner(data)
    colour, light = COLOURS[data["colour"]]
    parts = [
        box(x, y, ROOM_W, LOWER_H if data["at"][1] else ROOM_H, fill=light, stroke=colour, rx=8, width=1.6),
        f'<path d="M{x} {y + 44} V{y + 8} a8 8 0 0 1 8 -8 H{x + ROOM_W - 8} a8 8 0 0 1 8 8 V{y + 44} Z" fill="{colour}"/>',
        text(x + 14, y + 29, data["zh"], size=18, fill="#ffffff", weight="bold"),
        text(x + 22 + 18 * len(data["zh"]), y + 28.5, data["en"], size=13.5, fill="#ffffff"),
        text(x + ROOM_W - 12, y + 28, data["folder"], size=13, fill="#ffffff", anchor="end", mono=True),
        text(x + 14, y + 65, data["note"]["zh"], size=13, fill=colour, weight="bold"),
        text(x + 14, y + 82, data["note"]["en"], size=12, fill=SOFT),
    ]
    return parts + (steps(data, x, y, colour) if "steps" in data else topics(data, x, y, colour))


def steps(data: Data, x: float, y: float, colour: str) -> list[str]:
    """What is done in a room, one thing under the other."""
    parts = []
    for number, step in enumerate(data["steps"]):
        top = y + 95 + number * 40
        parts += [
            f'<circle cx="{x + 22}" cy="{top + 13}" r="4.5" fill="{colour}"/>',
            text(x + 36, top + 12, f"{step['zh']} · {step['en']}", size=12.5),
            text(x + 36, top + 28, f"{step['where'].rpartition('.')[2]}.py  {step['what']}", size=11.5, fill=SOFT, mono=True),
        ]
        if number:
            parts.insert(0, f'<path d="M{x + 22} {top - 27} V{top + 13}" stroke="{colour}" stroke-width="1.4"/>')
    return parts


def topics(data: Data, x: float, y: float, colour: str) -> list[str]:
    """The topics of a log, as spools of frames."""
    parts = []
    few = len(data["topics"]) <= 2  # noqa: PLR2004  two have room for taller spools
    height = 42 if few else 26
    for number, topic in enumerate(data["topics"]):
        top = y + 98 + number * (height + (12 if few else 4))
        frames = [
            f'<rect x="{x + 168 + i * 12}" y="{top + height / 2 - 8}" width="9" height="16" rx="2" fill="{colour}" opacity="{0.25 + 0.09 * i:.2f}"/>'
            for i in range(7)
        ]
        parts += [box(x + 14, top, ROOM_W - 28, height, fill="#ffffff", stroke=colour, rx=5), *frames]
        parts.append(text(x + 26, top + height / 2 + 4.5, topic, size=13, fill=colour, weight="bold", mono=True))
    return parts


def way(data: Data) -> list[str]:
    """The bold way from the sources through the rooms to the people, with what flows on it."""
    rooms = {each["id"]: corner(each) for each in data["rooms"]}
    flows = {(flow["from"], flow["to"]): flow for flow in data["flows"]}
    parts = []
    upper, lower = TOP + ROOM_H / 2 + 18, TOP + ROOM_H + GAP_Y + ROOM_H / 2 + 18
    for (start, end), flow in flows.items():
        if start == "intake_log":
            x = rooms[start][0] + ROOM_W / 2
            parts += [
                arrow(x, TOP + ROOM_H - 4, x, TOP + ROOM_H + GAP_Y - 2),
                text(x - 12, TOP + ROOM_H + 20, flow["along"], size=12, fill=WAY, anchor="end", mono=True, weight="bold"),
                text(x + 14, TOP + ROOM_H + 20, f"{flow['zh']} · {flow['en']}", size=12, fill=WAY),
            ]
        elif start == "outside":
            parts.append(arrow(LEFT - 40, upper, LEFT - 2, upper))
        elif end == "people":
            parts.append(arrow(LEFT - 2, lower, LEFT - 38, lower))
        elif rooms[start][1] == TOP:
            parts += [arrow(rooms[start][0] + ROOM_W - 2, upper, rooms[end][0] - 2, upper), *carried(flow, rooms[end][0] - GAP_X / 2, upper)]
        else:
            parts += [arrow(rooms[start][0] + 2, lower, rooms[end][0] + ROOM_W + 2, lower), *carried(flow, rooms[start][0] - GAP_X / 2, lower)]
    return parts


def carried(flow: Data, x: float, y: float) -> list[str]:
    """What is carried from a room to the next."""
    return [text(x, y - 12, flow["zh"], size=12.5, fill=WAY, weight="bold", anchor="middle"), text(x, y + 20, flow["en"], size=11, fill=WAY, anchor="middle")]


def light(data: Data) -> list[str]:
    """The light that falls from the attic into the rooms that decide."""
    rooms = {each["id"]: corner(each) for each in data["rooms"]}
    eaves, middle = TOP - 26, rooms["intake"][0] + ROOM_W / 2
    x, y = rooms["casework"][0] + ROOM_W, rooms["casework"][1]
    style = f'stroke="{JADE}" stroke-width="2" stroke-dasharray="5 4" fill="none" marker-end="url(#light)"'
    return [f'<path d="M{middle} {eaves - 12} V{TOP - 3}" {style}/>', f'<path d="M{x + 12} {eaves + 2} V{y + 64} H{x + 3}" {style}/>']


def arrow(x: float, y: float, to_x: float, to_y: float) -> str:
    """A piece of the way."""
    return f'<path d="M{x:g} {y:g} L{to_x:g} {to_y:g}" stroke="{WAY}" stroke-width="5" fill="none" marker-end="url(#head)"/>'


def yard(data: Data) -> list[str]:
    """Who stands before the house: sources above, people who ask below, and what is handed back."""
    upper, lower = TOP + ROOM_H / 2 + 18, TOP + ROOM_H + GAP_Y + ROOM_H / 2 + 18
    outside, people, refused = data["outside"], data["people"], data["refused"]
    middle = 52
    parts = [
        text(middle, upper - 62, outside["zh"], size=18, weight="bold", anchor="middle"),
        text(middle, upper - 44, outside["en"], size=13, fill=SOFT, anchor="middle"),
        *sheet(middle - 21, upper - 28),
        text(middle, lower - 62, people["zh"], size=18, weight="bold", anchor="middle"),
        text(middle, lower - 44, people["en"], size=13, fill=SOFT, anchor="middle"),
        *person(middle, lower - 2),
    ]
    for number, words in enumerate(outside["words"]):
        parts.append(text(middle, upper + 50 + number * 17, words, size=12, fill=SOFT, anchor="middle"))
    for number, command in enumerate(people["commands"]):
        parts.append(text(middle, lower + 50 + number * 18, command, size=11.5, fill=INK, anchor="middle", mono=True))
    y = TOP + ROOM_H + 8
    parts += [
        f'<path d="M{LEFT + 40} {TOP + ROOM_H} V{y + 12} H{LEFT + 62}" stroke="{SOFT}" stroke-width="1.6" stroke-dasharray="4 3" fill="none" marker-end="url(#soft)"/>',
        text(LEFT + 76, y + 16, f"{refused['zh']} · {refused['en']}", size=12, fill=SOFT),
    ]
    return parts


def sheet(x: float, y: float) -> list[str]:
    """A sheet of lines."""
    lines = [f'<path d="M{x + 8} {y + 16 + i * 9} h{26 if i % 2 else 20}" stroke="{WALL}" stroke-width="3"/>' for i in range(4)]
    return [f'<path d="M{x} {y} h32 l10 10 v46 h-42 z" fill="#ffffff" stroke="{INK}" stroke-width="1.6" stroke-linejoin="round"/>', *lines]


def person(x: float, y: float) -> list[str]:
    """Somebody who asks."""
    return [
        f'<circle cx="{x}" cy="{y - 16}" r="9" fill="#ffffff" stroke="{INK}" stroke-width="1.6"/>',
        f'<path d="M{x - 17} {y + 24} v-10 a17 17 0 0 1 34 0 v10 z" fill="#ffffff" stroke="{INK}" stroke-width="1.6" stroke-linejoin="round"/>',
    ]


def head_of(name: str, size: float, colour: str) -> str:
    """An arrow's head."""
    shape = f'<path d="M0 0 L10 5 L0 10 z" fill="{colour}"/>'
    return f'<marker id="{name}" viewBox="0 0 10 10" refX="7" refY="5" markerWidth="{size}" markerHeight="{size}" orient="auto">{shape}</marker>'


def drawn() -> str:
    """The picture."""
    data: Data = yaml.safe_load((HERE / "way.yaml").read_text(encoding="utf-8"))
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{SANS}" role="img" aria-label="{data["title"]["zh"]} · {data["title"]["en"]}">',
        f"<style>.m{{font-family:{MONO}}}</style>",
        f"<defs>{head_of('head', 3.4, WAY)}{head_of('soft', 6, SOFT)}{head_of('light', 5, JADE)}</defs>",
    ]
    rooms = [part for each in data["rooms"] for part in room(each)]
    return "\n".join([*head, *house(data), *light(data), *rooms, *way(data), *yard(data), "</svg>"]) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
