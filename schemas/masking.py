"""Numbers of persons in what people wrote, masked: telephones, identity cards, number plates, addresses of mail (`domain/domain.md` §7).

Seen whatever they look like: full-width, circled or Chinese numerals, other scripts' digits, split by spaces and punctuation. What is found is
rather too much than too little: a long number of any kind is masked, but for dates, times of day, and amounts with their unit. Names are not found.

The conventions: 138****5678, 025****34, 320***********123X, 苏A·12**5, z***@x, 张*, 欧阳**; an address to its building, a home to its road or estate.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

_OTHER_DIGITS = {"○": "0", "洞": "0", "两": "2", "参": "3", "叄": "3", "拐": "7", "勾": "9"}
"""Signs that people write for a digit, and that Unicode does not know as one."""
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_TRADITIONAL = dict(zip("滬雲遼魯蘇贛陝閩貴寧瓊領", "沪云辽鲁苏赣陕闽贵宁琼领", strict=True))
_LEAST = 7
"""Digits from which on a number may be a person's: a local telephone number has seven."""
_MOBILE = 11
"""Signs of a mobile number; of what is at least as long the first three and the last four are shown."""
_APART = "[^\\w]|[_杠横转\u115f\u1160\u3164\uffa0]"
_BETWEEN = f"(?:{_APART}){{0,6}}"
"""Signs that may split two digits of one number: line breaks, what cannot be seen, and words such as 杠, too."""
_NUMBER = re.compile(rf"\d(?:{_BETWEEN}[\dOoIl]){{{_LEAST - 1},}}(?:{_BETWEEN}[Xx](?![A-Za-z0-9]))?")
_KEPT = re.compile(
    r"""(?<!\d)(?:
      (?:19|20)\d\d(?P<s>[-/.])(?:0?[1-9]|1[0-2])(?P=s)(?:0?[1-9]|[12]\d|3[01])
    | (?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?
    | (?:19|20)\d\d\s?[-—–~至]{1,2}\s?(?:19|20)\d\d(?=\s?[年)])
    | (?<=[\[({〔])(?:19|20)\d\d[\])}〕]\s?\d{1,5}(?=号)
    | \d{1,4}[-—–~]\d{1,4}(?=[号號](?![码碼线線]))
    | (?:\d{1,3}(?:,\d{3}){1,2}(?:\.\d{1,2})?|\d{1,9}|\d{1,7}\.\d{1,4}|\d{1,5}[-—–~]\d{1,5})(?=\s?(?:[元块米吨万亿㎡]|平方|平米|公里|千米))
    | \d{1,6}(?=\s?[户人字度])
    )(?!\d)""",
    re.VERBOSE | re.ASCII,
)
"""Dates, times of day, years, numbers of papers and houses, amounts with their unit: numbers, and nobody's."""
_UNIT = 4
"""Signs behind a number that say what it counts."""
_PLATE = re.compile(rf"[{_PROVINCES}]{_BETWEEN}[A-Z](?:{_BETWEEN}[A-Z0-9]){{4,5}}{_BETWEEN}[A-Z0-9挂学警港澳](?![A-Z0-9])", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]{1,64}\s?@\s?[\w-]{1,63}(?:\.[\w-]{1,63})+")
_SHOWN = frozenset(
    {
        *("kind", "at", "receipt_id", "accepted_at", "pack", "digest", "source", "source_id", "operation", "order_key", "reported_at", "arrived_at", "crs"),
        *("code_standard", "code", "intent", "urgency", "urgency_hint", "part_owner", "precision", "grid", "community", "street", "district", "matter"),
        *("unit", "co_units", "replays", "first_place", "rule", "choice", "key"),
    }
)
"""Fields of our own lines that hold codes, ids and instants: they are shown as they are."""
_CLOSED = frozenset({"box", "token"})
"""Fields that tell people nothing: never shown."""


def masked(text: str) -> str:
    """The text with such numbers masked. Its length and line breaks stay. About 2 µs for a text without any."""
    if not may_hold_numbers(text):
        return text
    plain, shown = text.translate(_PLAIN), list(text)
    for found in _NUMBER.finditer(plain):
        for places in _to_mask(plain, *found.span()):
            _mask_number(plain, places, shown)
    for found in _PLATE.finditer(plain):
        signs = [place for place in range(*found.span()) if plain[place].isalnum()]
        for place in signs[4:-1]:
            shown[place] = "*"
    for found in _MAIL.finditer(plain) if "@" in plain else ():
        at = plain.index("@", found.start())
        for place in range(min(found.start() + 1, at - 1), at):
            shown[place] = "*"
    return "".join(shown)


