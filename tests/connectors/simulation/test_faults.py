from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from connectors.accept import accept
from connectors.channels import CHANNELS
from connectors.simulation.faults import Push, faulty_payloads, pushes, stormy_day
from connectors.simulation.simulate import DEFAULT_START
from reference.crs import distance_m
from reference.pack import Reference
from schemas.errors import Refused
from schemas.report import Report
from schemas.vocabulary import Operation, Source

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


def day(reference: Reference, seed: int = 7) -> list[Push]:
    """A day of all sources, with everything that may happen to a line."""
    return list(pushes(stormy_day(reference, [(source, 300) for source in Source], seed, DEFAULT_START), seed, DEFAULT_START))


@pytest.fixture(scope="module")
def faulty(pukou: Reference) -> list[Push]:
    """One such day."""
    return day(pukou)


def told(push: Push) -> Report:
    """What a line says."""
    return CHANNELS[push.source].read(push.line, NOW).report


def of(faulty: list[Push], fault: str) -> list[Push]:
    """Pushes with a fault; there have to be some."""
    found = [push for push in faulty if push.fault == fault]
    assert found
    return found


def test_every_fault_comes_and_most_lines_are_sound(faulty: list[Push]) -> None:
    counts = Counter(push.fault for push in faulty)
    assert counts.keys() == {"", "resent", "revised", "withdrawn", "revived", "elsewhere", "no point", "mistyped", "cut off"}
    assert counts[""] > 0.7 * len(faulty)


def test_lines_come_in_the_order_in_which_they_are_pushed(faulty: list[Push]) -> None:
    assert [push.at for push in faulty] == sorted(push.at for push in faulty)


def test_only_what_was_cut_off_is_refused(faulty: list[Push]) -> None:
    for push in faulty:
        if push.fault == "cut off":
            with pytest.raises(Refused):
                told(push)
        else:
            assert told(push).source is push.source


def test_what_is_sent_twice_has_one_receipt_and_nothing_else_has(faulty: list[Push]) -> None:
    sound = [push for push in faulty if push.fault != "cut off"]
    receipts = Counter(line.receipt_id for line in accept([told(push) for push in sound], "pukou", NOW))
    assert sum(receipts.values()) - len(receipts) == len(of(faulty, "resent"))


def test_revisions_keep_their_id_and_have_the_higher_key_however_they_come(faulty: list[Push]) -> None:
    first = {(push.source, told(push).source_id): told(push) for push in of(faulty, "")}
    for push in of(faulty, "revised") + of(faulty, "withdrawn") + of(faulty, "revived"):
        report = told(push)
        assert report.order_key > first[push.source, report.source_id].order_key
        assert (report.operation is Operation.WITHDRAW) == (push.fault == "withdrawn")


def test_what_is_told_elsewhere_is_another_report_of_the_same_thing(faulty: list[Push]) -> None:
    by_text: dict[str, list[Push]] = {}
    for push in of(faulty, ""):
        by_text.setdefault(push.happening.text, []).append(push)
    for push in of(faulty, "elsewhere"):
        again = push.happening
        twins = [one for one in by_text[again.text] if one.source is not push.source and one.happening.matter == again.matter]
        assert twins
        if again.place is not None:
            near = [
                distance_m(again.place.lng, again.place.lat, one.happening.place.lng, one.happening.place.lat)
                for one in twins
                if one.happening.place is not None
            ]
            assert min(near) < 20
    ids = Counter((push.source, told(push).source_id) for push in faulty if push.fault in {"", "elsewhere"})
    assert max(ids.values()) == 1


def test_a_line_without_a_point_says_everything_else(faulty: list[Push]) -> None:
    for push in of(faulty, "no point"):
        report = told(push)
        assert (report.lng, report.lat) == (None, None)
        assert push.happening.text in report.text


def test_what_waited_for_an_outage_to_end_comes_in_a_burst(faulty: list[Push]) -> None:
    at_once = Counter((push.source, push.at) for push in faulty)
    assert max(at_once.values()) >= 3
    assert {source for (source, _), many in at_once.items() if many >= 2} != set()


def test_the_storm_is_in_few_places_and_within_hours(faulty: list[Push]) -> None:
    storm = [push.happening for push in faulty if 2_500_000 < push.happening.number < 5_000_000 and push.fault == ""]
    assert len(storm) > 100
    places = {(round(one.place.lng, 2), round(one.place.lat, 2)) for one in storm if one.place is not None}
    assert len(places) < 0.5 * len(storm)
    assert max(one.at for one in storm) - min(one.at for one in storm) < timedelta(hours=2)


def test_the_same_seed_is_the_same_day(pukou: Reference, faulty: list[Push]) -> None:
    assert day(pukou) == faulty
    assert {push.line for push in day(pukou, 8)}.isdisjoint(push.line for push in faulty)


def test_one_sources_lines_are_told_nowhere_else(pukou: Reference) -> None:
    lines = list(faulty_payloads(pukou, Source.POLICE110, 200, 7))
    assert len(lines) > 220
    assert lines == list(faulty_payloads(pukou, Source.POLICE110, 200, 7))
