"""Known names of places: which one does an address or a text name?

The longest name wins, in the address before the text. A name that several communities share counts only where the address or the
source's own area says in which street or district it lies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from pipeline.intake.plain import plain
from schemas.centre import AddressEntry
from schemas.vocabulary import AreaLevel

if TYPE_CHECKING:
    from reference.pack import Reference
    from schemas.centre import Area

SHORTEST = 2
"""Names of one character would be found everywhere."""


class Hit(NamedTuple):
    """The place that was named, where it was named (`address` or `text`), and which others have the same name."""

    entry: AddressEntry
    field: str
    others: tuple[AddressEntry, ...]


class Gazetteer:
    """The address dictionary of a reference pack, and the names of its communities."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._entries: dict[str, dict[str, AddressEntry]] = {}
        for area in reference.areas.values():
            if area.level is AreaLevel.COMMUNITY:
                for name in (area.name, *area.aliases):
                    self._know(AddressEntry(name=name, community=area.code))
        for entry in reference.addresses:
            self._know(entry)
        self._names = list(self._entries)
        self._matcher = AhoCorasick(self._names, matchkind=MatchKind.LeftmostLongest)
        self._above = {area.code: self._names_above(area.code) for area in reference.areas.values() if area.level is AreaLevel.COMMUNITY}

    def find(self, address: str, text: str, area_hint: str) -> Hit | None:
        """The place that the plain `address`, else the plain `text` names; None when there is none or it is not clear which."""
        hint = plain(area_hint)
        for field, words in (("address", address), ("text", text)):
            found = [self._names[index] for index, _, _ in self._matcher.find_matches_as_indexes(words)] if words else []
            for name in sorted(set(found), key=lambda n: (-len(n), n)):
                hit = self._clear(name, field, words, hint)
                if hit is not None:
                    return hit
        return None

    def _clear(self, name: str, field: str, words: str, hint: str) -> Hit | None:
        """The one place of that name, or the one whose street, else whose district, is said."""
        entries = list(self._entries[name].values())
        if len(entries) == 1:
            return Hit(entries[0], field, ())
        best = self._said(entries, 0, words, hint)
        if len(best) > 1:
            best = self._said(best, 1, words, hint)
        if len(best) != 1:
            return None
        return Hit(best[0], field, tuple(entry for entry in entries if entry is not best[0]))

    def _said(self, entries: list[AddressEntry], level: int, words: str, hint: str) -> list[AddressEntry]:
        """The places whose area above (0: street, 1: district) is said; all of them where none is."""
        return [entry for entry in entries if any(above in words or above in hint for above in self._above[entry.community][level])] or entries

    def _know(self, entry: AddressEntry) -> None:
        name = plain(entry.name)
        if len(name) >= SHORTEST:
            kept = self._entries.setdefault(name, {})
            if entry.community not in kept or entry.lng is not None:
                kept[entry.community] = entry

    def _names_above(self, community: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names of the street and of the district of a community."""
        street = self._reference.areas.get(self._reference.areas[community].parent)
        district = self._reference.areas.get(street.parent) if street else None
        return _names(street), _names(district)


def _names(area: Area | None) -> tuple[str, ...]:
    return () if area is None else tuple(name for name in (plain(name) for name in (area.name, *area.aliases)) if name)
