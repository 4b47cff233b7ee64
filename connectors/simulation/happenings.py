"""What happens in a simulated district, as one source would hear of it: kinds, texts, hours and places of the sample week, and more of each source's own.

Only `random()` is drawn from, whose numbers for a seed never change between releases of Python. Nobody said any of it; nothing of it happened.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import yaml

from connectors import samples
from connectors.profiles.profile import profiles
from connectors.samples.happenings import HOURS
from connectors.samples.places import Place, pick
from connectors.simulation.happening import Happening
from connectors.simulation.spots import Spots
from connectors.simulation.words import Type, types, words
from reference.pack import Reference
from schemas.vocabulary import Intent, Source, Urgency

T = TypeVar("T")
HERE = Path(__file__).parent
SEALED_OR_NONE = frozenset({"1901", "1906", "1999"})
"""Matters that no ordinary report of a simulation is of: sealed, without substance, without a kind."""
OUT_OF_DOORS = ("road", "road", "road", "estate", "market", "park", "village")
"""Where inspectors and patrols walk."""
USUAL, SELDOM, ONCE = 10.0, 0.4, 1.0
"""Weights of a word whose matter the sample week does not weigh; of one whose matter is an emergency; of a type that is found once in a while."""
TOLD_BY_KIND = 0.5
"""Share of reports under a source's own word whose text is one of the matter's."""
PRESSED, COUNTED = 0.25, 0.06
"""Shares: of pressing matters that the source marks as such; of all, where people were counted."""
MOST_COUNTED = 30


class Kind(NamedTuple):
    """One kind of thing that a source hears of."""

    matter: str
    code: str
    at: Sequence[str]
    hours: str
    texts: Sequence[str]
    intent: Intent
    word: str = ""


class Weighted(Generic[T]):
    """Choices by weight."""

    def __init__(self, choices: Sequence[T], weights: Sequence[float]) -> None:
        self._choices, self._sums = choices, list(accumulate(weights))

    def one(self, dice: Random) -> T:
        """One of them."""
        return self._choices[min(bisect_right(self._sums, dice.random() * self._sums[-1]), len(self._choices) - 1)]


def happenings(reference: Reference, source: Source, count: int, seed: int, start: datetime) -> Iterator[Happening]:
    """`count` things that `source` reports within a day from `start` (aware), in the order of time, numbered from 1.

    Each is a thing of its own, mostly at a place of its own in the pack's grids; a few are so near each other that they merge. The same arguments give
    the same happenings. 20,000 take about a second.
    """
    dice = Random(f"{seed}/{source.value}")  # noqa: S311  no secret: it has to be the same again
    spots = Spots(reference, dice)
    kinds, hours = _kinds(source), _hours(start.astimezone(ZoneInfo(reference.time_zone)).hour)
    drawn: list[tuple[datetime, int, Kind]] = []
    for order in range(count):
        kind = kinds.one(dice)
        after = timedelta(hours=hours[kind.hours].one(dice), seconds=int(dice.random() * 3600))
        drawn.append((start + after, order, kind))
    drawn.sort(key=lambda one: one[:2])
    asks = sample_words()
    for number, (at, _, kind) in enumerate(drawn, start=1):
        where = pick(dice, kind.at)
        place = None if where == "none" else spots.one(where)
        text = _told(pick(dice, kind.texts), kind, place, asks, dice)
        yield Happening(number, seed, at, kind.matter, text, place, kind.intent, _pressing(reference, kind, dice), _counted(dice), code=kind.code)


def _told(text: str, kind: Kind, place: Place | None, asks: Mapping[str, Any], dice: Random) -> str:
    return text.format(at=place.name if place else "浦口", word=kind.word, name=kind.word, when=pick(dice, asks["when"]), ask=pick(dice, asks["ask"]))


def _pressing(reference: Reference, kind: Kind, dice: Random) -> Urgency | None:
    """What the source says of urgency: sometimes what the matter is, mostly nothing."""
    matter = reference.matters.get(kind.matter)
    luck = dice.random()
    return matter.urgency if matter is not None and matter.urgency in {Urgency.U1, Urgency.U2} and luck < PRESSED else None


def _counted(dice: Random) -> int | None:
    luck, many = dice.random(), dice.random()
    return 2 + int(many * (MOST_COUNTED - 1)) if luck < COUNTED else None


def _hours(first: int) -> dict[str, Weighted[int]]:
    """Hours after the start, by the weights of the local hours that they are; `first` is the start's."""
    return {name: Weighted(range(24), [weights[(first + after) % 24] for after in range(24)]) for name, weights in HOURS.items()}


