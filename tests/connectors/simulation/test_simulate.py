from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import orjson
import pytest

from connectors.accept import accept
from connectors.channels import CHANNELS
from connectors.simulation.happening import Happening
from connectors.simulation.happenings import happenings
from connectors.simulation.simulate import DEFAULT_START, PAYLOADS, payloads, pushed
from pipeline.intake.intake import Intake
from reference.crs import distance_m, to_wgs84
from reference.pack import Reference
from schemas.report import Report
from schemas.vocabulary import Intent, Mode, Operation, Source

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
MANY = 600


@pytest.fixture(scope="module", params=list(Source))
def source(request: pytest.FixtureRequest) -> Source:
    """Each source."""
    return Source(request.param)


def reports(reference: Reference, source: Source, seed: int = 7) -> list[Report]:
    """Simulated lines, read by the source's own module."""
    return [CHANNELS[source].read(line, NOW).report for line in payloads(reference, source, MANY, seed)]


def test_every_source_can_be_simulated() -> None:
    assert set(PAYLOADS) == set(Source) == set(CHANNELS)


def test_every_line_is_read_and_says_what_happened(pukou: Reference, source: Source) -> None:
    told = reports(pukou, source)
    what = list(happenings(pukou, source, MANY, 7, DEFAULT_START))
    for report, happening in zip(told, what, strict=True):
        assert report.source is source
        assert report.operation is Operation.SET
        assert happening.text in report.text
        assert report.reported_at == happening.at.replace(microsecond=0)
        assert report.persons in {happening.persons, None, 1} or report.persons == happening.persons
        if report.lng is not None and report.lat is not None and happening.place is not None:
            lng, lat = to_wgs84(report.lng, report.lat, report.crs)
            assert distance_m(lng, lat, happening.place.lng, happening.place.lat) < 1


def test_the_ids_are_each_lines_own_and_another_seed_has_others(pukou: Reference, source: Source) -> None:
    first, second = ({report.source_id for report in reports(pukou, source, seed)} for seed in (7, 8))
    assert len(first) == len(second) == MANY
    assert not first & second


def test_the_same_seed_gives_the_same_bytes(pukou: Reference, source: Source) -> None:
    assert list(payloads(pukou, source, 100, 7)) == list(payloads(pukou, source, 100, 7))


def test_ordinary_reports_are_placed_classified_and_open_to_all(pukou: Reference, source: Source) -> None:
    events = Intake(pukou, Mode.LIVE).events(accept(reports(pukou, source), "pukou", NOW))
    what = list(happenings(pukou, source, MANY, 7, DEFAULT_START))
    assert sum(event.sealed for event in events) == 0
    right = sum(event.matter == happening.matter for event, happening in zip(events, what, strict=True))
    assert right >= 0.95 * MANY
    assert Counter(event.unit for event in events)["desk"] < 0.1 * MANY


def test_a_revision_keeps_the_id_and_comes_after_and_a_withdrawal_comes_last(pukou: Reference, source: Source) -> None:
    happening = next(happenings(pukou, source, 1, 7, DEFAULT_START))
    again = happening._replace(revision=2, text=f"{happening.text}补充：仍未有人到场。")
    gone = again._replace(withdrawn=True)
    first, second, last = (CHANNELS[source].read(pushed(source, one), NOW).report for one in (happening, again, gone))
    assert first.source_id == second.source_id == last.source_id
    assert first.order_key < second.order_key < last.order_key
    assert (second.operation, last.operation) == (Operation.SET, Operation.WITHDRAW)
    assert (first.address, first.lng, first.code) == (second.address, second.lng, second.code)


def test_a_happening_of_any_other_source_can_be_told_by_each(pukou: Reference, source: Source) -> None:
    for other in Source:
        for happening in happenings(pukou, other, 40, 7, DEFAULT_START):
            report = CHANNELS[source].read(pushed(source, happening), NOW).report
            assert happening.text in report.text


def test_what_has_no_place_and_no_matter_of_a_sources_is_still_a_sound_line(source: Source) -> None:
    happening = Happening(number=1, seed=0, at=DEFAULT_START, matter="9999", text="说不清楚的事", place=None, intent=Intent.OTHER)
    assert CHANNELS[source].read(pushed(source, happening), NOW).report.lng is None


def test_nobody_who_lives_is_in_the_lines(pukou: Reference, source: Source) -> None:
    for line in payloads(pukou, source, MANY, 7):
        personal = CHANNELS[source].read(line, NOW).personal
        if personal is not None:
            assert personal.phone == "" or personal.phone.startswith("1999")
            assert personal.id_number == "" or personal.id_number.startswith("000000")
        assert orjson.loads(line)
