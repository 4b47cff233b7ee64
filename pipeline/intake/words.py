"""Which words of the lexicon and of the gates stand in a text, all in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import ahocorasick_rs

from pipeline.intake.plain import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reference.pack import Reference

CONDITION = "@"
"""What starts with it in a gate is a condition of the report (`@night`), no word."""


class Found(NamedTuple):
    """Words of a text, by their number in `Matcher.words`. Equal texts of words are equal keys.

    `speaking` are words for matters that do not lie inside a longer word for a matter: in 施工噪音 the word 噪音 stands, but
    does not speak. `standing` are words of gates and words for intents, wherever they stand.
    """

    speaking: frozenset[int]
    standing: frozenset[int]


_NOBODY: frozenset[int] = frozenset()
NOTHING = Found(_NOBODY, _NOBODY)


class Matcher:
    """Finds the words of a pack in plain text (`pipeline.intake.plain.plain`). Immutable; built once for a pack.

    Words are made plain themselves, so a table may hold them in either script. The automaton gives every occurrence of every
    word, overlapping ones too (Aho–Corasick, standard matching); which of them speak is decided here.
    """

    __slots__ = ("_automaton", "_number", "_speaks", "_stands", "words")

    def __init__(self, reference: Reference) -> None:
        for_matters = {plain(row.word) for row in reference.lexicon if row.matter}
        standing = {plain(row.word) for row in reference.lexicon if row.intent is not None}
        standing |= {plain(word) for gate in reference.gates for word in (*gate.any_of, *gate.with_any, *gate.unless) if not word.startswith(CONDITION)}
        words = sorted((for_matters | standing) - {""})
        self.words: tuple[str, ...] = tuple(words)
        self._number = {word: number for number, word in enumerate(words)}
        self._speaks = frozenset(self._number[word] for word in for_matters if word)
        self._stands = frozenset(self._number[word] for word in standing if word)
        self._automaton = ahocorasick_rs.AhoCorasick(words, store_patterns=False, implementation=ahocorasick_rs.Implementation.ContiguousNFA) if words else None

    def number(self, word: str) -> int:
        """Number of a word of the pack, in whichever script; raises KeyError for any other."""
        return self._number[plain(word)]

    def find(self, text_plain: str) -> Found:
        """The words of one text."""
        if self._automaton is None:
            return NOTHING
        matches = self._automaton.find_matches_as_indexes(text_plain, overlapping=True)
        if not matches:
            return NOTHING
        speaks, stands = self._speaks, self._stands
        standing = None
        spoken: list[tuple[int, int, int]] = []
        for match in matches:
            number, start, end = match
            if number in stands:
                if standing is None:
                    standing = {number}
                else:
                    standing.add(number)
            if number in speaks:
                # Matches come by their end. What the new one covers falls silent; what ends with it and began before covers it.
                while spoken and spoken[-1][1] >= start:
                    spoken.pop()
                if not (spoken and spoken[-1][2] == end):
                    spoken.append(match)
        return Found(frozenset([match[0] for match in spoken]), _NOBODY if standing is None else frozenset(standing))

    def find_many(self, texts_plain: Iterable[str]) -> list[Found]:
        """The words of each text, in order."""
        return [self.find(text) for text in texts_plain]