def sample_words() -> Mapping[str, Any]:
    """The words of the sample week (`connectors/samples/matters.yaml`)."""
    return _written(Path(samples.__file__).parent / "matters.yaml")


# --- kinds by source


@cache
def _kinds(source: Source) -> Weighted[Kind]:
    if source is Source.CITY_MANAGEMENT:
        return _found()
    if source is Source.JOINT_PATROL:
        return _worded([("", "joint-patrol")], "joint_patrol")
    if source is Source.DEPARTMENT:
        return _worded([(f"{profile.system}/", profile.standard) for profile in profiles().values()], "department")
    return _by_matter(source)


def _by_matter(source: Source) -> Weighted[Kind]:
    """What people tell: the kinds of the sample week, and those that this source hears of."""
    chosen: Mapping[str, float] | None = _own()["sources"].get(source.value)
    kinds = [one for one in _known() if one["matter"] not in SEALED_OR_NONE and (chosen is None or one["matter"] in chosen)]
    return Weighted([_kind(one) for one in kinds], [one["weight"] if chosen is None else chosen[one["matter"]] for one in kinds])


def _worded(lists: Sequence[tuple[str, str]], style: str) -> Weighted[Kind]:
    """What a patrol or a department's line has words for: each word told in one of the matter's texts, or by itself."""
    texts, made, weights = _own()["words"][style], [], []
    by_matter = {one["matter"]: one for one in _known()}
    for prefix, standard in lists:
        found = [word for word in words(standard) if word.matter not in SEALED_OR_NONE and word.intent is not Intent.INQUIRY]
        of_matter = [word.matter for word in found]
        for word in found:
            known = by_matter.get(word.matter)
            weight = (known["weight"] if known else SELDOM) / of_matter.count(word.matter)
            at = tuple(where for where in known["at"] if where != "none") if known else ()
            kind = Kind(word.matter, prefix + word.code, at or OUT_OF_DOORS, known["hours"] if known else "any", texts, _intent(word.intent, known), word.code)
            made += [kind, kind._replace(texts=known["texts"])] if known else [kind]
            weights += [weight * (1 - TOLD_BY_KIND), weight * TOLD_BY_KIND] if known else [weight]
    return Weighted(made, weights)


def _found() -> Weighted[Kind]:
    """City management's parts and events: all 158, some of them often."""
    often, texts = _own()["often"], _own()["found"]

    def kind(one: Type) -> Kind:
        letter = one.code[0]
        return Kind(one.matter, one.code, OUT_OF_DOORS, "day", texts[letter], Intent.HELP if letter == "P" else Intent.COMPLAINT, one.small)

    usual = list(types().values())
    return Weighted([kind(one) for one in usual], [often.get(one.code, ONCE) for one in usual])


def _kind(one: Mapping[str, Any]) -> Kind:
    return Kind(one["matter"], "", one["at"], one["hours"], one["texts"], _intent(None, one))


def _intent(said: Intent | None, known: Mapping[str, Any] | None) -> Intent:
    if said is not None:
        return said
    return next((intent for intent in Intent if known and intent.zh == known["intent"]), Intent.HELP)


@cache
def _known() -> Sequence[Mapping[str, Any]]:
    """Kinds of the sample week, then those of our own for matters that it lacks."""
    sample = sample_words()["matters"]
    there = {one["matter"] for one in sample}
    return (*sample, *(one for one in _own()["kinds"] if one["matter"] not in there))


def _own() -> Mapping[str, Any]:
    return _written(HERE / "matters.yaml")


@cache
def _written(path: Path) -> Mapping[str, Any]:
    content: Mapping[str, Any] = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506  safe loaders both
    return content
