from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from pipeline.runtime.kafka.taking import CENTRE_HEADER, Line, Message, Read, Taking
from schemas import metrics
from schemas.ages import age_of
from schemas.case import DeadLetter
from schemas.errors import NotFound
from schemas.event import Centre
from schemas.frame import MAX_LINES, Frame
from schemas.ids import receipt_id
from schemas.report import Accepted
from schemas.topics import DEAD_LETTERS, RAW
from schemas.vocabulary import Source
from ucc.home import Home
from ucc.reading import read_message

PUKOU = Centre(centre="pukou", name="浦口", partition=3, pack_name="pukou")
GULOU = Centre(centre="gulou", name="鼓楼", partition=1, pack_name="pukou")


class Sent:
    """What was sent, and to where; it takes as long as the broker does: a turn of the loop."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, int, Frame]] = []

    async def __call__(self, topic: str, partition: int, frame: Frame) -> None:
        await asyncio.sleep(0)
        self.frames.append((topic, partition, frame))

    def lines(self, topic: str) -> list[bytes]:
        """All lines that went to a topic."""
        return [line for where, _, frame in self.frames if where == topic for line in frame.lines()]

    def letters(self) -> list[DeadLetter]:
        """All dead letters."""
        return [DeadLetter.model_validate_json(line) for line in self.lines(DEAD_LETTERS.name)]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads our own words, in a home without mappings."""
    return read_message(Home(tmp_path))


def said(number: int, **more: object) -> bytes:
    """A line of a department."""
    return json.dumps({"source_id": f"A-{number}", "order_key": "1", "reported_at": "2026-03-02T08:00:00Z", "text": "路灯不亮"} | more).encode()


def take(read: Read, value: bytes, *, centres: Iterable[Centre] = (PUKOU,), offset: int = 7, centre: str | None = None) -> Sent:
    """What a message becomes."""
    sent = Sent()
    headers = [("trace", b"x"), *([(CENTRE_HEADER, centre.encode())] if centre is not None else [])]
    asyncio.run(Taking(Source.DEPARTMENT, read, lambda: centres, sent, "w1").take(Message(2, offset, value, headers)))
    return sent


def counted(name: str, **labels: str) -> float:
    """A counter of ours."""
    return metrics.REGISTRY.get_sample_value(name, labels) or 0


def test_a_good_message_becomes_a_raw_frame_of_the_centre_that_tells_where_it_was_taken_from(read: Read) -> None:
    before = counted("ucc_taken_total", source="department", outcome="accepted")
    sent = take(read, b"\n".join(said(number) for number in range(3)))
    ((topic, partition, frame),) = sent.frames
    assert (topic, partition) == (RAW.name, PUKOU.partition)
    assert (frame.header.centre, frame.header.kind, frame.header.source, frame.header.lines) == ("pukou", "report", "department", 3)
    assert frame.header.hops[0].split(" ")[0::2][:2] == ["accept", "ucc.in.department/2/7"]
    assert (age_of(frame.header) or 99) < 60
    accepted = [Accepted.model_validate_json(line) for line in frame.lines()]
    assert [line.report.source_id for line in accepted] == ["A-0", "A-1", "A-2"]
    assert accepted[0].receipt_id == receipt_id("pukou", "department", "A-0", "1")
    assert counted("ucc_taken_total", source="department", outcome="accepted") - before == 3


def test_bad_lines_become_dead_letters_and_the_others_go_on(read: Read) -> None:
    before = counted("ucc_taken_total", source="department", outcome="refused"), counted("ucc_dead_letters_total", centre="pukou", stage="accept")
    sent = take(read, b"\n".join([said(0), b"{", said(1, reported_at="bald"), b"\xff\xfe", said(2)]))
    assert [json.loads(line)["report"]["source_id"] for line in sent.lines(RAW.name)] == ["A-0", "A-2"]
    assert [(topic, partition) for topic, partition, _ in sent.frames] == [(RAW.name, 3), (DEAD_LETTERS.name, 3)]
    letters = sent.letters()
    assert [(letter.code, letter.stage, letter.source, letter.origin) for letter in letters] == [
        ("unreadable-line", "accept", "department", "ucc.in.department/2/7/1"),
        ("invalid-field", "accept", "department", "ucc.in.department/2/7/2"),
        ("unreadable-line", "accept", "department", "ucc.in.department/2/7/3"),
    ]
    assert [(letter.original, letter.encoding) for letter in letters] == [
        ("{", "utf-8"),
        (said(1, reported_at="bald").decode(), "utf-8"),
        ("//4=", "base64"),
    ]
    after = counted("ucc_taken_total", source="department", outcome="refused"), counted("ucc_dead_letters_total", centre="pukou", stage="accept")
    assert (after[0] - before[0], after[1] - before[1]) == (3, 3)


