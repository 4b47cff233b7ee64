"""Dead letters as people and programs are shown them. Numbers of persons are masked, and what is sealed is not shown."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from schemas.case import DeadLetter
from schemas.errors import NotFound
from schemas.masking import masked, masked_fields
from schemas.vocabulary import OutcomeKind
from ucc.dead_letters import Kept, Replayed, Shelf, behind, letters, named, opened, over, piles

SEALED = "not shown: the report is sealed, or may be"


def listed(shelf: Shelf, *, replayed: bool) -> Iterator[dict[str, Any]]:
    """The letters of a centre, report by report in the order in which they would be replayed; then, where they are asked for, those that were."""
    kept = letters(shelf.reader)
    gone = over(kept, shelf)
    for pile in piles(kept, gone):
        for one in pile.letters:
            yield _line(one.letter, behind(pile, one.letter), "waiting")
    if replayed:
        for one in kept:
            if one.letter.dead_letter_id in gone:
                yield _line(one.letter, "", "replayed")


def found(shelf: Shelf, name: str) -> Kept | None:
    """The letter with this id, or whose id begins so; none where there is none. Raises NotFound where there are several."""
    kept = letters(shelf.reader)
    try:
        return named(kept, name)
    except NotFound:
        if any(one.letter.dead_letter_id.startswith(name) for one in kept):
            raise
        return None


def shown(shelf: Shelf, kept: Kept, *, full: bool) -> dict[str, Any]:
    """All that is known of a letter. `full`: with the numbers of persons in it, unless its report is sealed or may be."""
    everything = letters(shelf.reader)
    gone = over(everything, shelf)
    letter, hops = opened(shelf.reader, kept)
    pile = next((pile for pile in piles(everything, gone) if kept in pile.letters), None)
    line = _line(letter, behind(pile, letter) if pile else "", "waiting" if pile else "replayed")
    after = [one.letter.dead_letter_id for one in everything if one.letter.replays == letter.dead_letter_id]
    hidden = letter.encoding == "sealed" or _may_be_sealed(shelf, letter, everything, gone)
    return line | {
        "raw_offset": letter.raw_offset,
        "raw_line": letter.raw_line,
        "place": letter.place,
        "receipt_id": letter.receipt_id,
        "replays": letter.replays,
        "followed_by": after,
        "origin": letter.origin,
        "hops": list(hops),
        "encoding": letter.encoding,
        "original": SEALED if hidden else _original(letter, full=full),
    }


def row(line: dict[str, Any], time_zone: str) -> str:
    """A letter in a line."""
    waits = f", waits behind {line['behind'][:8]}" if line["behind"] else ""
    often = f", failed {line['attempt']} times" if line["attempt"] > 1 else ""
    state = "" if line["standing"] == "waiting" else ", replayed"
    whose = f"{line['source']} {line['source_id']}".strip() or "nobody's"
    at = _time(line["at"], time_zone)
    return f"{line['dead_letter_id'][:8]}  {at}  {line['centre']}  {whose}  {line['stage']}/{line['code']}{often}{waits}{state}: {line['detail']}"


def text(said: dict[str, Any], time_zone: str) -> str:
    """A letter as a text."""
    original = said["original"]
    body = original if isinstance(original, str) else json.dumps(original, ensure_ascii=False, indent=2)
    fields = {
        "dead letter": said["dead_letter_id"],
        "centre": said["centre"],
        "report": f"{said['source']} {said['source_id']}".strip() or "it does not tell",
        "receipt": said["receipt_id"],
        "stage": said["stage"],
        "at": _time(said["at"], time_zone),
        "why": f"{said['detail']} [{said['code']}]",
        "attempt": said["attempt"],
        "standing": f"waits behind {said['behind']}" if said["behind"] else said["standing"],
        "in ucc.raw": "" if said["origin"] else f"frame {said['raw_offset']}, line {said['raw_line']}; first {said['place']}",
        "taken from": said["origin"],
        "replay of": said["replays"],
        "followed by": ", ".join(said["followed_by"]),
        "hops": "\n              ".join(said["hops"]),
    }
    return "\n".join([*(f"{name:<12}  {value}" for name, value in fields.items() if value != ""), "", body])


def summary(centre: str, done: Replayed) -> dict[str, Any]:
    """What a run has done, for programs."""
    return {
        "centre": centre,
        "replayed": [
            {
                "dead_letter_id": one.letter.dead_letter_id,
                "source": one.letter.source,
                "source_id": one.letter.source_id,
                "outcome": one.outcome.outcome.value if one.outcome else "",
                "case_id": one.outcome.case_id if one.outcome else "",
                "code": one.outcome.code if one.outcome else "",
                "detail": one.outcome.detail if one.outcome else "",
            }
            for one in done.done
        ],
        "failed": done.failed,
        "skipped": [{"dead_letter_id": one.head.dead_letter_id, "letters": one.letters, "why": one.why} for one in done.skipped],
        "left": done.left,
    }


def told(centre: str, done: Replayed) -> str:
    """What a run has done, for people."""
    lines = [f"centre {centre}: {len(done.done)} lines replayed, {done.failed} of them could not go on again"]
    for one in done.done:
        if one.outcome is None:
            end = "is on its way: nothing has folded it yet"
        elif one.outcome.outcome is OutcomeKind.DEAD:
            end = f"dead again: {one.outcome.detail} [{one.outcome.code}]"
        else:
            end = f"{one.outcome.outcome.value}{f' in case {one.outcome.case_id}' if one.outcome.case_id else ''}"
        lines.append(f"  {one.letter.dead_letter_id[:8]}  {one.letter.source} {one.letter.source_id}  {end}")
    for skipped in done.skipped:
        others = f" and {skipped.letters - 1} behind it" if skipped.letters > 1 else ""
        lines.append(f"  {skipped.head.dead_letter_id[:8]}  {skipped.head.source} {skipped.head.source_id}  not replayed{others}: {skipped.why}")
    if done.left:
        lines.append(f"  {done.left} more stand: run it again, or raise --budget")
    return "\n".join(lines)


def _line(letter: DeadLetter, waits_for: str, standing: str) -> dict[str, Any]:
    kept = ("dead_letter_id", "centre", "stage", "code", "source", "source_id", "attempt")
    said = {name: getattr(letter, name) for name in kept}
    return {**said, "detail": masked(letter.detail), "at": letter.at.isoformat(), "standing": standing, "behind": waits_for}


def _may_be_sealed(shelf: Shelf, letter: DeadLetter, everything: list[Kept], gone: frozenset[str]) -> bool:
    """Whether the report of a letter is known to be sealed, or has a line that nobody has classified yet."""
    if not letter.source_id:
        return False
    of_it = (one.letter for one in everything if (one.letter.source, one.letter.source_id) == (letter.source, letter.source_id))
    return any(one.encoding == "sealed" and one.dead_letter_id not in gone for one in of_it) or shelf.is_sealed(letter.source, letter.source_id)


def _original(letter: DeadLetter, *, full: bool) -> Any:  # noqa: ANN401  JSON, or a text where it is none
    if letter.encoding == "base64":
        return letter.original if full else f"{len(b64decode(letter.original))} bytes that are no text; --full shows them in base64"
    with suppress(orjson.JSONDecodeError):
        said = orjson.loads(letter.original)
        return said if full else masked_fields(said)
    return letter.original if full else masked(letter.original)


def _time(at: str, time_zone: str) -> str:
    return datetime.fromisoformat(at).astimezone(ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M:%S")
