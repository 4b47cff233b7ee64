"""Numbers of persons as people (and those who mean to be clever) write them, and a reader who sees through it; all of them made up."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import NamedTuple

_SPOKEN = {"○": "0", "〇": "0", "洞": "0", "O": "0", "o": "0", "幺": "1", "两": "2", "拐": "7", "勾": "9"}
_OF_PLATES = frozenset("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领港澳学警挂")


class Hidden(NamedTuple):
    """A number and a text that hides it."""

    kind: str
    number: str
    text: str


ADVERSARIAL = [Hidden(**json.loads(line)) for line in (Path(__file__).parent / "adversarial.jsonl").read_bytes().splitlines()]
"""The regions of identity cards are 000000, mobile numbers begin with 1999, local ones with 0."""


def plainest(text: str) -> str:
    """Digits and Latin letters alone, whatever they were written in, and the Chinese signs of number plates."""
    found = []
    for sign in text:
        value = unicodedata.numeric(sign, None)
        if sign in _SPOKEN:
            found.append(_SPOKEN[sign])
        elif value is not None and value in range(10):
            found.append(str(int(value)))
        elif sign == "蘇":
            found.append("苏")
        else:
            found += [plain.upper() for plain in unicodedata.normalize("NFKC", sign) if (plain.isascii() and plain.isalnum()) or plain in _OF_PLATES]
    return "".join(found)


def tells(text: str, hidden: Hidden) -> bool:
    """Whether somebody who reads the text knows the number."""
    return plainest(hidden.number) in plainest(text)
