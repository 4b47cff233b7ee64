"""What the simulation says in a source's words is what happened, read back."""

from __future__ import annotations

from random import Random

import pytest

from connectors.channel import Channel
from connectors.channels import CHANNELS
from connectors.simulation.happening import Happening
from reference.crs import distance_m, to_wgs84
from schemas.report import Report
from schemas.vocabulary import Operation, Source
from tests.connectors.pushed import NOW, line_of
from tests.connectors.simulated import happenings, payload_of

COUNT = 500
NEAR_M = 30.0
"""What inspectors' and telephones' own fixes may be off."""
EXACT = (Source.HOTLINE12345, Source.POLICE110, Source.PETITION)
ALL = pytest.mark.parametrize("channel", [pytest.param(channel, id=channel.source.value) for channel in CHANNELS.values()])


def told(channel: Channel, happening: Happening, seed: int = 1) -> Report:
    """What a source's report of a happening says."""
    return channel.read(line_of(payload_of(channel.source, happening, Random(f"{seed}/{happening.number}"))), NOW).report


@ALL
def test_every_payload_is_read_and_says_what_happened(channel: Channel) -> None:
    things = list(happenings(COUNT))
    reports = [told(channel, one) for one in things]
    assert len({report.source_id for report in reports}) == COUNT
    for one, report in zip(things, reports, strict=True):
        assert report.operation is Operation.SET
        assert one.text in report.text
        assert abs((report.reported_at - one.at).total_seconds()) < (1 if channel.source in EXACT else 3600)
        assert report.order_key
        if one.place is None:
            assert (report.lng, report.lat) == (None, None)
        elif report.lng is not None and report.lat is not None:
            assert distance_m(*to_wgs84(report.lng, report.lat, report.crs), one.place.lng, one.place.lat) < (1 if channel.source in EXACT else NEAR_M)
        if one.place is not None:
            assert one.place.name in report.address
    assert sum(report.lng is not None for report in reports) > COUNT / 10
    assert sum(report.code != "" for report in reports) > COUNT / 10


@ALL
def test_the_same_dice_say_the_same_and_a_source_id_comes_from_seed_and_number_alone(channel: Channel) -> None:
    for one in happenings(20):
        assert payload_of(channel.source, one, Random(3)) == payload_of(channel.source, one, Random(3))
        assert told(channel, one, 1).source_id == told(channel, one, 2).source_id == told(channel, one._replace(revision=2, text="另有补充"), 3).source_id
    (first,), (other,) = happenings(1, seed=7), happenings(1, seed=8)
    assert told(channel, first).source_id != told(channel, other).source_id


@ALL
def test_revisions_and_the_withdrawal_come_in_their_order(channel: Channel) -> None:
    for one in happenings(20):
        lines = [told(channel, one._replace(revision=n), n) for n in (1, 2, 3)] + [told(channel, one._replace(revision=3, withdrawn=True), 9)]
        keys = [line.order_key for line in lines]
        assert keys == sorted(set(keys))
        assert [line.operation for line in lines] == [Operation.SET] * 3 + [Operation.WITHDRAW]


@pytest.mark.parametrize("source", EXACT)
def test_made_up_people_are_nobody(source: Source) -> None:
    dice, known = Random(1), []
    for one in happenings(50):
        personal = CHANNELS[source].read(line_of(payload_of(source, one, dice)), NOW).personal
        assert personal is not None
        assert personal.phone.startswith("1999")
        assert personal.id_number == "" or personal.id_number.startswith("000000")
        known.append(personal.phone)
    assert len(set(known)) == 50
