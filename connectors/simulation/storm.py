"""A storm over the simulated district: within two hours, few places, many who tell of each (the sample week's storm)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from connectors.samples.places import moved, pick
from connectors.simulation.happening import Happening
from connectors.simulation.happenings import Weighted, sample_words
from connectors.simulation.spots import Spots
from reference.pack import Reference
from schemas.vocabulary import Intent, Source, Urgency

FIRST_NUMBER = 2_500_001
"""Numbers of a storm's happenings; those of an ordinary day begin at 1."""
BREAKS_AFTER, LASTS = timedelta(hours=12, minutes=20), timedelta(hours=2)
SPOT_M = 18.0
"""How far apart those stand who tell of the same thing: nearer than any merge radius."""
PRESSED = 0.3


def storm(reference: Reference, source: Source, count: int, seed: int, start: datetime) -> Iterator[Happening]:
    """`count` things told through `source` of a storm that breaks 12 h 20 min after `start` (aware), in the order of time. The same arguments, the same storm.

    All sources of a seed tell of the same places: most of it merges.
    """
    ground, dice = Random(f"{seed}/storm"), Random(f"{seed}/storm/{source.value}")  # noqa: S311  no secret: it has to be the same again
    spots, words = Spots(reference, ground), sample_words()
    kinds = Weighted(words["storm"], [kind["weight"] * kind["callers"] for kind in words["storm"]])
    hit = [(kind, spots.one(pick(ground, kind["at"])), ground.random() * 0.5) for kind in (kinds.one(ground) for _ in range(max(4, count // 12)))]
    told = sorted(((pick(dice, hit), dice.random()) for _ in range(count)), key=lambda one: one[0][2] + one[1] * 0.5)
    for number, ((kind, place, began), after) in enumerate(told, start=FIRST_NUMBER):
        lng, lat = moved(dice, place.lng, place.lat, SPOT_M)
        text = pick(dice, kind["texts"]).format(at=place.name, when=pick(dice, words["when"]), ask=pick(dice, words["ask"]))
        yield Happening(
            number,
            seed,
            start + BREAKS_AFTER + LASTS * (began + after * 0.5),
            kind["matter"],
            text,
            place._replace(lng=lng, lat=lat),
            Intent.HELP,
            Urgency.U2 if dice.random() < PRESSED else None,
        )
