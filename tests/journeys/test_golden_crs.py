"""Golden case 7 (`domain/domain.md` §10): a connector whose points are GCJ-02 and are called WGS-84. The doctor finds them 530 m off, and says what they are."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import orjson
import pytest

from connectors.accept import accept
from connectors.message import MessageReader
from connectors.samples.places import moved
from connectors.simulation.simulate import DEFAULT_START, payloads
from reference import load, shelf
from reference.crs import to_wgs84, wgs84_to_gcj02
from reference.pack import Reference
from schemas.frame import MAX_LINES
from schemas.report import Report
from schemas.vocabulary import Crs, Source
from tests.ucc.conftest import Desk
from ucc.acceptance import EmbeddedAcceptance
from ucc.checks.finding import Finding, State
from ucc.checks.points import labels
from ucc.home import Home
from ucc.owner import Owner, owner_of

MAPPING = """\
name: app-CRS
time: {zone: Asia/Shanghai}
fields:
  source_id: {column: 编号}
  reported_at: {column: 时间}
  text: {column: 内容}
  address: {column: 地址}
  lng: {column: 经度}
  lat: {column: 纬度}
  crs: {constant: CRS}
"""
SHIFT_M = (500, 560)
"""All over 浦口 GCJ-02 lies 532 to 557 m beside WGS-84, at half of the pack's addresses less than 535 m; reports lie some way off their addresses beside."""
SOUND_M = 30
PLACES = 120


@pytest.fixture(scope="module")
def pack() -> Reference:
    """The shipped pack."""
    return load.load(shelf.find("pukou"))


def off(said: str) -> list[int]:
    """All distances of a sentence, in metres."""
    return [int(metres) for metres in re.findall(r"(\d+) m off", said)]


# a file


def export(folder: Path, pack: Reference) -> Path:
    """An app's export: reports at known addresses, with points as Gaode shows them."""
    dice = Random(7)
    known = [entry for entry in pack.addresses if entry.lng is not None and entry.name.endswith(("家园", "花园", "雅苑", "新村", "公馆"))][:PLACES]
    path = folder / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(["编号", "时间", "内容", "地址", "经度", "纬度"])
        for number, entry in enumerate(known):
            assert entry.lng is not None
            assert entry.lat is not None
            lng, lat = wgs84_to_gcj02(*moved(dice, entry.lng, entry.lat, SOUND_M))
            out.writerow(
                [f"P{number:04d}", f"2026-03-02 {8 + number // 60:02d}:{number % 60:02d}", "路灯不亮", f"浦口区{entry.name}3栋", f"{lng:.6f}", f"{lat:.6f}"]
            )
    return path


def imported(desk: Desk, file: Path, source: Source, crs: Crs) -> None:
    """The export as a source's, its points labelled by the mapping."""
    mapping = file.with_name(f"app-{crs.value}.yaml")
    mapping.write_text(MAPPING.replace("CRS", crs.value), "utf-8")
    done = desk.run("import", str(file), "--source", source.value, "--mapping", str(mapping), "--json")
    assert json.loads(done.out.splitlines()[-1])["accepted"] == PLACES


def examined(desk: Desk, *, wrong: bool) -> list[Finding]:
    """What the doctor says of labels."""
    said = json.loads(desk.run("doctor", "--json", code=1 if wrong else 0).out)
    return [Finding(one["check"], State(one["state"]), one["said"], one["todo"]) for one in said["findings"] if one["check"] == "crs"]


def test_a_file_of_gcj02_points_is_well_under_its_label_and_called_wgs84_is_found_half_a_kilometre_off(tmp_path: Path, pack: Reference) -> None:
    desk = Desk(tmp_path / "home")
    desk.run("reference", "use", "pukou", "--mode", "stream")
    file = export(tmp_path, pack)
    imported(desk, file, Source.JOINT_PATROL, Crs.GCJ02)
    (well,) = examined(desk, wrong=False)
    assert well.state is State.OK
    assert off(well.said)[0] < SOUND_M
    imported(desk, file, Source.CITY_MANAGEMENT, Crs.WGS84)
    found, still = examined(desk, wrong=True)
    assert still == well
    assert found.state is State.WRONG
    labelled, right = off(found.said)
    assert SHIFT_M[0] < labelled < SHIFT_M[1]
    assert right < SOUND_M
    assert found.said == (
        f"pukou: points of city_management are labelled wgs84 and lie {labelled} m off their addresses (median of {PLACES}); as gcj02 they lie {right} m off"
    )
    assert found.todo.startswith("change crs to gcj02 in its mapping or profile")
    assert "家园" not in str(found), "addresses are not repeated"


# what sources push


def simulated(pack: Reference, source: Source, count: int, **instead: str) -> list[Report]:
    """A day of the source, made up, in its own words; its points are labelled rightly, unless something is said instead."""
    lines = [orjson.dumps({**orjson.loads(line), **instead}) for line in payloads(pack, source, count, 5, DEFAULT_START)]
    read = [found for _, found in MessageReader(source, None, None).read(b"\n".join(lines))]
    reports = [found for found in read if isinstance(found, Report)]
    assert len(reports) == count
    return reports


def as_received(report: Report) -> Report:
    """A report of market supervision with the point that a receiver tells, WGS-84, where its profile says GCJ-02. Other departments' as they are."""
    if report.extra["system"] != "market" or report.lng is None or report.lat is None:
        return report
    assert report.crs is Crs.GCJ02
    lng, lat = to_wgs84(report.lng, report.lat, report.crs)
    return report.model_copy(update={"lng": lng, "lat": lat})


def taken(owner: Owner, reports: list[Report]) -> None:
    """Accepted as a door does it, folded and landed."""
    acceptance = EmbeddedAcceptance(owner.log("pukou"), owner.intake("pukou"), "test")
    for first in range(0, len(reports), MAX_LINES):
        acceptance.take(accept(reports[first : first + MAX_LINES], "pukou", datetime.now(UTC)), reports[0].source.value, lambda *_: b"")
    owner.drain("pukou", seconds=120)


def test_each_source_and_each_department_is_looked_at_by_itself(tmp_path: Path, pack: Reference) -> None:
    desk = Desk(tmp_path / "home")
    desk.run("reference", "use", "pukou")
    home = Home(desk.home)
    with owner_of(home, "test") as owner:
        owner.centre(home.centre("pukou"))
        taken(owner, simulated(pack, Source.HOTLINE12345, 300, coord_type="WGS84"))
        taken(owner, simulated(pack, Source.POLICE110, 200))
        taken(owner, [as_received(report) for report in simulated(pack, Source.DEPARTMENT, 1_000)])
        found = list(labels(owner.warehouse, home.packs))
    wrong = {one.said.split()[3]: one for one in found if one.state is State.WRONG}
    assert set(wrong) == {"hotline12345", "department-market"}
    assert "labelled wgs84" in wrong["hotline12345"].said
    assert "as gcj02" in wrong["hotline12345"].said
    assert "labelled gcj02" in wrong["department-market"].said
    assert "as wgs84" in wrong["department-market"].said
    assert all(SHIFT_M[0] < off(one.said)[0] < SHIFT_M[1] for one in wrong.values())
    well = [one.said for one in found if one.state is State.OK]
    assert any("police110" in said for said in well)
    assert any("department-traffic are labelled gcj02" in said for said in well)
