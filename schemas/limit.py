"""Limits as reference data writes them: `4wh` (工作时), `2ewh` (紧急工作时), `5wd` (工作日), `60d` (自然日), `legal`, `none`."""

from __future__ import annotations

import re
from typing import NamedTuple

from schemas.vocabulary import TimeKind

LIMIT_PATTERN = r"^(\d+(\.\d+)?(s|min|wh|ewh|wd|d)|legal|none)$"
LEGAL, NONE = "legal", "none"
"""依法定程序: a law's own procedure, no clock of ours; and no limit at all."""

_LIMIT = re.compile(r"(\d+)(?:\.(\d+))?(s|min|wh|ewh|wd|d)")
_SECOND = 1_000_000
_UNITS = {
    "s": (TimeKind.ELAPSED, _SECOND),
    "min": (TimeKind.ELAPSED, 60 * _SECOND),
    "ewh": (TimeKind.ELAPSED, 3600 * _SECOND),
    "wh": (TimeKind.OFFICE, 3600 * _SECOND),
    "wd": (TimeKind.WORKING_DAYS, 1),
    "d": (TimeKind.CALENDAR_DAYS, 1),
}
IN_DAYS = frozenset({TimeKind.WORKING_DAYS, TimeKind.CALENDAR_DAYS})
"""Kinds that count whole days: a day is never converted into hours."""


class Limit(NamedTuple):
    """So much time of one kind: microseconds of 紧急工作时 and 工作时, whole days of the others."""

    kind: TimeKind
    amount: int


def read_limit(text: str) -> Limit | None:
    """The time that a limit gives; None for `legal` and `none`, which give none.

    Raises ValueError, with words that fit after the value, for what is no limit: another form, nothing at all (`0wh`), a part of a
    day (`0.5wd`).
    """
    if text in (LEGAL, NONE):
        return None
    found = _LIMIT.fullmatch(text)
    if found is None:
        raise ValueError("is no limit")
    whole, part, unit = found.groups(default="")
    kind, size = _UNITS[unit]
    if part and kind in IN_DAYS:
        raise ValueError("is a part of a day: a day is never converted into hours")
    amount = int(whole + part) * size // 10 ** len(part)
    if not amount:
        raise ValueError("is no time at all")
    return Limit(kind, amount)
