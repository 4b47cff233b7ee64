"""`ucc dead-letters`, as people use it: on a home in which a release before had failed on some lines."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import stat
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.accept import accept
from pipeline.runtime.embedded_intake import READER
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.event import RefusedEvent
from schemas.frame import frame_of
from schemas.report import Report
from schemas.topics import EVENTS, RAW
from schemas.vocabulary import Source
from tests.ucc.conftest import Desk, lines_of, village, written

AT = datetime(2016, 1, 6, 18, 40, 31, tzinfo=UTC)


def report(name: str, text: str) -> Report:
    return Report(source=Source.HOTLINE12345, source_id=name, reported_at=AT, arrived_at=AT, text=text, lng=120.2005, lat=23.005)


def failed_before(desk: Desk, *reports: Report) -> None:
    """Lines that were accepted, and on which the intake of that time failed."""
    lines = accept(reports, "tainan", AT)
    with closing(SqliteLog(desk.home / "centres/tainan/intake.db", writer=True)) as log, log.transaction() as transaction:
        before = log.end(RAW.name)
        offset = transaction.append(RAW.name, frame_of("tainan", "report", [line.to_json() for line in lines], source="hotline12345"))
        events = [
            RefusedEvent(
                kind="refused",
                at=AT,
                raw_line=number,
                receipt_id=line.receipt_id,
                code="poisoned-line",
                detail="ZeroDivisionError",
                original=line.to_json().decode(),
            ).to_json()
            for number, line in enumerate(lines)
        ]
        transaction.append(EVENTS.name, frame_of("tainan", "report", events, raw_offset=offset, previous=before, hops=("intake then w0",)))
        transaction.commit_offset(READER, RAW.name, offset)


def balanced(desk: Desk) -> dict[str, Any]:
    answer = json.loads(desk.run("reconcile", "--json").out)
    assert answer["balanced"] is True
    figures: dict[str, Any] = answer["centres"][0]["figures"]
    return figures


def listed(desk: Desk, *words: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in desk.run("dead-letters", "list", "--json", *words).out.splitlines()]


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with some cases, in which nothing has failed."""
    folder = tmp_path_factory.mktemp("well")
    polygons = folder / "villages.geojson"
    polygons.write_text(json.dumps({"type": "FeatureCollection", "features": [village("67000280001", "南灣里", 120.2, 23.0)]}), encoding="utf-8")
    desk = Desk(folder / "home")
    desk.run("reference", "import", "--name", "tainan", "--grids", str(polygons))
    desk.take(written(folder / "a.csv", lines_of(range(10))))
    return desk.home


