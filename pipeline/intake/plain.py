"""Normalised text, for words, search and models; and what makes two addresses the same.

The text as received is kept elsewhere; nothing here is shown in its place (`domain/domain.md`, Decisions, Sealed).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import opencc

_BMP = 0x10000
_SURROGATES = range(0xD800, 0xE000)
_MORE_VARIANTS = {"衞": "卫", "牠": "它", "妳": "你", "砲": "炮", "啓": "启"}
"""Variants that opencc's simplification leaves alone and that people write for the same word."""


def plain(text: str) -> str:
    """`text` as one line: NFKC, simplified characters, lower case, one space for any white space, nothing invisible.

    Idempotent. Simplification is by character, never by phrase, so that a piece of a text reads the same as in the whole.
    About 1 µs for 17 characters and 3 µs for 60: a table looked up by code point; opencc itself costs ten times that.
    """
    line = text.translate(_table())
    if not unicodedata.is_normalized("NFKC", line):
        line = _settled(line)
    if "  " in line:
        line = " ".join(line.split(" "))
        while "  " in line:
            line = line.replace("  ", " ")
    return line.strip(" ")


def _settled(line: str) -> str:
    """Composes and translates until nothing changes: a letter and the accents after it may become one character."""
    while True:
        composed = unicodedata.normalize("NFKC", line).translate(_table())
        if composed == line:
            return line
        line = composed


@cache
def _table() -> list[str]:
    """What stands for each character of the Basic Multilingual Plane, by code point; characters beyond it stay."""
    simple = _simplified()
    table = [chr(code) for code in range(_BMP)]
    for code in range(_BMP):
        if code not in _SURROGATES:
            table[code] = _plain_character(chr(code), simple)
    return table


def _simplified() -> dict[str, str]:
    """Traditional → simplified, one character for one; chains (薴 → 苧 → 苎) are followed to their end."""
    characters = [chr(code) for code in range(0x2E80, _BMP) if code not in _SURROGATES]
    converted = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    step = {one: other for one, other in zip(characters, converted, strict=True) if one != other} | _MORE_VARIANTS
    for one in step:
        while step[one] in step:
            step[one] = step[step[one]]
    return step


def _plain_character(character: str, simple: dict[str, str]) -> str:
    if character.isspace() or unicodedata.category(character) in {"Zs", "Zl", "Zp"}:
        return " "
    before, after = "", character
    while before != after:
        before = after
        letters = unicodedata.normalize("NFKC", after).lower()
        after = "".join(simple.get(c, c) for c in letters if unicodedata.category(c) not in {"Cc", "Cf"} and not _is_selector(c))
        if after.isspace():
            return " "
    return after


def _is_selector(character: str) -> bool:
    """Variation selectors choose a glyph, never a meaning."""
    return "\ufe00" <= character <= "\ufe0f"


