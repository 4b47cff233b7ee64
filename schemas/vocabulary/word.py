"""What an enumeration of the domain's words is: codes with their Chinese names."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """An enumeration whose members carry the Chinese name beside the code."""

    zh: str

    def __new__(cls, code: str, zh: str = "") -> Self:
        """A member: its code, and its Chinese name."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.zh = zh
        return member
