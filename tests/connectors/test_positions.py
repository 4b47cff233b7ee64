"""Of each responder the newest fix, once; nothing late replaces it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.positions import Latest, placed
from schemas.command import PositionsEvent
from schemas.event import EVENT
from schemas.frame import MAX_LINE_BYTES
from schemas.reading import Position

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
FIXES = st.builds(
    lambda responder, seconds, lng: Position(responder=responder, at=START + timedelta(seconds=seconds), lng=lng, lat=32.0, accuracy_m=5),
    st.sampled_from("abc"),
    st.integers(0, 30).map(lambda tenths: tenths / 2),
    st.floats(118, 119),
)
SECONDS = st.lists(st.lists(FIXES, max_size=8), max_size=8)
"""What comes within each of some seconds."""


@given(SECONDS)
def test_a_second_gives_the_newest_fix_of_each_responder_that_has_a_newer_one_and_nothing_else(seconds: list[list[Position]]) -> None:
    latest, newest = Latest(), dict[str, datetime]()
    for arrived in seconds:
        latest.take(arrived)
        frame = latest.given()
        expected = {fix.responder: max(other.at for other in arrived if other.responder == fix.responder) for fix in arrived}
        expected = {responder: at for responder, at in expected.items() if responder not in newest or at > newest[responder]}
        assert {fix.responder: fix.at for fix in frame} == expected
        assert len(frame) == len(expected)
        assert all(fix in arrived for fix in frame)
        newest |= expected
    assert latest.given() == []


@given(SECONDS, st.lists(st.booleans(), min_size=8, max_size=8))
def test_what_could_not_be_written_comes_with_the_next_second_unless_there_is_a_newer_one(seconds: list[list[Position]], fails: list[bool]) -> None:
    latest, written = Latest(), list[Position]()
    for arrived, failed in zip(seconds, fails, strict=False):
        latest.take(arrived)
        frame = latest.given()
        if failed:
            latest.give_back(frame)
        else:
            written += frame
    written += latest.given()
    for responder in "abc":
        instants = [fix.at for fix in written if fix.responder == responder]
        assert instants == sorted(set(instants)), "newer and newer"
        assert instants[-1:] == sorted(fix.at for arrived in seconds for fix in arrived if fix.responder == responder)[-1:], "the newest of all came"


def test_very_many_responders_are_parted_into_frames_of_one_line_that_a_frame_can_hold() -> None:
    fixes = [
        Position(centre="c", responder=f"gridworker-{number:048d}", at=START, lng=-118.123456789, lat=-32.123456789, accuracy_m=12.5)
        for number in range(11_000)
    ]
    frames = placed("c", fixes, START)
    assert {frame.header.lines for frame in frames} == {1}
    events = [EVENT.validate_json(frame.body) for frame in frames]
    assert [len(event.responders) for event in events if isinstance(event, PositionsEvent)] == [5_000, 5_000, 1_000]
    assert max(len(frame.body) for frame in frames) < MAX_LINE_BYTES
    assert placed("c", [], START) == []
