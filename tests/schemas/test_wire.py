from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BrokenFrame, NewerFrame
from schemas.frame import MAX_LINE_BYTES, MAX_LINES, Frame, Header, frame_of
from schemas.wire import FRAME_BYTES, HEADER, LARGEST_MESSAGE, frame_from, headers_of, portions

LINES = st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b" ")), min_size=1, max_size=20)
OFFSETS = st.none() | st.integers(0, 2**63 - 1)


def read(value: bytes | None, headers: list[tuple[str, bytes | None]]) -> Frame:
    """A message of the centre pukou in ucc.events, as a frame."""
    return frame_from(value, headers, centre="pukou", topic="ucc.events", where="ucc.events/3 17")


@given(LINES, OFFSETS, OFFSETS, st.lists(st.text(max_size=9), max_size=3))
def test_a_frame_comes_back_out_of_its_message(lines: list[bytes], raw_offset: int | None, previous: int | None, hops: list[str]) -> None:
    frame = frame_of("gulou", "report", lines, source="petition", raw_offset=raw_offset, previous=previous, hops=tuple(hops))
    assert read(frame.body, [("trace", b"x"), *headers_of(frame)]) == frame


def test_a_message_without_our_header_is_a_frame_of_the_place_where_it_lies() -> None:
    assert read(b"{}", []) == Frame(Header(centre="pukou", kind="ucc.events", lines=1), b"{}")
    assert read(b"{}\n{}\n{}", [("else", b"x"), (HEADER, None)]) == Frame(Header(centre="pukou", kind="ucc.events", lines=3), b"{}\n{}\n{}")


def test_a_message_that_is_no_frame_is_refused_with_its_place() -> None:
    with pytest.raises(BrokenFrame, match=r"^ucc\.events/3 17: the message is empty"):
        read(None, [])
    with pytest.raises(BrokenFrame, match=r"^ucc\.events/3 17: the header is not readable"):
        read(b"{}", [(HEADER, b"{")])
    with pytest.raises(NewerFrame, match=r"^ucc\.events/3 17: the frame has version 9"):
        read(b"{}", [(HEADER, b'{"v":9,"centre":"pukou","of":"tomorrow"}')])


@given(st.lists(st.integers(0, 5) | st.sampled_from([FRAME_BYTES - 1, FRAME_BYTES, MAX_LINE_BYTES]), max_size=12), st.integers(0, 1_100))
def test_lines_go_into_frames_that_a_message_holds_none_lost_and_in_their_order(sizes: list[int], small: int) -> None:
    lines = [b"x" * size for size in sizes] + [str(number).encode() for number in range(small)]
    made = list(portions(lines))
    assert [line for portion in made for line in portion] == lines
    for portion in made:
        frame = frame_of("pukou", "report", portion)
        assert 1 <= frame.header.lines <= MAX_LINES
        assert len(portion) == 1 or len(frame.body) <= FRAME_BYTES
        assert len(frame.body) < LARGEST_MESSAGE


def test_no_more_frames_are_made_than_are_needed() -> None:
    assert [len(portion) for portion in portions([b"x"] * 1_001)] == [500, 500, 1]
    assert list(portions([])) == []
    assert list(portions([b"x", b"y"])) == [[b"x", b"y"]]
