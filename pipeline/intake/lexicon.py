"""The lexicon: words that speak for a matter or an intent, and what they say together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from schemas.event import RunnerUp

if TYPE_CHECKING:
    from pipeline.intake.words import Found, Matcher
    from reference.pack import Reference

FLOOR = 1.0
"""What a choice must score to win: one ordinary word; words that mostly name places (医院, 公园) weigh less."""
NEIGHBOURS = 0.3
"""How much of what speaks for the other matters of a group counts for each of them: 社保 and 退休 together speak for labour
before 银行 speaks for debts. Chosen on the open half of the letters (`benchmarks/classify.py`): 0.3 to 0.7 do alike."""
WORDS_SHOWN = 5


class Score(NamedTuple):
    """How much speaks for a matter or an intent, and which words do, heaviest first. `neighbours` is what they lent."""

    choice: str
    score: float
    words: tuple[str, ...]
    neighbours: float = 0.0

    def because(self) -> str:
        """The evidence, for people: 社保、退休 = 7.2, of it neighbours 1.2."""
        lent = f", of it neighbours {self.neighbours:g}" if self.neighbours else ""
        return f"{'、'.join(self.words[:WORDS_SHOWN])} = {self.score:g}{lent}"

    def runner_up(self) -> RunnerUp:
        """This choice as one that was not taken."""
        return RunnerUp(choice=self.choice, score=self.score, because="、".join(self.words[:WORDS_SHOWN]))

    def with_neighbours(self, group: float) -> Score:
        """This choice with what the rest of its group, whose words weigh `group` together, lends it."""
        lent = round(NEIGHBOURS * (group - self.score), 3)
        return Score(self.choice, round(self.score + lent, 3), self.words, lent)


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
        own = self._scores(found.speaking, self._matters)
        if len(own) < 2:  # noqa: PLR2004  one alone has no neighbour
            return own
        groups: dict[str, float] = {}
        for score in own:
            groups[score.choice[:2]] = groups.get(score.choice[:2], 0.0) + score.score
        return sorted((score.with_neighbours(groups[score.choice[:2]]) for score in own), key=_best_first)

    def intents(self, found: Found) -> list[Score]:
        """Intents that words speak for, best first."""
        return self._scores(found.standing, self._intents)

    @staticmethod
    def winner(scores: list[Score]) -> Score | None:
        """The best, when it reaches the floor and no choice of another group scores as much.

        Of equals of one group it is the first by code: their unit is mostly the same.
        """
        if not scores or scores[0].score < FLOOR:
            return None
        best = scores[0]
        rival = any(other.score == best.score and other.choice[:2] != best.choice[:2] for other in scores)
        return None if rival else best

    def _scores(self, numbers: frozenset[int], weights: dict[int, list[tuple[str, float]]]) -> list[Score]:
        heard: dict[str, list[tuple[float, str]]] = {}
        for number in numbers:
            for choice, weight in weights.get(number, ()):
                heard.setdefault(choice, []).append((-weight, self._words[number]))
        scores = [
            Score(choice, round(-sum(weight for weight, _ in sorted(words)), 3), tuple(word for _, word in sorted(words))) for choice, words in heard.items()
        ]
        return sorted(scores, key=_best_first)


def _best_first(score: Score) -> tuple[float, str]:
    return -score.score, score.choice