@pytest.fixture(scope="module")
def ill(well: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, and a report of which the first line failed and a later one waits."""
    folder = tmp_path_factory.mktemp("ill")
    desk = Desk(Path(shutil.copytree(well, folder / "home", symlinks=True)))
    failed_before(desk, report("X1", "路灯不亮，电话13812345678"))
    desk.take(written(folder / "b.csv", [{**lines_of([3])[0], "id": "X1", "description": "路灯还是不亮", "seq": 1_000}]))
    return desk.home


@pytest.fixture
def ailing(ill: Path, tmp_path: Path) -> Desk:
    """A copy of it."""
    return Desk(Path(shutil.copytree(ill, tmp_path / "home", symlinks=True)))


def test_nothing_stands_where_nothing_failed(well: Path) -> None:
    desk = Desk(well)
    done = desk.run("dead-letters", "list")
    assert (done.out, done.err.strip()) == ("", "no dead letters")
    assert json.loads(desk.run("dead-letters", "replay", "--all", "--json").out)["replayed"] == []


def test_what_failed_is_listed_shown_and_replayed_into_exactly_one_case(ailing: Desk) -> None:
    figures = balanced(ailing)
    assert (figures["dead letters"], figures["dead letters waiting"], figures["cases"]) == (2, 2, 10)
    first, waits = listed(ailing)
    assert [(one["stage"], one["code"], one["source_id"], one["behind"]) for one in (first, waits)] == [
        ("intake", "poisoned-line", "X1", ""),
        ("casework", "waits", "X1", first["dead_letter_id"]),
    ]
    assert "X1  intake/poisoned-line: ZeroDivisionError" in ailing.run("dead-letters", "list").out
    text = ailing.run("dead-letters", "show", first["dead_letter_id"][:8]).out
    assert "intake then w0" in text
    assert "13812345678" not in text
    told = ailing.run("dead-letters", "replay", first["dead_letter_id"][:8]).out
    assert "2 lines replayed, 0 of them" in told
    assert "opened in case" in told
    figures = balanced(ailing)
    assert (figures["dead letters"], figures["dead letters waiting"], figures["cases"], figures["lines"]) == (2, 0, 11, 14)
    assert listed(ailing) == []
    assert [one["standing"] for one in listed(ailing, "--replayed")] == ["replayed", "replayed"]
    (row,) = ailing.rows("SELECT revision, text, case_id FROM reports_current WHERE source_id = 'X1'")
    assert (row["revision"], row["text"]) == (2, "路灯还是不亮")
    assert "2 lines of it were dead letters" in ailing.run("explain", str(row["case_id"]), "--lang", "en").out
    assert [row["became"] for row in ailing.rows("SELECT became FROM dead_letters WHERE standing = 'replayed' ORDER BY raw_offset")] == ["opened", "revised"]


def test_what_is_dismissed_ends_as_refused_with_its_reason_and_what_waited_behind_it_goes_on(ailing: Desk) -> None:
    first, _ = listed(ailing)
    ailing.run("dead-letters", "dismiss", first["dead_letter_id"], "--reason", " ", code=2)
    said = json.loads(ailing.run("dead-letters", "dismiss", first["dead_letter_id"][:8], "--reason", "误报，来电13812345678已核实", "--json").out)
    assert (said["outcome"], [one["outcome"] for one in said["replayed"]]) == ("refused", ["merged"])
    assert listed(ailing) == []
    figures = balanced(ailing)
    assert (figures["dead letters waiting"], figures["cases"], figures["outcome refused"]) == (0, 10, 1)
    (row,) = ailing.rows("SELECT detail FROM outcomes WHERE code = 'dismissed'")
    assert row["detail"] == "误报，来电138****5678已核实"
    (row,) = ailing.rows("SELECT became FROM dead_letters WHERE stage = 'intake'")
    assert row["became"] == "refused"
    noted = (ailing.home / "audit.log").read_text()
    assert first["dead_letter_id"] in noted
    assert "13812345678" not in noted
    ailing.run("dead-letters", "dismiss", first["dead_letter_id"], "--reason", "again", code=2)


def test_replayed_again_changes_nothing_and_says_so(ailing: Desk) -> None:
    (name, _) = [one["dead_letter_id"] for one in listed(ailing)]
    ailing.run("dead-letters", "replay", "--all")
    cases = ailing.rows("SELECT * FROM cases_current ORDER BY case_id")
    assert "it was replayed before" in ailing.run("dead-letters", "replay", name).out
    assert "0 lines replayed" in ailing.run("dead-letters", "replay", "--all").out
    assert ailing.rows("SELECT * FROM cases_current ORDER BY case_id") == cases


def test_the_line_as_it_was_is_opened_only_for_a_purpose_and_leaves_a_trace(ailing: Desk) -> None:
    _, waits = listed(ailing)
    ailing.run("dead-letters", "replay", "--all")
    name = waits["dead_letter_id"]
    assert "--purpose" in ailing.run("dead-letters", "show", name, "--full", code=2).err
    assert not (ailing.home / "audit.log").exists()
    opened = json.loads(ailing.run("dead-letters", "show", name, "--full", "--purpose", "to call back", "--json").out)
    assert opened["original"]["report"]["text"] == "路灯还是不亮"
    (trace,) = [json.loads(line) for line in (ailing.home / "audit.log").read_text(encoding="utf-8").splitlines()]
    assert (trace["what"], trace["purpose"], trace["dead_letter_id"], trace["centre"]) == ("dead letter opened", "to call back", name, "tainan")
    assert trace["who"]
    assert stat.S_IMODE((ailing.home / "audit.log").stat().st_mode) == 0o600


def test_what_nobody_has_classified_is_not_shown_to_anybody(ailing: Desk) -> None:
    for one in listed(ailing):
        shown = json.loads(ailing.run("dead-letters", "show", one["dead_letter_id"], "--full", "--purpose", "p", "--json").out)
        assert shown["original"].startswith("not shown")


def test_a_replay_of_nothing_or_of_what_is_not_there_is_refused(ailing: Desk) -> None:
    for words in ((), ("0123456789", "--all"), ("0123456789",), ("--all", "--budget", "0")):
        assert ailing.run("dead-letters", "replay", *words, code=2).out == ""
    assert len(listed(ailing)) == 2


def test_a_replay_killed_at_any_instant_is_run_again_and_each_report_is_one_case(well: Path, tmp_path: Path) -> None:
    desk = Desk(Path(shutil.copytree(well, tmp_path / "home", symlinks=True)))
    failed_before(desk, *(report(f"X{n}", f"路灯不亮 {n}").model_copy(update={"lat": 23.0 + n % 9 * 1e-3, "lng": 120.2 + n // 9 * 1e-4}) for n in range(180)))
    balanced(desk)
    rng = random.Random(11)
    killed = 0
    for longest in (0.5, 1.2, 2.0, 3.0, 4.5, 6.0):  # the first ones find it at work on any machine
        process = subprocess.Popen(
            [*desk.command, "dead-letters", "replay", "--all"], env=desk.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            process.communicate(timeout=rng.uniform(0.2, longest))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            killed += 1
    assert killed > 0
    desk.run("dead-letters", "replay", "--all")
    figures = balanced(desk)
    assert (figures["dead letters"], figures["dead letters waiting"], figures["reports"], figures["standing"]) == (180, 0, 190, 190)
    assert desk.rows("SELECT max(revision) AS revision, count() AS n FROM reports_current") == [{"revision": 1, "n": 190}]
    assert desk.rows("SELECT count() - uniqExact(transition_id) AS twice FROM journal") == [{"twice": 0}]
