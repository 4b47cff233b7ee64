"""The doctor on real homes, sound and broken: each thing that is wrong is named, with what to do, and nothing is changed by looking."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from pipeline.casework.state import META, Meta
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.errors import Broken
from schemas.event import Centre
from schemas.topics import JOURNAL
from schemas.vocabulary import Mode
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.migrate import Migration, migrations
from tests.sinks.city import CENTRE, City, readers
from tests.sinks.conftest import Landed
from tests.ucc.conftest import Desk, lines_of, written
from ucc.checks import embedded_log, home, warehouse
from ucc.checks.finding import Finding, State, looked
from ucc.home import Home


class Report:
    """What the doctor said of a home."""

    def __init__(self, text: str) -> None:
        said = json.loads(text)
        self.well: bool = said["well"]
        self.findings = [Finding(one["check"], State(one["state"]), one["said"], one["todo"]) for one in said["findings"]]

    def wrong(self) -> dict[str, Finding]:
        return {one.check: one for one in self.findings if one.state is State.WRONG}

    def of(self, check: str) -> list[Finding]:
        return [one for one in self.findings if one.check == check]


def asked(desk: Desk, *, wrong: bool, **env: str) -> Report:
    """Runs `ucc doctor` on a home."""
    desk.env.update(env)
    report = Report(desk.run("doctor", "--json", code=1 if wrong else 0).out)
    assert report.well is not wrong
    return report


def looks_like(folder: Path) -> Mapping[str, bytes]:
    """What is in all files of a folder; of SQLite's, what is in their tables."""
    found = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal", ".lock"))):
        if path.suffix == ".db":
            with closing(sqlite3.connect(path)) as database:
                found[str(path)] = "\n".join(database.iterdump()).encode()
        else:
            found[str(path)] = path.read_bytes()
    return found


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which reports were imported; for copies."""
    folder = tmp_path_factory.mktemp("doctor")
    desk = Desk(folder / "home")
    desk.run("reference", "use", "pukou", "--mode", "stream")
    desk.take(written(folder / "day.csv", lines_of(range(30))))
    return desk.home


@pytest.fixture
def busy(built: Path, tmp_path: Path) -> Desk:
    """A home of one's own, to break."""
    return Desk(shutil.copytree(built, tmp_path / "home", symlinks=True))


@pytest.fixture
def there(tmp_path: Path) -> Home:
    """An empty home with one centre."""
    made = Home(tmp_path / "home")
    made.register(Centre(centre="pukou", name="浦口", partition=0, pack_name="pukou", mode=Mode.LIVE))
    return made


def keep(home_: Home, meta: Meta) -> None:
    """Makes both logs of a centre, with what its fold says of itself."""
    for path in (home_.intake_log(meta.centre), home_.casework_log(meta.centre)):
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(SqliteLog(path, writer=True)) as log, log.transaction() as transaction:
            transaction.put(META, [(0, meta.to_bytes())])


def only(findings: Iterator[Finding], state: State = State.WRONG) -> Finding:
    """The one finding of that state."""
    (found,) = [one for one in findings if one.state is state]
    return found


# as people use it


def test_a_sound_home_is_well_and_every_part_of_it_was_looked_at(busy: Desk) -> None:
    report = asked(busy, wrong=False)
    checks = ["settings", "home", "disk", "owner", "centres", "packs", "log", "lag", "dead letters", "warehouse", "migrations", "tokens", "clocks"]
    assert [one.check for one in report.findings] == checks
    assert {one.state for one in report.findings} == {State.OK}
    assert all(not one.todo for one in report.findings)


def test_looking_changes_nothing(busy: Desk) -> None:
    folders = [busy.home / "centres", busy.home / "packs", busy.home / "made"]
    before = [looks_like(folder) for folder in folders]
    registry = (busy.home / "centres.json").read_bytes()
    asked(busy, wrong=False)
    assert [looks_like(folder) for folder in folders] == before
    assert (busy.home / "centres.json").read_bytes() == registry
    assert not (busy.home / "run.json").exists()


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "nowhere")
    report = asked(desk, wrong=False)
    assert "not there yet" in report.of("home")[0].said
    assert not desk.home.exists()


def test_people_read_a_line_a_part_and_what_to_do(busy: Desk) -> None:
    busy.home.chmod(0o755)
    said = busy.run("doctor", code=1).out.splitlines()
    at = next(number for number, line in enumerate(said) if line.startswith("wrong   home"))
    assert "others may look into" in said[at]
    assert said[at + 1].strip() == f"→ chmod 700 {busy.home}"
    assert said[-1] == "one thing is wrong"
    busy.home.chmod(0o700)
    assert busy.run("doctor", code=0).out.splitlines()[-1] == "nothing is wrong"