def masked_fields(value: Any, name: str = "") -> Any:  # noqa: ANN401  JSON
    """A line of ours, as JSON, with every text masked that is no code, id or instant. A source's own fields may be anything: their names are masked, too."""
    match value:
        case str():
            return "*" if name in _CLOSED else value if name in _SHOWN else masked(value)
        case list():
            return [masked_fields(part, name) for part in value]
        case dict():
            return {masked(key): masked_fields(part, "" if name == "extra" else key) for key, part in value.items()}
    return value


def may_hold_numbers(text: str) -> bool:
    """Whether a look at the whole text is worth its time; false: there is nothing to mask."""
    number, plate = _candidates()
    return number.search(text) is not None or plate.search(text) is not None or "@" in text or "＠" in text


def plain_digits(text: str) -> str:
    """The digits of a number as ASCII, whatever they are written in; an X at its end stays, nothing else does."""
    plain = text.translate(_PLAIN)
    end = "X" if re.search(r"\d\W*[Xx]\W*$", plain, re.ASCII) else ""
    return "".join(sign for sign in plain if sign.isascii() and sign.isdigit()) + end


def plain_paper(number: str) -> str:
    """The digits and letters of an identity card's number, or another paper's, in their plainest form."""
    return "".join(sign for sign in number.translate(_PLAIN) if sign.isalnum()).upper()


def _to_mask(plain: str, begin: int, end: int) -> list[list[int]]:
    """Places of the signs of a number, or of several that stand apart: what is kept of them counts only where the rest is no piece of a number."""
    inside = [found.span() for found in _KEPT.finditer(plain, begin, end + _UNIT) if found.end() <= end]
    edges = [begin, *(edge for span in inside for edge in span), end]
    apart = [_signs(plain, *edges[at : at + 2]) for at in range(0, len(edges), 2)]
    if sum(map(len, apart)) <= 2:  # noqa: PLR2004  a figure beside a date
        return []
    if all(len(signs) >= _LEAST or not signs for signs in apart):
        return [signs for signs in apart if signs]
    return [_signs(plain, begin, end)]


def _signs(plain: str, begin: int, end: int) -> list[int]:
    return [place for place in range(begin, end) if plain[place].isascii() and plain[place].isalnum()]


def _mask_number(plain: str, places: list[int], shown: list[str]) -> None:
    first, last = _left("".join(plain[place] for place in places))
    for place in places[first : len(places) - last]:
        shown[place] = "*"


def _left(number: str) -> tuple[int, int]:
    """How many signs of a number are shown at its beginning and its end."""
    if number.startswith("0") and not number.startswith("00") and 10 <= len(number) <= 12:  # noqa: PLR2004  a landline with its area code
        return 3 if number[1] in "12" else 4, 2
    abroad = len(number) - len(domestic(number))
    return (3 + abroad, 4) if len(number) >= _MOBILE else (0, 2)


# addresses

_FIGURE = r"(?:\d{1,5}|[一二三四五六七八九十百]{1,4}|(?<![A-Za-z])[A-Za-z](?![A-Za-z]))"
_ROOM = re.compile(
    rf"{_FIGURE}(?=\s?(?:单元|單元|室|房|户|戶|层|層|[楼樓](?![栋棟幢盘宇])|[Ff]\b))"
    r"|(?<=单元)\s?\d{1,5}|(?<=單元)\s?\d{1,5}|(?<=[楼樓]之)\d{1,3}|(?<=[栋棟幢座楼樓])\s?\d{3,5}(?![\d号號弄巷米])"
    r"|(?<=\d-)\d{1,2}-\d{3,4}(?!\d)"
)
"""What lies behind the building: unit, floor, room."""
_MAY_HAVE_ROOMS = re.compile("[元室房户戶层層楼樓栋棟幢座－Ff]|.-.*-")


def masked_address(address: str) -> str:
    """As `masked`, and to the building: unit, floor and room masked (12栋*单元***室). The length stays."""
    shown = masked(address)
    if not _MAY_HAVE_ROOMS.search(address):
        return shown
    plain, signs = address.translate(_WIDE), list(shown)
    for room in _ROOM.finditer(plain):
        for place in range(*room.span()):
            if plain[place].isalnum():
                signs[place] = "*"
    return "".join(signs)


# fields of a person

