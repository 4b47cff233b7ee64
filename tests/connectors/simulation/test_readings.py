"""A simulated district's figures: sound, lifelike through a day, and the same when they are asked for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.figures import Contract
from connectors.simulation.readings import _usual, fed, instruments, readings
from reference.load import load
from reference.tables import PACKS

PACK = load(PACKS / "pukou")
CONTRACT = Contract("pukou", PACK, live=True)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Shanghai"))
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis puts the zone


def test_what_is_usual_is_said_of_each_metric_within_its_bounds() -> None:
    assert set(_usual()) == set(PACK.metrics)
    for code, usual in _usual().items():
        assert PACK.metrics[code].least <= usual.low <= usual.high <= PACK.metrics[code].most, code


@settings(max_examples=10, deadline=None)
@given(INSTANTS, st.integers(0, 5))
def test_readings_are_taken_by_their_contract_and_are_fresh_and_the_same_again(at: datetime, seed: int) -> None:
    said = readings(PACK, at, seed)
    assert said == readings(PACK, at, seed)
    assert {reading.metric for reading in said} == set(PACK.metrics)
    assert len({(reading.metric, reading.object_id) for reading in said}) == len(said) == len(list(instruments(PACK)))
    for reading in said:
        assert timedelta() <= at - reading.at < timedelta(seconds=PACK.metrics[reading.metric].freshness_s)
        assert CONTRACT.reading(reading.to_json(), at).value == reading.value


def test_what_was_fed_within_an_hour_is_what_was_shown_in_it() -> None:
    until = MIDNIGHT + timedelta(hours=9)
    since = until - timedelta(hours=1)
    found = list(fed(PACK, since, until))
    assert all(since < reading.at <= until for reading in found)
    parts = [reading for quarter in range(4) for reading in fed(PACK, since + quarter * timedelta(minutes=15), since + (quarter + 1) * timedelta(minutes=15))]
    assert sorted(parts, key=repr) == sorted(found, key=repr), "nothing twice, nothing left out"
    shown = {reading for reading in readings(PACK, until) if reading.at > since}
    assert shown <= set(found)


def test_a_day_looks_like_one() -> None:
    by_hour = {hour: readings(PACK, MIDNIGHT + timedelta(hours=hour, minutes=30)) for hour in (3, 8, 13)}

    def mean(metric: str, hour: int) -> float:
        values = [reading.value for reading in by_hour[hour] if reading.metric == metric]
        return sum(values) / len(values)

    assert mean("water.pressure.mpa", 8) < mean("water.pressure.mpa", 3)
    assert mean("traffic.tti", 8) > mean("traffic.tti", 3)
    assert mean("tour.inpark", 13) > mean("tour.inpark", 3)
    assert mean("metro.trips.run", 13) > mean("metro.trips.run", 8) > mean("metro.trips.run", 3)
