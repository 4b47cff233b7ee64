from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connectors import records
from connectors.records import Lines, LongLine, fingerprint


def chunked(data: bytes, size: int) -> list[bytes]:
    return [data[i : i + size] for i in range(0, len(data), size)]


@given(st.binary(max_size=200).map(lambda b: b.replace(b"\xff", b"\n")), st.integers(1, 50), st.integers(1, 7))
def test_lines_are_those_of_the_bytes_however_they_are_cut_into_chunks(data: bytes, size: int, step: int) -> None:
    lines = Lines(iter(chunked(data, size)))
    found = []
    while ahead := lines.ahead(step):
        assert data[lines.offset :].startswith(ahead[0])
        lines.pass_over(len(ahead))
        found += ahead
    expected = data.split(b"\n")
    assert found == (expected[:-1] if expected[-1] == b"" else expected)
    assert lines.offset == len(data)
    assert lines.number == len(found) + 1


@given(st.integers(0, 3), st.integers(-3, 400_000), st.integers(50_000, 300_000))
def test_a_line_that_is_too_long_is_counted_and_only_its_beginning_kept(before: int, over: int, size: int) -> None:
    length = records.MAX_RECORD_BYTES + over
    data = b"ab\n" * before + b"x" * length + b"\ncd"
    lines = Lines(iter(chunked(data, size)))
    found = lines.ahead(10)
    assert [bytes(line) for line in found[:before]] == [b"ab"] * before
    long = found[before]
    assert isinstance(long, LongLine) == (length > records.MAX_RECORD_BYTES)
    if isinstance(long, LongLine):
        assert (long.length, len(long), lines.has_long) == (length, records.KEPT_OF_REFUSED, True)
    assert found[before + 1 :] == [b"cd"]
    lines.pass_over(before + 1)
    assert lines.offset == len(data) - 2
    assert not lines.has_long
    lines.pass_over(1)
    assert lines.offset == len(data)


def test_fingerprints_tell_headers_apart() -> None:
    assert fingerprint(["a", "b"]) == fingerprint(["a", "b"]) != fingerprint(["b", "a"])
