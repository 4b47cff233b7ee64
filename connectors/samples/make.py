"""Makes `pukou_week.csv`: a synthetic week of the hotline of 浦口, as the district's 12345 would export it.

    python -m connectors.samples.make

The same bytes every time: the seed is fixed, and only `random()` is drawn from, whose numbers never change between releases of
Python. Nobody called, nothing of it happened; there are no names and no telephone numbers in it.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

import yaml

from connectors.samples.happenings import Call, Happenings
from connectors.samples.places import Places, pick
from reference import load, shelf

HERE = Path(__file__).parent
FILE = HERE / "pukou_week.csv"
SEED = 320111
ORDINARY, STORM = 2_950, 430
"""How many calls, before what is said again of the same matter."""
HEADER = [
    "工单编号",
    "版本",
    "工单状态",
    "受理时间",
    "更新时间",
    "诉求内容",
    "事发地址",
    "所属街道",
    "经度",
    "纬度",
    "事项大类",
    "事项小类",
    "诉求性质",
    "加急标记",
    "涉及人数",
    "受理渠道",
    "合成数据",
]
REVISED, WITHDRAWN, SENT_TWICE = 0.1, 0.128, 0.1305
"""Of all calls: to where some are revised, withdrawn, sent twice as they are."""
REVIVED = 0.1
"""Of the withdrawn."""
ONCE, TAKEN_BACK, OVERTAKEN = 0.75, 0.82, 0.98
"""Of the revised: to where once; of those revised twice, who take back what they added; from where the second overtakes the first."""
AGAIN = ("补充：来电人再次来电催促。", "补充：来电人称仍未有人到场。", "补充：来电人要求书面答复。", "补充：现场情况比之前严重。")
BAD_LINES = {
    700: "PK20250708-90001,1,已受理,2025-07-08 25:61:00,2025-07-08 10:05:00,受理时间写错的一行。,,,,,,,投诉,,,电话,是",
    1400: ",1,已受理,2025-07-09 14:20:00,2025-07-09 14:22:00,没有工单编号的一行。,,,,,,,投诉,,,电话,是",
    2100: "PK20250709-90003,1,已受理,2025-07-09 20:11:00,2025-07-09 20:13:00,这一行的诉求内容里有逗号,却没有加引号,所以多出两列。,,,,,,,求助,,,电话,是",
    2800: "PK20250711-90004,1,已受理,2025-07-11 09:40:00,2025-07-11 09:43:00,纬度写成文字的一行。,浦口区江浦街道,江浦街道,118.62,北纬三十二度,,,求助,,,网站,是",
    3500: "PK20250712-90005,1,已受理,2025-07-12 16:02:00,2025-07-12 16:04:00,诉求性质用了没有约定的词。,,,,,,,吐槽,,,电话,是",
}
"""Lines that are refused, and where they stand: one for each common mistake of an export."""


class Row(NamedTuple):
    """One line of the export, and when the hotline passed it on: that is the order of the file."""

    sent: datetime
    version: int
    status: str
    changed: datetime
    call: Call


def rows(call: Call, dice: Random) -> list[Row]:
    """What the export has of one call: its first version, and now and then revisions, a withdrawal, a line sent twice."""
    first_at = call.at + timedelta(minutes=1 + 5 * dice.random())
    first = Row(first_at, 1, "已受理", first_at, call)
    if call.story:
        return [first, _next(first, call._replace(text=call.story), dice)]
    luck = dice.random()
    if luck < REVISED:
        return _revised(first, dice)
    if luck < WITHDRAWN:
        gone = _next(first, call, dice)._replace(status="已撤单")
        back = [_next(gone, call._replace(text=call.text + "补充：撤单后问题又出现。"), dice)] if dice.random() < REVIVED else []
        return [first, gone, *back]
    if luck < SENT_TWICE:
        return [first, first._replace(sent=first.sent + timedelta(hours=1 + 5 * dice.random()))]
    return [first]


def _revised(first: Row, dice: Random) -> list[Row]:
    """One or two revisions; a few take back what was said between, or come in the wrong order."""
    second = _next(first, first.call._replace(text=first.call.text + pick(dice, AGAIN)), dice)
    luck = dice.random()
    if luck < ONCE:
        return [first, second]
    third = _next(second, first.call if luck < TAKEN_BACK else second.call._replace(text=second.call.text + pick(dice, AGAIN)), dice)
    if luck > OVERTAKEN:
        second = second._replace(sent=third.sent + timedelta(minutes=3))
    return [first, second, third]


def _next(row: Row, call: Call, dice: Random) -> Row:
    changed = row.changed + timedelta(hours=0.4 + 22 * dice.random() ** 2)
    return Row(changed, row.version + 1, "已更新", changed, call)


def cells(row: Row, number: str) -> list[str]:
    """A row as the columns of `HEADER`."""
    call = row.call
    group, _, kind = call.code.partition("/")
    street = call.place.street if call.place and call.address else ""
    received, changed = (f"{at:%Y-%m-%d %H:%M:%S}" for at in (call.at, row.changed))
    said = [received, changed, call.text, call.address, street, call.lng, call.lat, group, kind]
    return [number, str(row.version), row.status, *said, call.intent, call.flag, call.persons, call.channel, "是"]


def made() -> bytes:
    """The file's content: UTF-8 with a byte-order mark, as spreadsheets write it."""
    dice = Random(SEED)  # noqa: S311  no secret
    reference = load.load(shelf.find("pukou"))
    words = yaml.safe_load((HERE / "matters.yaml").read_text(encoding="utf-8"))
    happen = Happenings(words, Places(reference, dice), dice)
    calls = sorted([*happen.stories(), *happen.storm(STORM), *happen.ordinary(ORDINARY)], key=lambda call: (call.at, call.text, call.lng))
    numbered: list[tuple[datetime, str, int, list[str]]] = []
    serial, day = 0, ""
    for call in calls:
        serial = serial + 1 if f"{call.at:%Y%m%d}" == day else 1
        day = f"{call.at:%Y%m%d}"
        number = f"PK{day}-{serial:05d}"
        numbered += [(row.sent, number, row.version, cells(row, number)) for row in rows(call, dice)]
    return _file([line for _, _, _, line in sorted(numbered)])


def _file(lines: list[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for number, line in enumerate(lines):
        if number in BAD_LINES:
            text.write(BAD_LINES[number] + "\n")
        writer.writerow(line)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def main() -> None:
    """Writes the file."""
    content = made()
    FILE.write_bytes(content)
    print(f"{FILE.name}: {len(content.splitlines()) - 1:,} lines, {len(content):,} bytes")  # noqa: T201  a command speaks to people


if __name__ == "__main__":
    main()
