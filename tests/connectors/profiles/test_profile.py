from __future__ import annotations

import csv
from pathlib import Path

import pytest

from connectors.profiles.profile import profiles
from reference.tables import BASE, SOURCE_CODES
from schemas.errors import BrokenMapping

SOUND = """
system: weather
names: [气象]
title: 气象灾情专线
crs: wgs84
keys: {source_id: nr, reported_at: when, text: what, lng: x, lat: y, name: who}
example: {system: weather, nr: '1', when: '2026-03-02 08:15', what: 大风}
"""


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("title: 气象灾情专线", ""), "title: Field required"),
        (("crs: wgs84", ""), "crs must be declared"),
        (("crs: wgs84", "crs: gauss"), "crs: Input should be"),
        (("lat: y, ", ""), "lng and lat come together"),
        (("text: what", "text: nr"), "'nr' is named twice"),
        (("text: what", "text: system"), "says whose line it is"),
        (("text: what", "words: what"), "keys.words: Extra inputs"),
        (("text: what", "version: what, updated_at: changed"), "cannot be compared"),
        (("text: what", "subcode: what"), "subcode wants code"),
        (("names: [气象]", "names: [供水]"), "is that of the profile"),
        (("names: [气象]", "keep: [[callerPhone, 来电]]"), "looks like a person's"),
        (("text: what", "against: [victim, 被投诉人姓名]"), "looks like a person's"),
        (("names: [气象]", "time: tomorrow"), "neither usual, nor unix"),
        (("names: [气象]", "urgency: {急: U9}"), "urgency.急"),
        (("system: weather", "system: [1"), "no YAML"),
    ],
)
def test_a_profile_that_is_broken_stops_the_start_and_says_where(tmp_path: Path, change: tuple[str, str], sentence: str) -> None:
    assert change[0] in SOUND
    (tmp_path / "weather.yaml").write_text(SOUND.replace(*change), encoding="utf-8")
    with pytest.raises(BrokenMapping, match=sentence):
        profiles(tmp_path)


def test_a_districts_own_profile_of_a_shipped_line_stands_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(SOUND.replace("weather", "water").replace("names: [气象]", "names: [供水]"), encoding="utf-8")
    assert profiles(tmp_path)["water"].keys.source_id == ("nr", "nr")


@pytest.mark.parametrize("written", ["1772410860", "1772410860.5"])
def test_times_in_seconds_are_read_where_the_profile_says_so(tmp_path: Path, written: str) -> None:
    from connectors.department import channel  # noqa: PLC0415  the reader is another module's subject
    from tests.connectors.pushed import NOW, line_of  # noqa: PLC0415

    (tmp_path / "weather.yaml").write_text(SOUND.replace("names:", "time: unix\nnames:"), encoding="utf-8")
    said = channel(tmp_path).read(line_of({"system": "weather", "nr": "1", "when": written, "what": "大风"}), NOW)
    assert said.report.reported_at.timestamp() == float(written)


def test_every_word_of_the_shipped_lines_has_a_matter_and_every_line_has_words() -> None:
    with (BASE / SOURCE_CODES.file).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    by_standard: dict[str, set[str]] = {}
    for row in rows:
        by_standard.setdefault(row["standard"], set()).add(row["code"])
    for profile in profiles().values():
        assert len(by_standard[profile.standard]) >= 20, profile.system
        keys = profile.keys
        shown = [profile.example[key[0]] for key in (keys.code, keys.subcode) if key is not None]
        assert any(word in by_standard[profile.standard] for word in shown), profile.system