_COMPOUND = re.compile(
    "欧阳|歐陽|太史|端木|上官|司马|司馬|东方|東方|独孤|獨孤|南宫|南宮|万俟|夏侯|诸葛|諸葛|尉迟|尉遲|公羊|赫连|赫連|澹台|皇甫|宗政|濮阳|濮陽|公冶|"
    "太叔|申屠|公孙|公孫|慕容|仲孙|钟离|鍾離|长孙|長孫|宇文|司徒|鲜于|鮮于|闾丘|司空|令狐|百里|呼延|东郭|東郭|微生|左丘|西门|西門|拓跋|拓拔|轩辕|軒轅"
)
_NUMERAL = "0-9〇零一二三四五六七八九十百甲乙丙丁"
_BEYOND_ROAD = re.compile(
    rf"\d|[{_NUMERAL}A-Za-z]+\s?(?:号|號|弄|巷|栋|棟|幢|座|单元|單元|楼|樓|层|層|室|房|户|戶|组|組|队|隊|期)|(?<=[村组組])[^村镇街区路道]{{2,4}}家"
)


def masked_name(name: str) -> str:
    """张*, 欧阳**: the family name, and a star for each sign that follows. One sign alone is a star."""
    said = " ".join(name.split())
    left = 2 if _COMPOUND.match(said) and len(said) > 2 else 1 if len(said) > 1 else 0  # noqa: PLR2004  signs of a compound family name
    return said[:left] + "*" * (len(said) - left)


def masked_phone(phone: str) -> str:
    """138****5678, 025****34: without what stood between the digits. Of what is shorter than a telephone number nothing is shown."""
    number = domestic(plain_digits(phone))
    if len(number) < _LEAST:
        return "*" * len(number)
    first, last = _left(number)
    return number[:first] + "****" + number[-last:] if first else "*" * (len(number) - last) + number[-last:]


def masked_id(number: str) -> str:
    """320***********123X: the first three and the last four of an identity card; of any other paper the first and the last two."""
    said = plain_paper(number)
    first, last = (3, 4) if len(said) >= 15 else (1, 2) if len(said) >= _LEAST else (0, 0)  # noqa: PLR2004  the old cards
    return said[:first] + "*" * (len(said) - first - last) + said[len(said) - last :]


def masked_home(address: str) -> str:
    """To the road or the estate: what begins with the first number is `**`."""
    said = " ".join(address.split())
    found = _BEYOND_ROAD.search(said.translate(_WIDE))
    return masked(said[: found.start()].rstrip() + "**" if found else said)


def domestic(number: str) -> str:
    """A telephone number (digits) without the code of the country."""
    for code in ("0086", "86"):
        if number.startswith(code) and len(number) - len(code) in (10, 11):
            return number[len(code) :]
    return number


# signs


class _Signs(dict[int, str]):
    """What stands for a sign when a text is made plain, one sign for one; found out when it is first met."""

    MOST = 20_000

    def __missing__(self, code: int) -> str:
        plain = self.plain(chr(code))
        if len(self) < self.MOST:
            self[code] = plain
        return plain

    def plain(self, sign: str) -> str:
        """One sign in its plainest form: a digit as an ASCII digit."""
        digit = _digit(sign)
        return digit or _TRADITIONAL.get(sign) or _plain(sign)


class _Wide(_Signs):
    """Leaves Chinese numerals as they are: 一单元."""

    def plain(self, sign: str) -> str:
        return _plain(sign)


_PLAIN, _WIDE = _Signs(), _Wide()


def _plain(sign: str) -> str:
    plain = unicodedata.normalize("NFKC", sign)
    return plain if len(plain) == 1 else sign


def _digit(sign: str) -> str:
    """The digit that a sign stands for, or nothing."""
    if sign in _OTHER_DIGITS:
        return _OTHER_DIGITS[sign]
    value = unicodedata.numeric(sign, None)
    return str(int(value)) if value is not None and value in range(10) else ""


@cache
def _candidates() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What a number or a plate may begin with, for a quick look at texts as received. Signs beyond the Basic Multilingual Plane count as anything."""
    plane = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]  # noqa: PLR2004  surrogates are no signs
    digits = _class(sign for sign in plane if _digit(sign))
    letters = _class(sign for sign in plane if (plain := _plain(sign)).isascii() and plain.isalpha())
    provinces = _class({*_PROVINCES, *_TRADITIONAL})
    return re.compile(f"{digits}(?:{_BETWEEN}(?:{digits}|[OoIlＯｏＩｌ])){{{_LEAST - 1}}}"), re.compile(f"{provinces}{_BETWEEN}{letters}")


def _class(signs: Any) -> str:  # noqa: ANN401  any iterable of signs
    return f"[{''.join(map(re.escape, sorted(signs)))}\U00010000-\U0010ffff]"
