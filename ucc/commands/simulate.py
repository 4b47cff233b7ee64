"""`ucc simulate`: what a source would push, made up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from schemas.errors import BrokenSetting
from schemas.vocabulary import Source

MOST_REPORTS = 2_000_000
"""A day of the largest city has a tenth of it; all of them are held in memory."""
MOST_SEED = 999_999_999
WRITTEN_AT_ONCE = 500


def simulate(
    source: Annotated[Source, typer.Option(help="Whose lines.")],
    reports: Annotated[int, typer.Option(min=0, max=MOST_REPORTS, help="How many lines.")] = 10,
    seed: Annotated[int, typer.Option(min=0, max=MOST_SEED, help="The same seed gives the same lines, another one other reports.")] = 1,
    start: Annotated[str, typer.Option(help="Begin of the day that they are of, ISO; without an offset in the pack's time zone. Not given: 2025-07-07.")] = "",
    faults: Annotated[
        bool, typer.Option("--faults", help="The real world's faults, too: sent twice, revised, taken back, no point, mistyped, cut off, bursts, a storm.")
    ] = False,
    pack: Annotated[str, typer.Option(help="Where they happen: a shipped reference pack, or the folder of one.")] = "pukou",
) -> None:
    """Writes lines of JSON as a source would push them: each a sound report of its own, in the source's own fields and words.

    With `--faults` there are more lines than reports, and some are not sound. No centre is needed; nobody said any of it.

    Example: `ucc simulate --source hotline12345 --reports 100 --seed 7 > lines.jsonl`.
    """
    from connectors.simulation.faults import faulty_payloads
    from connectors.simulation.simulate import DEFAULT_START, payloads
    from reference import load, shelf

    reference = load.load(shelf.find(pack))
    day = _instant(start, ZoneInfo(reference.time_zone)) if start else DEFAULT_START
    out, waiting = typer.get_binary_stream("stdout"), []
    for line in (faulty_payloads if faults else payloads)(reference, source, reports, seed, day):
        waiting.append(line)
        if len(waiting) == WRITTEN_AT_ONCE:
            out.write(b"\n".join(waiting) + b"\n")
            waiting.clear()
    if waiting:
        out.write(b"\n".join(waiting) + b"\n")
    out.flush()


def _instant(text: str, zone: ZoneInfo) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BrokenSetting("is no instant that we can read (2026-03-02, 2026-03-02T08:00:00+08:00)", where="--start") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=zone)