_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|「[^「」]*」|『[^『』]*』|<[^<>]*>|《[^《》]*》|\"[^\"]*\"|“[^”]*”|'[^']*'")
_NUMERAL = re.compile(r"[〇零一二三四五六七八九十百]+(?=之[〇零一二三四五六七八九十百\d]|段|号|巷|弄|街|楼|层|栋|幢|座|单元|室|组)")
_DASH = re.compile(r"(?<=\d)\s*[-‐-―−~_]\s*(?=\d)")
_OF_NUMBER = re.compile(r"(\d+)(?:号之|之|号-(?=\d+(?![\d号])))(\d+)(?:号)?")
_FAR = re.compile(r"^(?:\d{3,6})?(?:中国)?(?:台湾省?|[一-鿿]{2,3}省|[一-鿿]{2,7}自治区)?(?:[一-鿿]{2,4}?市(?=[一-鿿]{1,12}?(?:区|县|路|街|大道|镇|乡)))?")
_DISTRICT = re.compile(r"^[一-鿿]{1,5}?(?:区|县|新区)(?=.)")
_STREET_OFFICE = re.compile(r"^(?:[一-鿿]{2,4}?街道(?:办事处)?)?(?:[一-鿿]{2,6}?社区(?=[一-鿿]{1,8}?(?:路|街|大道)))?")
_HOUSE = re.compile(r"^(.*?(?<!\d)(?<!国道)(?<!省道)(?<!高速)\d+(?:-\d+)*号(?!线|门|口|出口|站台|桥))(?:[一-鿿]{0,8}?(\d+|[a-z])(?:栋|幢|座))?")
_TOWER = re.compile(r"(?<=\d)号楼")
_OPEN_NUMBER = re.compile(r"^(.*?(?:路|街|大道|段|巷|弄)\d+(?:-\d+)?)$")
_STAKE = re.compile(r"^(.*?)(k\d+\+\d+|\d+(?:\.\d+)?(?:公里|km)(?:\d+米)?)")
_ROAD = re.compile(r"[一-鿿]{1,7}?(?:\d+)?(?:大道|路|街)(?:\d+段)?(?:\d+巷)?(?:\d+弄)?")
_STRETCH = re.compile(r"[到至]|沿线|沿路|全线|两侧|整条")
_JOIN = re.compile(r"[*/、,;&+×·^]|(?<=[路街道段巷弄口])(?:[和与及跟同暨](?![一-鿿](?:路|街))|交叉路?口|交[汇界叉]处?|转角|路?口)")
_BUILDING = re.compile(r"^([一-鿿]{2,}?(?:\d+|[a-z]))(?:栋|幢|座)")
_MOUTH = re.compile(r"^(.*?\d+[巷弄])(?:路|巷)?口")
_NOISE = {ord(c): None for c in " ()[]{}【】「」『』<>《》\"“”‘’'。!?:…"}
_DIGITS = {d: i for i, d in enumerate("零一二三四五六七八九")} | {"〇": 0}


def address_key(address: str) -> str:
    """What two addresses of the same place have in common; empty where the address is not precise.

    Precise is a house number (with its building), a building, a kilometre stake, the mouth of a lane, or two roads that cross. A street,
    a lane, a village, a compound or a park by its name alone is not the same place (`domain/domain.md` §6: 150 m).
    Full-width digits, 号/號, 臺/台, `128之1號` / `128-1号` / `128號之1`, 二段 / 2段, remarks in parentheses and what follows the
    number (附近, 旁, 對面, the floor) make no difference. The city does not count, the district does: the same street name
    stands in many of them.
    """
    line = _REMARK.sub("", plain(address)).translate(_NOISE)
    if not line:
        return ""
    line = _NUMERAL.sub(lambda m: _digits(m.group()), line)
    line = _TOWER.sub("栋", _OF_NUMBER.sub(r"\1-\2号", _DASH.sub("-", line)))
    line = line[_FAR.match(line).end() :]  # type: ignore[union-attr]  # every part is optional: it always matches
    district = _DISTRICT.match(line)
    area = district.group() if district else ""
    rest = _STREET_OFFICE.sub("", line[len(area) :])
    place = _precise(rest)
    return area + place if place else ""


def _precise(rest: str) -> str:
    """The precise part of an address without its areas, or nothing."""
    return _numbered(rest) or ("" if _STRETCH.search(rest) else _crossing(rest))


def _numbered(rest: str) -> str:
    """Up to the house number or the building; a number at the very end of a street is a house number; or a stake."""
    house = _HOUSE.match(rest)
    if house:
        return house.group(1) + (f"{house.group(2)}栋" if house.group(2) else "")
    for pattern, ending in ((_BUILDING, "栋"), (_OPEN_NUMBER, "号"), (_STAKE, "")):
        found = pattern.match(rest)
        if found:
            return "".join(found.groups()) + ending
    return ""


def _crossing(rest: str) -> str:
    """Two roads that cross, in either order, or the mouth of a lane."""
    roads = {road.group() for part in _JOIN.split(rest) if part for road in _ROAD.finditer(part)}
    if len(roads) > 1:
        return "*".join(sorted(roads))
    mouth = _MOUTH.match(rest)
    return f"{mouth.group(1)}口" if mouth else ""


def _digits(numeral: str) -> str:
    """A Chinese numeral below 1,000 in digits; a row of single figures (一二八) as it reads."""
    if not any(unit in numeral for unit in "十百"):
        return "".join(str(_DIGITS[c]) for c in numeral)
    total, figure = 0, 0
    for c in numeral:
        if c in "十百":
            total += (figure or 1) * (10 if c == "十" else 100)
            figure = 0
        else:
            figure = _DIGITS[c]
    return str(total + figure)
