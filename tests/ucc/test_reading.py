from __future__ import annotations

from pathlib import Path

import pytest

from connectors.channels import CHANNELS
from connectors.keyring import Seal
from schemas.errors import BrokenMapping
from schemas.personal import Personal, Reporter
from schemas.report import Report
from schemas.vocabulary import Source
from tests.connectors.pushed import line_of
from ucc.home import Home
from ucc.reading import key_ring, read_message

MAPPING = """
name: own
description: The words of a hotline of our own.
time: {zone: Asia/Shanghai}
fields:
  source_id: {column: work_order_no}
  reported_at: {column: accept_time}
  text: {column: title}
"""


def test_each_centre_seals_with_its_own(tmp_path: Path) -> None:
    def seal_of(centre: str) -> Seal:
        def seal(report: Report, personal: Personal) -> Reporter:
            return Reporter(name=centre, box=f"{report.source_id}{len(personal.name)}")

        return seal

    read = read_message(Home(tmp_path), seal_of)
    for centre in ("pukou", "gulou", "pukou"):
        (line,) = read(Source.PETITION, centre, line_of(CHANNELS[Source.PETITION].example))
        assert line.accepted is not None
        assert line.accepted.report.reporter == Reporter(name=centre, box="XF32011120260302000353")


@pytest.mark.parametrize("source", [Source.HOTLINE12345, Source.POLICE110, Source.PETITION, Source.DEPARTMENT])
def test_who_reports_is_masked_in_what_is_accepted_and_whole_for_the_key_ring(tmp_path: Path, source: Source) -> None:
    home, example = Home(tmp_path), line_of(CHANNELS[source].example)
    ring = key_ring(home)
    (line,) = read_message(home, ring.sealing)(source, "pukou", example)
    assert line.accepted is not None
    report = line.accepted.report
    assert report.reporter is not None
    personal = ring.open(report.reporter, "pukou", source, report.source_id)
    assert personal.phone.startswith("1999")
    assert not [value for value in (personal.name, personal.phone, personal.id_number, personal.home) if value and value in line.accepted.to_json().decode()]


def test_the_installations_own_mapping_reads_every_line_of_its_source(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (home.path / "mappings").mkdir()
    (home.path / "mappings" / "hotline12345.yaml").write_text(MAPPING, "utf-8")
    (line,) = read_message(home)(Source.HOTLINE12345, "pukou", line_of(CHANNELS[Source.HOTLINE12345].example))
    assert line.accepted is not None
    assert (line.accepted.report.text, line.accepted.report.call, line.accepted.report.reporter) == ("反映道路积水问题", None, None)


def test_a_mapping_that_is_not_sound_stops_the_start(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (home.path / "mappings").mkdir()
    (home.path / "mappings" / "petition.yaml").write_text("name: x\n", "utf-8")
    with pytest.raises(BrokenMapping):
        read_message(home)