def test_a_setting_that_there_is_not_is_named_and_nothing_else_is_looked_at(busy: Desk) -> None:
    report = asked(busy, wrong=True, UCC_WAREHOSE="chdb:///x")
    assert report.wrong()["settings"].said.startswith("UCC_WAREHOSE: there is no such setting; known are")
    assert [one.state for one in report.findings] == [State.WRONG, State.UNKNOWN]


def test_a_file_of_a_setting_that_cannot_be_read_is_named(busy: Desk, tmp_path: Path) -> None:
    report = asked(busy, wrong=True, UCC_KAFKA_PASSWORD_FILE=str(tmp_path / "gone"))
    assert "gone cannot be read: No such file or directory" in report.wrong()["settings"].said
    assert report.of("warehouse"), "the rest is looked at"


def test_a_registry_that_is_not_readable_stops_what_needs_it(busy: Desk) -> None:
    (busy.home / "centres.json").write_text('[{"centre": "pukou"', "utf-8")
    report = asked(busy, wrong=True)
    assert "the registry of centres is not readable" in report.wrong()["centres"].said
    assert report.of("log, warehouse")[0].state is State.UNKNOWN
    assert not report.of("warehouse")


def test_a_log_that_is_damaged_is_found(busy: Desk) -> None:
    file = busy.home / "centres/pukou/casework.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = next(row[0] for row in database.execute("SELECT rootpage FROM sqlite_master WHERE type = 'table' AND name LIKE '%journal%'"))
        size = next(row[0] for row in database.execute("PRAGMA page_size"))
    with file.open("r+b") as raw:
        raw.seek((root - 1) * size)
        raw.write(b"\xff" * 200)
    report = asked(busy, wrong=True)
    assert "casework.db is not sound" in report.wrong()["log"].said
    assert "backup" in report.wrong()["log"].todo


def test_a_log_of_a_newer_release_is_named_and_not_guessed_at(busy: Desk) -> None:
    with closing(sqlite3.connect(busy.home / "centres/pukou/casework.db")) as database:
        database.execute("UPDATE about SET value = 99 WHERE name = 'version'")
        database.commit()
    assert "the log has version 99" in asked(busy, wrong=True).wrong()["lag"].said


def test_a_pack_that_somebody_has_edited_is_found(busy: Desk) -> None:
    (folder,) = (busy.home / "packs").iterdir()
    table = folder / "units.csv"
    table.chmod(0o600)
    table.write_text(table.read_text("utf-8") + "extra,另一个单位,department,*,,,\n", "utf-8")
    report = asked(busy, wrong=True)
    assert folder.name in next(one.said for one in report.of("packs"))
    assert any("no sound pack pukou of pukou" in one.said for one in report.of("packs"))


def test_a_home_whose_owner_was_killed_is_well(busy: Desk) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as gone:
        pass
    (busy.home / "run.json").write_text(json.dumps({"pid": gone.pid, "port": 1, "token": "t", "doing": "up"}), "utf-8")
    report = asked(busy, wrong=False)
    assert "its last owner was killed" in report.of("owner")[0].said


def test_while_somebody_owns_the_home_its_owner_answers_for_the_warehouse(busy: Desk) -> None:
    owning = f"import sys; from pathlib import Path; from ucc.home import Home; from ucc.owner import owner_of\nwith owner_of(Home(Path({str(busy.home)!r})), 'wait'): print('ready', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", owning], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"ready\n"
        report = asked(busy, wrong=False)
        owner.kill()
    assert f"`wait` (pid {owner.pid}) owns the home and answers" in report.of("owner")[0].said
    assert report.of("warehouse")[0].state is State.OK


# the home, part by part


def test_a_home_that_is_a_file_is_no_home(tmp_path: Path) -> None:
    file = tmp_path / "home"
    file.write_text("no folder", "utf-8")
    assert "is no folder" in only(home.folder(file)).said


def test_a_home_that_cannot_be_written_is_found() -> None:
    found = [one for one in home.folder(Path("/proc")) if "cannot be written" in one.said]
    assert [one.state for one in found] == [State.WRONG]


