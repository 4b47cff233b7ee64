"""Simulated payloads for tests: things that happen here and there in the district, and how each source puts them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from random import Random
from typing import Any

from connectors.samples.places import Place
from connectors.simulation.happening import Happening
from schemas.vocabulary import Intent, Source, Urgency
from tests.connectors.pushed import NOW

MATTERS = ("0101", "0203", "0204", "0301", "0501", "0701", "0802", "1201", "1001", "0709")
STREETS = ("江浦街道", "桥林街道", "汤泉街道", "永宁街道", "星甸街道")
INTENTS = (Intent.HELP, Intent.COMPLAINT, Intent.ACCUSATION, Intent.SUGGESTION, Intent.INQUIRY, Intent.PRAISE, Intent.OTHER)
URGENCIES = (None, None, None, Urgency.U1, Urgency.U2, Urgency.U3, Urgency.U4)


def happenings(count: int, seed: int = 7) -> Iterator[Happening]:
    """So many things, at places of their own, over a day."""
    dice = Random(seed)
    for number in range(1, count + 1):
        street, house = dice.choice(STREETS), dice.randrange(1, 300)
        place = Place(
            f"测试路{house}号", f"浦口区{street}测试路{house}号", f"{street[:2]}社区", street, 118.4 + dice.random() * 0.3, 31.9 + dice.random() * 0.25
        )
        yield Happening(
            number=number,
            seed=seed,
            at=(NOW - timedelta(seconds=dice.randrange(3600, 86_400))).replace(microsecond=0),
            matter=dice.choice(MATTERS),
            text=f"测试路{house}号附近有情况，第{number}次反映，请尽快处理。",
            place=None if dice.random() < 0.1 else place,
            intent=dice.choice(INTENTS),
            urgency=dice.choice(URGENCIES),
            persons=dice.choice((None, None, 2, 14)),
        )


def payload_of(source: Source, happening: Happening, dice: Random) -> dict[str, Any]:
    """As the source's own simulation puts it."""
    if source is Source.DEPARTMENT and not happening.code:
        happening = happening._replace(code="water/爆管")
    made: dict[str, Any] = import_module(f"connectors.simulation.{source.value}").payload(happening, dice)
    return made
