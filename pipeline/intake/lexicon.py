"""The lexicon: words that speak for a matter or an intent, and what they say together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schemas.event import RunnerUp

if TYPE_CHECKING:
    from pipeline.intake.words import Found, Matcher
    from reference.pack import Reference

FLOOR = 1.0
"""What a choice must score to win: one ordinary word; words that mostly name places (医院, 公园) weigh less."""
WORDS_SHOWN = 5


class Score(NamedTuple):
    """How much speaks for a matter or an intent, and which words do, heaviest first."""

    choice: str
    score: float
    words: tuple[str, ...]

    def because(self) -> str:
        """The evidence, for people."""
        return f"{'、'.join(self.words[:WORDS_SHOWN])} = {self.score:g}"

    def runner_up(self) -> RunnerUp:
        """This choice as one that was not taken."""
        return RunnerUp(choice=self.choice, score=self.score, because="、".join(self.words[:WORDS_SHOWN]))


class Lexicon:
    """The weights of a pack's words. A word counts once in a text, however often it stands there."""

    def __init__(self, reference: Reference, matcher: Matcher) -> None:
        self._words = matcher.words
        self._matters: dict[int, list[tuple[str, float]]] = {}
        self._intents: dict[int, list[tuple[str, float]]] = {}
        for row in reference.lexicon:
            number = matcher.number(row.word)
            if row.matter:
                self._matters.setdefault(number, []).append((row.matter, row.weight))
            if row.intent is not None:
                self._intents.setdefault(number, []).append((row.intent.value, row.weight))

    def matters(self, found: Found) -> list[Score]:
        """Matters that words speak for, best first; equal scores in order of their codes."""
        return self._scores(found, self._matters)

    def intents(self, found: Found) -> list[Score]:
        """Intents that words speak for, best first."""
        return self._scores(found, self._intents)

    @staticmethod
    def winner(scores: list[Score]) -> Score | None:
        """The best, when it reaches the floor and beats the second."""
        if not scores or scores[0].score < FLOOR or (len(scores) > 1 and scores[1].score == scores[0].score):
            return None
        return scores[0]

    def _scores(self, found: Found, weights: dict[int, list[tuple[str, float]]]) -> list[Score]:
        heard: dict[str, list[tuple[float, str]]] = {}
        for number in found.speaking:
            for choice, weight in weights.get(number, ()):
                heard.setdefault(choice, []).append((-weight, self._words[number]))
        scores = [Score(choice, round(-sum(weight for weight, _ in sorted(words)), 3), tuple(word for _, word in sorted(words))) for choice, words in heard.items()]
        return sorted(scores, key=lambda score: (-score.score, score.choice))
