"""A simulated district's responders on their rounds: on shift, on the move, and where they were when it is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.figures import Contract
from connectors.simulation.positions import METRES_A_SECOND, SCATTER_M, fixes, is_on, metres
from reference.load import load
from reference.tables import PACKS

PACK = load(PACKS / "pukou")
CONTRACT = Contract("pukou", PACK, live=True)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis puts the zone
RESPONDERS = {responder.responder: responder for responder in PACK.responders}


@settings(max_examples=10, deadline=None)
@given(INSTANTS)
def test_fixes_are_taken_by_their_contract_and_are_of_people_on_shift(at: datetime) -> None:
    said = fixes(PACK, 200, at, 7)
    assert said == fixes(PACK, 200, at, 7)
    assert len({fix.responder for fix in said}) == len(said) == 200
    for fix in said:
        shift = PACK.shifts[RESPONDERS[fix.responder].shift]
        assert is_on(shift, at.astimezone(ZoneInfo(PACK.time_zone)))
        assert CONTRACT.position(fix.to_json(), at).at == at


def test_they_move_no_faster_than_their_legs_or_wheels_carry_them_and_most_get_somewhere() -> None:
    start, step = MIDNIGHT + timedelta(hours=9), timedelta(seconds=10)
    frames = [{fix.responder: fix for fix in fixes(PACK, 200, start + n * step)} for n in range(60)]
    assert len({frozenset(frame) for frame in frames}) == 1, "the same people within a shift"
    far = dict.fromkeys(frames[0], 0.0)
    for before, after in pairwise(frames):
        for name, fix in after.items():
            moved = metres((before[name].lng, before[name].lat), (fix.lng, fix.lat))
            assert moved <= METRES_A_SECOND[RESPONDERS[name].force] * step.total_seconds() + 4 * SCATTER_M
            far[name] = max(far[name], metres((frames[0][name].lng, frames[0][name].lat), (fix.lng, fix.lat)))
    assert sum(metres_moved > 50 for metres_moved in far.values()) > 100


def test_a_shift_over_midnight_is_on_until_the_morning_after() -> None:
    night = PACK.shifts["night"].model_copy(update={"days": "1"})
    monday = MIDNIGHT
    assert [is_on(night, monday + timedelta(hours=hours)) for hours in (7, 19, 20, 24, 31, 32, 44)] == [False, False, True, True, True, False, False]
