"""Numbers of persons in what people wrote, masked: telephones, identity cards, number plates, addresses of mail (`domain/domain.md` §8).

Seen whatever they look like: full-width or Chinese numerals, other scripts' digits, split by spaces and punctuation. What is found is
rather too much than too little: a long number of any kind is masked. Names and addresses are not found.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_NUMERALS = {"0": "〇零○", "1": "一壹幺", "2": "二贰貳两", "3": "三叁參", "4": "四肆", "5": "五伍", "6": "六陆陸", "7": "七柒", "8": "八捌", "9": "九玖"}
_CHINESE = {sign: digit for digit, signs in _NUMERALS.items() for sign in signs}
_LEAST = 7
"""Digits from which on a number may be a person's: a local telephone number has seven."""
_BETWEEN = r"(?:[^\w]|_){0,3}"
"""Signs that may split two digits of one number, line breaks too."""
_NUMBER = re.compile(rf"\d(?:{_BETWEEN}\d){{{_LEAST - 1},}}(?:{_BETWEEN}[Xx](?![A-Za-z0-9]))?")
_PLATE = re.compile(
    rf"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领]{_BETWEEN}[A-Z](?:{_BETWEEN}[A-Z0-9]){{5,6}}(?![A-Za-z0-9])", re.IGNORECASE
)
_MAIL = re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\.[\w-]+)+")
_SHOWN = frozenset(
    {
        *("kind", "at", "receipt_id", "accepted_at", "pack", "digest", "source", "source_id", "operation", "order_key", "reported_at", "arrived_at", "crs"),
        *("code_standard", "code", "intent", "urgency", "urgency_hint", "part_owner", "precision", "grid", "community", "street", "district", "matter"),
        *("unit", "co_units", "replays", "first_place", "rule", "choice"),
    }
)
"""Fields of our own lines that hold codes, ids and instants: they are shown as they are."""


def masked(text: str) -> str:
    """The text with such numbers masked. Its length and line breaks stay."""
    plain, shown = "".join(map(_plain, text)), list(text)
    for found in _NUMBER.finditer(plain):
        signs = [place for place in range(*found.span()) if plain[place].isalnum()]
        first, last = (3, 4) if len(signs) >= 11 else (0, 2)  # noqa: PLR2004  a mobile telephone: 138****5678
        for place in signs[first : len(signs) - last]:
            shown[place] = "*"
    for found in _PLATE.finditer(plain):
        signs = [place for place in range(*found.span()) if plain[place].isalnum()]
        for place in signs[4:-1]:
            shown[place] = "*"
    for found in _MAIL.finditer(plain):
        at = plain.index("@", found.start())
        for place in range(found.start() + 1, at):
            shown[place] = "*"
    return "".join(shown)


def masked_fields(value: Any, name: str = "") -> Any:  # noqa: ANN401  JSON
    """A line of ours, as JSON, with every text masked that is no code, id or instant. A source's own fields may be anything: their names are masked, too."""
    match value:
        case str():
            return value if name in _SHOWN else masked(value)
        case list():
            return [masked_fields(part, name) for part in value]
        case dict():
            return {masked(key): masked_fields(part, "" if name == "extra" else key) for key, part in value.items()}
    return value


def _plain(sign: str) -> str:
    """One sign in its plainest form, one sign long: a digit as an ASCII digit."""
    if sign in _CHINESE:
        return _CHINESE[sign]
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", sign)
    return plain if len(plain) == 1 else sign
