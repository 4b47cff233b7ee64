"""In which encoding a file is written: the byte-order mark, else UTF-8, else GB18030 or Big5 by how much it looks like Chinese.

UTF-8 may be broken in places and stays UTF-8: those lines are refused, the others read. In UTF-8, GB18030 and Big5 the bytes
0x0A (line feed), 0x22 (quote) and 0x2C (comma) never occur inside a character, so records are split before they are decoded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from schemas.errors import BrokenSetting

UTF8, GB18030, BIG5 = "utf-8", "gb18030", "cp950"
"""Big5 is read as its code page 950, which has the characters that Taiwan's Windows adds."""
_NAMES = {UTF8: "UTF-8", GB18030: "GB18030", BIG5: "Big5 (code page 950)", "utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE"}
_ALIASES = {
    "utf8": UTF8,
    "utf-8": UTF8,
    "utf-8-sig": UTF8,
    "gb18030": GB18030,
    "gbk": GB18030,
    "gb2312": GB18030,
    "cp936": GB18030,
    "big5": BIG5,
    "cp950": BIG5,
    "utf-16": "utf-16-le",
    "utf-16le": "utf-16-le",
    "utf-16-le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-16-be": "utf-16-be",
}
_MARKS = ((b"\xef\xbb\xbf", UTF8), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\x84\x31\x95\x33", GB18030))
_ASCII_SCAN = 64 << 20
"""How far a file without any foreign character is scanned before it is taken for UTF-8."""
_SAMPLE = 1 << 19
_LOOKS_CHINESE = 0.6
"""Share of characters of everyday Chinese: right readings of real texts have 0.9 and more, wrong ones 0.3 to 0.5."""


class Detected(NamedTuple):
    """An encoding and the sentence that says how it was found."""

    codec: str
    said: str


def named(encoding: str) -> Detected:
    """The encoding that a person named; raises BrokenSetting with what is allowed."""
    codec = _ALIASES.get(encoding.strip().lower().replace("_", "-"))
    if codec is None:
        raise BrokenSetting(f"the encoding {encoding!r} is not one of {', '.join(sorted(_ALIASES))}", where="encoding")
    return Detected(codec, f"encoding {_NAMES[codec]} (as you said)")


def detected(chunks: Iterable[bytes]) -> Detected:
    """Finds the encoding of a stream of bytes by reading as much of it as it takes (64 MiB at most)."""
    sample, begins_at = _telling_part(iter(chunks))
    for mark, codec in _MARKS:
        if begins_at == 0 and sample.startswith(mark):
            return Detected(codec, f"encoding {_NAMES[codec]} (byte-order mark)")
    if (codec16 := _utf16_without_mark(sample)) is not None:
        return Detected(codec16, f"encoding {_NAMES[codec16]} (no byte-order mark, but every other byte is zero)")
    if sample.isascii():
        return Detected(UTF8, "encoding UTF-8 (no byte-order mark, no character beyond ASCII)")
    try:
        sample.decode(UTF8)
    except UnicodeDecodeError as error:
        return _legacy_or_broken(sample, begins_at + error.start)
    return Detected(UTF8, "encoding UTF-8 (no byte-order mark)")


def read_as(codec: str) -> str:
    """The encoding in which lines are split and decoded: UTF-16 is turned into UTF-8 on the way."""
    return UTF8 if codec.startswith("utf-16") else codec


def _telling_part(chunks: Iterator[bytes]) -> tuple[bytes, int]:
    """Whole lines from the first chunk with a byte beyond ASCII on, and where they begin; the beginning where there is none."""
    first, seen = b"", 0
    for chunk in chunks:
        first = first or chunk
        if chunk.isascii() and seen < _ASCII_SCAN:
            seen += len(chunk)
            continue
        sample, ended = [chunk], False
        while sum(map(len, sample)) < _SAMPLE and not ended:
            following = next(chunks, b"")
            ended = not following
            sample.append(following)
        whole = b"".join(sample)
        cut = len(whole) if ended else whole.rfind(b"\n") + 1
        return whole[: cut or len(whole)], seen
    return first, 0


def _utf16_without_mark(sample: bytes) -> str | None:
    """UTF-16 by its zeros: the upper bytes of ASCII, all on one side."""
    head = sample[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) * 8 < max(1, len(head)) or min(even, odd) * 8 > max(even, odd):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def _legacy_or_broken(sample: bytes, broken_at: int) -> Detected:
    """UTF-8 with broken places, or one of the older encodings: whichever makes the text look like Chinese."""
    text = sample.decode(UTF8, "replace")
    broken = text.count("�")
    good = sum(c > "\x7f" for c in text) - broken
    if good > broken:
        return Detected(UTF8, f"encoding UTF-8 (no byte-order mark; broken at byte {broken_at}: such lines are refused)")
    best, score = max(((codec, looks_chinese(sample.decode(codec, "replace"))) for codec in (GB18030, BIG5)), key=lambda found: found[1])
    if score < _LOOKS_CHINESE:
        return Detected(
            UTF8,
            f"encoding UTF-8 by default (no byte-order mark, not UTF-8 at byte {broken_at}, and neither GB18030 nor Big5 makes sense: name the encoding if you know it)",
        )
    return Detected(best, f"encoding {_NAMES[best]} (no byte-order mark, not UTF-8 at byte {broken_at}; {score:.0%} of its characters are everyday Chinese)")


def looks_chinese(text: str) -> float:
    """Share of everyday Chinese (hanzi of the first levels of GB 2312 and Big5, punctuation) among what is not ASCII; broken places count against it twice."""
    foreign = [c for c in text if c > "\x7f"]
    if not foreign:
        return 0.0
    everyday = _everyday()
    return (sum(c in everyday for c in foreign) - 2 * foreign.count("�")) / len(foreign)


@cache
def _everyday() -> frozenset[str]:
    rows = [(GB18030, range(0xB0, 0xD8), range(0xA1, 0xFF)), (BIG5, range(0xA4, 0xC7), [*range(0x40, 0x7F), *range(0xA1, 0xFF)])]
    hanzi = {bytes((lead, trail)).decode(codec, "ignore") for codec, leads, trails in rows for lead in leads for trail in trails}
    signs = {chr(c) for c in (*range(0x2010, 0x2027), *range(0x3000, 0x3020), *range(0xFF00, 0xFF66))}
    return frozenset(c for c in hanzi | signs if len(c) == 1 and not "\ue000" <= c <= "\uf8ff")