def test_a_message_that_is_taken_again_is_a_resend_with_the_same_ids(read: Read) -> None:
    value = b"\n".join([said(0), b"{", said(1)])
    first, again, later = take(read, value), take(read, value), take(read, value, offset=8)
    receipts = [[Accepted.model_validate_json(line).receipt_id for line in sent.lines(RAW.name)] for sent in (first, again, later)]
    assert receipts[0] == receipts[1] == receipts[2]
    letters = [sent.letters()[0].dead_letter_id for sent in (first, again, later)]
    assert letters[0] == letters[1] != letters[2], "another message has letters of its own"


@pytest.mark.parametrize("value", [b"", b"\n \n"])
def test_a_message_of_nothing_is_nothing(read: Read, value: bytes) -> None:
    assert take(read, value).frames == []
    assert take(read, value, centre="lost").frames == []


# --- whose it is


@pytest.mark.parametrize(
    ("centres", "header", "centre"),
    [
        ([PUKOU], None, PUKOU),
        ([PUKOU], "", PUKOU),
        ([PUKOU], "pukou", PUKOU),
        ([PUKOU, GULOU], "pukou", PUKOU),
        ([PUKOU, GULOU], "gulou", GULOU),
    ],
)
def test_the_header_says_which_centre_it_is_for_where_there_is_more_than_one(read: Read, centres: list[Centre], header: str | None, centre: Centre) -> None:
    sent = take(read, said(0), centres=centres, centre=header)
    assert [(topic, partition, frame.header.centre) for topic, partition, frame in sent.frames] == [(RAW.name, centre.partition, centre.centre)]


@pytest.mark.parametrize(("centres", "header"), [([PUKOU], "lost"), ([PUKOU, GULOU], "lost"), ([PUKOU, GULOU], None)])
def test_what_is_for_nobody_that_is_there_is_kept_at_the_first_centres_desk(read: Read, centres: list[Centre], header: str | None) -> None:
    sent = take(read, b"\n".join([said(0), said(1)]), centres=centres, centre=header)
    desk = min(centres, key=lambda centre: centre.partition)
    assert {(topic, partition, frame.header.centre) for topic, partition, frame in sent.frames} == {(DEAD_LETTERS.name, desk.partition, desk.centre)}
    letters = sent.letters()
    assert [letter.original for letter in letters] == [said(0).decode(), said(1).decode()]
    assert {(letter.code, letter.detail) for letter in letters} == {
        ("invalid-field", f"there is no centre {header or ''!r}; there are {', '.join(sorted(centre.centre for centre in centres))}")
    }


def test_before_there_is_a_centre_a_message_is_not_taken(read: Read) -> None:
    with pytest.raises(NotFound, match="there is no centre yet: `ucc reference use` makes one"):
        take(read, said(0), centres=[])


# --- junk


@pytest.mark.parametrize("header", ["pukou", "lost"])
@pytest.mark.parametrize(
    "junk",
    [b"x" * (4 << 20), b"\xff" * (4 << 20), b"\x00" * (2 << 20), b'{"text":"' + b"x" * (4 << 20) + b'"}', b"\n".join([b"y" * 70_000] * 40)],
    ids=["a line", "bytes", "zeros", "an object", "long lines"],
)
def test_junk_of_megabytes_is_a_dead_letter_of_bounded_size(read: Read, header: str, junk: bytes) -> None:
    sent = take(read, junk, centre=header)
    assert {topic for topic, *_ in sent.frames} == {DEAD_LETTERS.name}
    assert len(sent.letters()) == junk.count(b"\n") + 1
    assert all(len(letter.original) <= 90_000 for letter in sent.letters())


@pytest.mark.parametrize("header", ["pukou", "lost"])
def test_however_many_lines_a_message_has_only_a_frame_of_them_is_in_memory(read: Read, header: str) -> None:
    asked, most = 0, 0
    sent = Sent()

    def noting(source: Source, centre: str, message: bytes) -> Iterator[Line]:
        nonlocal asked, most
        for line in read(source, centre, message):
            asked += 1
            most = max(most, asked - len(sent.frames) * MAX_LINES)
            yield line

    value = b"x\n" * 3_123
    asyncio.run(Taking(Source.DEPARTMENT, noting, lambda: [PUKOU], sent, "w1").take(Message(2, 7, value, [(CENTRE_HEADER, header.encode())])))
    letters = sent.letters()
    assert len({letter.dead_letter_id for letter in letters}) == len(letters) == 3_123
    assert letters[-1].origin == "ucc.in.department/2/7/3122"
    assert most <= MAX_LINES