def test_a_disk_that_is_nearly_full_is_found(there: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [one.state for one in home.disks(there)] == [State.OK]
    monkeypatch.setattr(home, "LEAST_BYTES", 1 << 60)
    assert "make room" in only(home.disks(there)).todo


def test_an_owner_that_does_not_answer_is_found(there: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with there.owned("sleep"):
            there.announce(taken.getsockname()[1], "token", "sleep")
            found = only(home.owner(there))
    assert f"`sleep` (pid {os.getpid()}) owns the home and does not answer" in found.said


def test_a_home_that_is_being_started_and_its_workers_are_seen(there: Home) -> None:
    import fcntl  # noqa: PLC0415  for this test alone

    folder = there.path / "workers/1"
    folder.mkdir(parents=True)
    with (folder / "lock").open("ab") as lock, there.owned("start"):
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = [one.said for one in home.owner(there)]
    assert said[0].startswith("a process is starting or ending in this home")
    assert said[1] == "1 workers run in this home"
    assert [one.said for one in home.owner(there)] == ["nobody owns the home"]


def test_two_centres_with_one_partition_are_found(there: Home) -> None:
    rows = json.loads((there.path / "centres.json").read_text("utf-8"))
    (there.path / "centres.json").write_text(json.dumps([*rows, {**rows[0], "centre": "other"}]), "utf-8")
    assert only(home.centres(there)).said == "pukou, other have the same partition: their histories would mix"


def test_a_time_zone_that_the_machine_does_not_know_is_found(there: Home) -> None:
    there.register(Centre(centre="pukou", name="浦口", partition=0, pack_name="pukou", time_zone="Asia/Pukou"))
    assert "'Asia/Pukou'" in only(home.centres(there)).said


def test_a_pack_that_is_not_on_the_shelf_is_named_with_what_brings_it(there: Home) -> None:
    found = only(home.packs(there))
    assert found.said == "no sound pack pukou of pukou is on the shelf"
    assert "`ucc reference use pukou --centre pukou`" in found.todo


# the log


def test_dead_letters_that_wait_and_frames_that_did_not_follow_are_found(there: Home) -> None:
    keep(there, Meta("pukou", waiting=3, gaps=1))
    found = {one.check: one for one in embedded_log.figures(there) if one.state is State.WRONG}
    assert found["dead letters"].said == "pukou: 3 wait, and later lines of their reports behind them"
    assert "1 frames of events did not follow" in found["log"].said


@pytest.mark.parametrize(("mode", "is_wrong"), [(Mode.LIVE, True), (Mode.STREAM, False)])
def test_a_live_centre_whose_clock_is_before_ours_is_found(there: Home, mode: Mode, *, is_wrong: bool) -> None:
    there.register(Centre(centre="pukou", name="浦口", partition=0, pack_name="pukou", mode=mode))
    keep(there, Meta("pukou", clock=datetime.now(UTC) + timedelta(days=2)))
    found = [one for one in embedded_log.figures(there) if one.check == "clocks"]
    assert [one.state for one in found] == ([State.WRONG] if is_wrong else [])


def test_a_large_file_is_left_to_its_operator(there: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(there, Meta("pukou"))
    with closing(sqlite3.connect(there.casework_log("pukou"))) as database, database:
        database.execute("CREATE TABLE bulk AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 200000) SELECT x FROM n")
    monkeypatch.setattr(embedded_log, "PATIENCE_S", 0.0)
    assert "PRAGMA quick_check" in only(embedded_log.files(there), State.UNKNOWN).said


# the warehouse


def changed(_: list[Migration]) -> list[Migration]:
    return [Migration(one.name, one.text + "-- changed") for one in _]


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (lambda here: [*here, Migration("9999_more.sql", "")], "not applied: 9999_more.sql"),
        (lambda here: here[:1], "of a newer release: 0002"),
        (changed, "changed after they had been applied: 0001"),
    ],
)
def test_migrations_that_are_missing_newer_or_changed_are_found(
    landed: Landed, monkeypatch: pytest.MonkeyPatch, of: Callable[[list[Migration]], list[Migration]], said: str
) -> None:
    here = migrations()
    monkeypatch.setattr("ucc.checks.warehouse.migrations", lambda: of(here))
    assert only(warehouse.applied(landed.warehouse)).said.startswith(said)


def test_a_clock_that_differs_from_the_warehouse_s_is_found(landed: Landed) -> None:
    assert [one.state for one in warehouse.clock(landed.warehouse)] == [State.OK]
    assert "s behind ours" in only(warehouse.clock(landed.warehouse, lambda: time.time() + 120)).said
    assert "s before ours" in only(warehouse.clock(landed.warehouse, lambda: time.time() - 120)).said


def test_rows_that_the_warehouse_refused_are_found(make_city: Callable[[str], City], landed: Landed, tmp_path: Path) -> None:
    assert list(warehouse.refused(landed.warehouse)) == []
    make_city("city").append(JOURNAL.name, b'{"seq": "no number"}')
    with ChdbWarehouse(tmp_path / "warehouse", partial(readers, tmp_path / "city")) as refusing:
        refusing.land(CENTRE, seconds=60)
        assert only(warehouse.refused(refusing)).said.startswith("the warehouse refused 1 rows")


# a check itself


def test_an_error_in_a_check_is_a_finding_and_nobody_s_words_are_repeated() -> None:
    def broken() -> Iterator[Finding]:
        raise Broken("the drawer is stuck", where="desk")
        yield

    def surprising() -> Iterator[Finding]:
        raise ValueError("王小明 0912345678")
        yield

    assert only(looked("x", broken)).said == "desk: the drawer is stuck [broken]"
    assert only(looked("x", surprising)).said.startswith("looking at it failed with ValueError in surprising")
    assert "王小明" not in str(list(looked("x", surprising)))
