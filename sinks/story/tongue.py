"""How codes, instants, names and sentences are told in a language, in a centre's zone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

from schemas import vocabulary
from schemas.vocabulary import CaseState, Role, Source, Urgency, Word
from sinks.sayings import Language, say
from sinks.story.words import ENGLISH, ENGLISH_UNITS, NAMED, PHRASES

if TYPE_CHECKING:
    from reference.pack import Reference

_NOTHING: Mapping[str, str] = MappingProxyType({})
_LIMIT = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)")
_DONE_BY = re.compile(r" \(([a-z_]+) by ([^()]*)\)")
_LIST = re.compile(r", | or ")
WIDTH = 10
"""Of the names in a column, in letters."""
_STEPS = ((86_400, " d", "天"), (3_600, " h", "小时"), (60, " min", "分"), (1, " s", "秒"))


class Known(NamedTuple):
    """Names of what a story tells by code. What is not in it is told by its code."""

    matters: Mapping[str, str] = _NOTHING
    units: Mapping[str, str] = _NOTHING
    responders: Mapping[str, str] = _NOTHING
    areas: Mapping[str, str] = _NOTHING

    @classmethod
    def of(cls, reference: Reference) -> Known:
        """The names of a pack."""
        return cls(
            {code: matter.name for code, matter in reference.matters.items()},
            {code: unit.name for code, unit in reference.units.items()},
            {one.responder: one.post for one in reference.responders},
            {code: area.name for code, area in reference.areas.items()},
        )


class Tongue:
    """One language."""

    def __init__(self, language: Language, time_zone: str, known: Known) -> None:
        self.language, self._zone, self._known = language, ZoneInfo(time_zone), known
        self._zh = language == "zh"

    # phrases

    def __call__(self, phrase: str, **facts: object) -> str:
        """A phrase, with facts that are told already."""
        return PHRASES[phrase][self._zh].format(**facts)

    def several(self, parts: Iterable[str]) -> str:
        """Things of a kind, one after the other."""
        return ("、" if self._zh else ", ").join(parts)

    def clauses(self, *parts: str) -> str:
        """Parts of a sentence; empty ones are left out."""
        return ("，" if self._zh else ", ").join(part for part in parts if part)

    def beside(self, words: str) -> str:
        """Something in brackets; empty for nothing."""
        return "" if not words else f"（{words}）" if self._zh else f" ({words})"

    # time

    def time(self, at: datetime) -> str:
        """To the second, in the centre's zone."""
        return self._local(at).strftime("%Y-%m-%d %H:%M:%S")

    def clock(self, at: datetime | str, beside: datetime) -> str:
        """As `time`, without the day where it is that of `beside`."""
        instant = datetime.fromisoformat(at) if isinstance(at, str) else at
        same = self._local(instant).date() == self._local(beside).date()
        return self._local(instant).strftime("%H:%M:%S") if same else self.time(instant)

    def lasting(self, time: timedelta) -> str:
        """A duration in its largest unit and the next; parts of a second count as none."""
        rest, parts = int(time.total_seconds()), list[str]()
        for seconds, english, chinese in _STEPS:
            number, rest = divmod(rest, seconds)
            if number:
                parts.append(f"{number}{chinese if self._zh else english}")
            elif parts:
                break
        joined = "" if self._zh else " "
        return joined.join(parts[:2]) or ("0秒" if self._zh else "0 s")

    def limit(self, text: str) -> str:
        """A limit or an extension as reference data writes it: `2ewh`."""
        match = _LIMIT.fullmatch(text)
        if match is None:
            return text
        number, unit = match.groups()
        return f"{number}{'个' if unit in ('wh', 'ewh', 'wd') else ''}{NAMED['Unit'][unit]}" if self._zh else f"{number} {ENGLISH_UNITS[unit]}"

    def _local(self, at: datetime) -> datetime:
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(self._zone)

    # codes

    def word(self, words: type[Word], code: str) -> str:
        """A code of an enumeration, as a word; a state is called by its code in English, because many an action is called like it."""
        if code not in list(words) or (words is CaseState and not self._zh):
            return code
        return words(code).zh if self._zh else ENGLISH.get(words, {}).get(code) or code.replace("_", " ").lower()

    def both(self, words: type[Word], code: str) -> str:
        """The word, and the code beside it."""
        word = self.word(words, code)
        return word if word == code else f"{word} {code}"

    def named(self, kind: str, code: str) -> str:
        """A code of a list that is no enumeration: posts, flags, fields."""
        return NAMED[kind].get(code, code) if self._zh else code.replace("_", " ")

    def matter(self, code: str) -> str:
        """A matter with its name."""
        return f"{self._known.matters[code]} {code}" if code in self._known.matters else code

    def unit(self, code: str) -> str:
        """A unit with its name; the desk for none."""
        return self("desk") if not code else f"{self._known.units[code]} {code}" if code in self._known.units else code

    def units(self, lead: str, co_units: Iterable[str]) -> str:
        """A lead and its co-units."""
        co = self.several(map(self.unit, co_units))
        return self("together", lead=self.unit(lead), co=co) if co else self.unit(lead)

    def responder(self, code: str) -> str:
        """A responder with the name of its post."""
        return f"{self._known.responders[code]} {code}" if code in self._known.responders else code

    def area(self, code: str) -> str:
        """A street, a community or another area with its name."""
        return f"{self._known.areas[code]} {code}" if code in self._known.areas else code

    def choice(self, code: str) -> str:
        """What was not chosen: a unit, a responder, a matter, an urgency, or whatever else it is."""
        if code in list(Urgency):
            return self.both(Urgency, code)
        for names in (self._known.units, self._known.responders, self._known.matters):
            if code in names:
                return f"{names[code]} {code}"
        return code

    def actor(self, actor: str) -> str:
        """Who acted: `source:…`, `rule:…`, `clock`, `role:name`."""
        role, _, name = actor.partition(":")
        if role == Role.SOURCE:
            return self.word(Source, name)
        if role == "rule":
            return self("by_rule", rule=name)
        return " ".join(part for part in (self.word(Role, role), name) if part)

    # sentences

    def say(self, text: str) -> str:
        """What the core wrote, in this language; all else as it is."""
        return say(text, self.language, self._convert)

    def _convert(self, kind: str, text: str) -> str:
        """What is in a hole of a saying."""
        told = {
            "t": lambda: self.time(datetime.fromisoformat(text)),
            "counts": lambda: self.several(self._count(*one.split(" ")) for one in text.split(", ")),
            "first": lambda: self._first(text),
            "unit": lambda: self.unit(text),
            "units": lambda: self.several(map(self.unit, text.split(", "))),
            "actor": lambda: self.actor(text),
        }.get(kind)
        if told is not None:
            return told()
        return self.several(self._of(kind[:-1], one) for one in _LIST.split(text)) if kind.endswith("s") else self._of(kind, text)

    def _first(self, text: str) -> str:
        match = _DONE_BY.fullmatch(text)
        return self.beside(self("done_by", who=self.actor(match[2]), action=self._of("Action", match[1]))) if match else ""

    def _count(self, number: str, reason: str) -> str:
        word = self._of("NotSent", reason)
        return f"{word}{number}人" if self._zh else f"{number} {word}"

    def _of(self, kind: str, code: str) -> str:
        """Of the enumeration of that name, or of a list."""
        return self.named(kind, code) if kind in NAMED else self.word(getattr(vocabulary, kind), code)


def label(name: str, text: str) -> str:
    """A name and what it says, in columns: a Chinese character is as wide as two letters."""
    wide = sum(2 if east_asian_width(sign) in "WF" else 1 for sign in name)
    return f"  {name}{' ' * max(WIDTH - wide, 1)}{text}"
