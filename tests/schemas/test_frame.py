from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BrokenFrame
from schemas.frame import MAX_LINE_BYTES, MAX_LINES, VERSION, Frame, Header, frame_of, header_from

LINES = st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b" ")), min_size=1, max_size=20)


@given(LINES, st.none() | st.integers(0), st.none() | st.integers(-1), st.lists(st.text(max_size=9).filter(lambda hop: hop.isprintable()), max_size=2))
def test_a_frame_comes_back_as_it_was_written(lines: list[bytes], raw: int | None, previous: int | None, hops: list[str]) -> None:
    frame = frame_of("pukou", "report", lines, source="petition", raw_offset=raw, previous=previous, hops=tuple(hops))
    again = Frame(header_from(frame.header.to_json(), "here"), frame.body)
    assert again == frame
    assert again.lines() == lines
    assert (again.header.lines, again.header.v) == (len(lines), VERSION)


@pytest.mark.parametrize("count", [0, MAX_LINES + 1])
def test_a_frame_has_one_to_five_hundred_lines(count: int) -> None:
    with pytest.raises(BrokenFrame, match=f"1 to 500 lines, not {count}"):
        frame_of("pukou", "report", [b"{}"] * count)


def test_a_frame_may_be_full() -> None:
    assert len(frame_of("pukou", "report", [b"{}"] * MAX_LINES).lines()) == 500


def test_a_line_feed_within_a_line_is_refused() -> None:
    with pytest.raises(BrokenFrame, match="line feed") as caught:
        frame_of("pukou", "report", [b"{}", b"{\n}"])
    assert caught.value.where == "pukou"


def test_a_line_may_have_a_mebibyte_and_no_byte_more() -> None:
    assert len(frame_of("c", "report", [b"{}", b"x" * MAX_LINE_BYTES]).body) == MAX_LINE_BYTES + 3
    with pytest.raises(BrokenFrame, match=f"{MAX_LINE_BYTES + 1} bytes"):
        frame_of("c", "report", [b"{}", b"x" * (MAX_LINE_BYTES + 1)])


def test_many_lines_may_together_have_more_than_one_line_may() -> None:
    assert frame_of("c", "report", [b"x" * (MAX_LINE_BYTES // 2)] * 5).header.lines == 5


@pytest.mark.parametrize("version", [0, 2, 99])
def test_a_header_of_another_version_is_refused_by_its_version_even_where_it_has_fields_that_we_do_not_know(version: int) -> None:
    header = orjson.dumps({"v": version, "centre": "c", "kind": "report", "lines": 1, "compression": "zstd"})
    with pytest.raises(
        BrokenFrame, match=rf"^intake\.db 7: the frame has version {version}; this release reads 1: run the release that wrote it, or a newer one$"
    ):
        header_from(header, "intake.db 7")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"v":1}', b'{"v":"x"}', b'{"v":1,"centre":"c","kind":"report","lines":1,"unknown":0}', b"\xff"])
def test_a_header_that_is_none_is_refused_with_where_it_was(data: bytes) -> None:
    with pytest.raises(BrokenFrame, match=r"^here: the header is not readable: "):
        header_from(data, "here")


@pytest.mark.parametrize("body", [b"a\nb", b"a\nb\nc\nd", b""])
def test_a_frame_that_lost_lines_is_noticed(body: bytes) -> None:
    with pytest.raises(BrokenFrame, match="its header says 3"):
        Frame(Header(centre="c", kind="report", lines=3), body).lines()
