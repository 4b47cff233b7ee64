"""Dead letters of a centre: read from their topic, laid in the order in which they may be replayed, and replayed.

The lines of one report are a pile: the first has failed, the others wait behind it. A pile is replayed as a whole, in its order, as new
lines of `ucc.raw`; the fold says what becomes of them. Replaying twice is harmless (`pipeline.casework.letters`), so a command that was
killed is simply run again.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import orjson
from pydantic import ValidationError

from pipeline.casework.rows import register_key
from schemas.case import DeadLetter, Outcome
from schemas.errors import InvalidField, LogUnavailable, NotFound, Refused
from schemas.event import DismissEvent
from schemas.ports import FrameReader
from schemas.report import Accepted
from schemas.topics import DEAD_LETTERS, OUTCOMES

if TYPE_CHECKING:
    from ucc.acceptance import Acceptance

DOOR = "dead letters"
"""The door through which replays are accepted."""
FRAME = 50
"""Lines that are replayed in one frame: a live report never waits long behind them."""
BUDGET = 200
"""Lines that are replayed in one run."""
MOST_ATTEMPTS = 3
"""A line that has failed so often is replayed only when it is named: something has to be mended first."""
SHORTEST_NAME = 6
"""Signs of an id that name a letter, where no other begins with them."""
IN_ORDER = ("intake", "casework")
"""Stages of lines that were accepted: they have a place in the order of their report."""


class Shelf(Protocol):
    """What an installation knows of the dead letters of a centre."""

    @property
    def centre(self) -> str:
        """Whose they are."""
        ...

    @property
    def reader(self) -> FrameReader:
        """Reads `ucc.dead-letters` and `ucc.outcomes`."""
        ...

    def replayed(self, letters: Sequence[DeadLetter]) -> frozenset[str]:
        """Ids of those that were replayed and stand no more, as far as is known now."""
        ...

    def hidden(self, name: str) -> bytes | None:
        """The original of a letter whose report may be sealed."""
        ...

    def is_sealed(self, source: str, source_id: str) -> bool:
        """Whether a report is known to be sealed."""
        ...

    def accepted(self, letter: DeadLetter, original: bytes) -> Accepted:
        """The line of a letter that was refused before it was accepted, read again; raises Refused with the sentence when it still cannot be."""
        ...

    def append(self, lines: Sequence[Accepted], source: str) -> tuple[int, int]:
        """Appends lines to `ucc.raw`, durable on return; first and last raw offset of their frames. Raises LogUnavailable."""
        ...

    def dismiss(self, event: DismissEvent) -> tuple[int, int]:
        """Appends the decision to `ucc.raw`, durable on return; first and last raw offset of its frame. Raises LogUnavailable."""
        ...

    def wait(self) -> bool:
        """Waits a while for what was appended to be folded; False when there is nothing more to wait for."""
        ...


class Kept(NamedTuple):
    """A letter without its original, and where it lies in its topic."""

    letter: DeadLetter
    frame: int
    line: int


class Pile(NamedTuple):
    """The standing letters of one report, in the order of their lines."""

    letters: tuple[Kept, ...]

    @property
    def head(self) -> DeadLetter:
        """The one that has failed; the others wait behind it."""
        return self.letters[0].letter


class Skipped(NamedTuple):
    """A pile that is not replayed, and why."""

    head: DeadLetter
    letters: int
    why: str


class Done(NamedTuple):
    """What became of a replayed letter."""

    letter: DeadLetter
    outcome: Outcome | None
    """None: it is not folded yet."""


class Replayed(NamedTuple):
    """What a run has done."""

    done: tuple[Done, ...]
    skipped: tuple[Skipped, ...]
    left: int
    """Letters that the budget did not reach."""

    @property
    def failed(self) -> int:
        """How many did not go on."""
        return sum(one.outcome is not None and one.outcome.outcome == "dead" for one in self.done)


def letters(reader: FrameReader) -> list[Kept]:
    """All dead letters of a centre that its topic still has, oldest first, without their originals; each once, though it may have been written twice.

    Raises LogUnavailable.
    """
    found: dict[str, Kept] = {}
    after = -1
    while frames := reader.read(DEAD_LETTERS.name, after, 64):
        for placed in frames:
            for number, line in enumerate(placed.frame.lines()):
                letter = DeadLetter.model_validate_json(line)
                found[letter.dead_letter_id] = Kept(letter.model_copy(update={"original": ""}), placed.offset, number)
        after = frames[-1].offset
    return list(found.values())


def opened(reader: FrameReader, kept: Kept) -> tuple[DeadLetter, tuple[str, ...]]:
    """A letter with its original, and the hops of its frame."""
    frame = reader.read(DEAD_LETTERS.name, kept.frame - 1, 1)[0].frame
    return DeadLetter.model_validate_json(frame.lines()[kept.line]), frame.header.hops


def over(kept: Sequence[Kept], shelf: Shelf) -> frozenset[str]:
    """Ids of the letters that stand no more: replayed, or followed by a letter of the same line."""
    return shelf.replayed([one.letter for one in kept]) | {one.letter.replays for one in kept if one.letter.replays}


def piles(kept: Iterable[Kept], gone: frozenset[str]) -> list[Pile]:
    """The letters that stand, report by report; the one whose head is the oldest first. What tells of no report, or was never accepted, is a pile of its own."""
    found: dict[str, list[Kept]] = {}
    for one in kept:
        letter = one.letter
        if letter.dead_letter_id not in gone:
            in_order = letter.stage in IN_ORDER and letter.source_id
            found.setdefault(register_key(letter.source, letter.source_id) if in_order else letter.dead_letter_id, []).append(one)
    laid = [Pile(tuple(sorted(pile, key=lambda one: one.letter.place))) for pile in found.values()]
    return sorted(laid, key=lambda pile: (pile.head.at, pile.head.place))


def named(kept: Sequence[Kept], name: str) -> Kept:
    """The letter with this id, or the one whose id begins so. Raises NotFound."""
    found = [one for one in kept if one.letter.dead_letter_id.startswith(name)] if len(name) >= SHORTEST_NAME else []
    if len(found) != 1:
        raise NotFound(f"{len(found)} dead letters begin so: say more of the id" if found else "there is no dead letter with this id", where=name)
    return found[0]


def original_of(letter: DeadLetter, shelf: Shelf) -> bytes:
    """The line as it was; raises Refused when it is not there any more."""
    if letter.encoding == "sealed":
        hidden = shelf.hidden(letter.dead_letter_id)
        if hidden is None:
            raise Refused("its line is not in the sealed store")
        return hidden
    return b64decode(letter.original) if letter.encoding == "base64" else letter.original.encode()


def line_of(letter: DeadLetter, shelf: Shelf) -> Accepted:
    """The line of `ucc.raw` that replays a letter. Raises Refused with the sentence that says why there is none."""
    if letter.stage == "accept":
        return shelf.accepted(letter, original_of(letter, shelf)).model_copy(update={"replays": letter.dead_letter_id})
    if letter.stage not in IN_ORDER:
        raise Refused("the warehouse refused it; mend the warehouse and land it again")
    try:
        said = orjson.loads(original_of(letter, shelf))
        line = Accepted.model_validate({name: said[name] for name in ("receipt_id", "accepted_at", "report")})
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise Refused("its line holds no report") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise InvalidField(f"its report is not as this release reads it: {first['msg']}") from error
    return line.model_copy(update={"replays": letter.dead_letter_id, "first_place": letter.place})


def replay(shelf: Shelf, names: Sequence[str], budget: int, moved: Callable[[int], None] = lambda _: None) -> Replayed:
    """Replays the letters named, with all that stand of their reports; all that stand, where none is named. `moved` is told how many are folded.

    At most `budget` lines, whole piles where they fit. Raises NotFound for a name that there is not, LogUnavailable.
    """
    kept = letters(shelf.reader)
    gone = over(kept, shelf)
    wanted = {latest(kept, named(kept, name).letter.dead_letter_id) for name in names}
    standing = piles(kept, gone)
    skipped = [Skipped(one.letter, 1, "it was replayed before") for one in kept if one.letter.dead_letter_id in wanted & gone]
    lines: list[tuple[DeadLetter, Accepted]] = []
    left = 0
    for pile in standing:
        if wanted and not wanted & {one.letter.dead_letter_id for one in pile.letters}:
            continue
        if pile.head.attempt >= MOST_ATTEMPTS and not wanted:
            skipped.append(Skipped(pile.head, len(pile.letters), f"it has failed {pile.head.attempt} times: mend what is wrong, then name it"))
            continue
        room = budget - len(lines)
        if left or not room or (len(pile.letters) > room and lines):
            left += len(pile.letters)
            continue
        found, why = _lines_of(pile.letters[:room], shelf)
        lines += found
        left += max(0, len(pile.letters) - room)
        if why:
            skipped.append(Skipped(pile.head, len(pile.letters) - len(found), why))
    return Replayed(tuple(_through(shelf, lines, moved)), tuple(skipped), left)


def latest(kept: Sequence[Kept], name: str) -> str:
    """The letter that stands for the line of a letter now: a replay in vain left another."""
    after = {one.letter.replays: one.letter.dead_letter_id for one in kept if one.letter.replays}
    while name in after:
        name = after[name]
    return name


def _lines_of(pile: Sequence[Kept], shelf: Shelf) -> tuple[list[tuple[DeadLetter, Accepted]], str]:
    """The lines of a pile up to the first that cannot be replayed, and why that one cannot."""
    found: list[tuple[DeadLetter, Accepted]] = []
    for one in pile:
        letter, _ = opened(shelf.reader, one)
        try:
            found.append((one.letter, line_of(letter, shelf)))
        except Refused as refusal:
            return found, str(refusal)
    return found, ""


def _through(shelf: Shelf, lines: Sequence[tuple[DeadLetter, Accepted]], moved: Callable[[int], None]) -> Iterator[Done]:
    """Appends the lines, portion by portion, and waits for their outcomes."""
    after = shelf.reader.end(OUTCOMES.name)
    ours = [shelf.append([line for _, line in portion], portion[0][0].source) for portion in _portions(lines)]
    found = ends_of(shelf, after, ours, len(lines), moved)
    for letter, _ in lines:
        yield Done(letter, found.get(letter.dead_letter_id))


def ends_of(shelf: Shelf, after: int, ours: Sequence[tuple[int, int]], wanted: int, moved: Callable[[int], None] = lambda _: None) -> Mapping[str, Outcome]:
    """What became of replays, by letter: so many outcomes of frames of ours, behind an offset of `ucc.outcomes`; fewer where nothing more comes."""
    found: dict[str, Outcome] = {}
    waits = bool(ours)
    while waits and len(found) < wanted:
        waits = shelf.wait()
        while frames := shelf.reader.read(OUTCOMES.name, after, 64):
            found |= _ends(ours, (line for placed in frames for line in placed.frame.lines()))
            after = frames[-1].offset
            waits = waits and (frames[-1].frame.header.raw_offset or 0) <= ours[-1][1]
        moved(len(found))
    return found


def _portions(lines: Sequence[tuple[DeadLetter, Accepted]]) -> Iterator[Sequence[tuple[DeadLetter, Accepted]]]:
    first = 0
    for number in range(1, len(lines) + 1):
        if number == len(lines) or number - first == FRAME or lines[number][0].source != lines[first][0].source:
            yield lines[first:number]
            first = number


def _ends(ours: Sequence[tuple[int, int]], lines: Iterable[bytes]) -> Mapping[str, Outcome]:
    ends = (Outcome.model_validate_json(line) for line in lines if b'"replays"' in line)
    return {end.replays: end for end in ends if end.replays and any(first <= end.raw_offset <= last for first, last in ours)}


def appended(acceptance: Acceptance | None, lines: Sequence[Accepted], source: str) -> tuple[int, int]:
    """Appends lines through an acceptance; first and last raw offset of their frames. Raises LogUnavailable."""
    placed: list[tuple[int, int]] = []

    def note(first: int, last: int) -> bytes:
        placed.append((first, last))
        return orjson.dumps({"first": first, "last": last})

    opened_to_write(acceptance).take(lines, source, note)
    return placed[-1]


def opened_to_write(acceptance: Acceptance | None) -> Acceptance:
    """The acceptance of a shelf that was opened to be changed. Raises LogUnavailable for one that was opened to be read."""
    if acceptance is None:
        raise LogUnavailable("these dead letters are open to be read, not to be replayed")
    return acceptance


def behind(pile: Pile, letter: DeadLetter) -> str:
    """Id of the letter that one waits behind; empty where it is the first itself."""
    return "" if pile.head.dead_letter_id == letter.dead_letter_id else pile.head.dead_letter_id
