from __future__ import annotations

import gzip
import json
import os
import random
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from schemas.vocabulary import Source
from tests.ucc.conftest import ARRIVED, Desk, lines_of, written


def test_a_file_becomes_cases_and_every_line_is_accounted_for(desk: Desk, tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", [*lines_of(range(100)), *lines_of(range(5), seq=0), *lines_of([7], op="-", seq=1000)])
    counts = desk.take(file)
    assert (counts["read"], counts["accepted"], counts["resent"], counts["refused"]) == (106, 101, 5, 0)
    assert sum(counts["outcomes"].values()) == 106  # type: ignore[attr-defined]
    answer = json.loads(desk.run("reconcile", "--json").out)
    assert answer["balanced"] is True
    assert desk.rows("SELECT count() AS n, countIf(standing = 1) AS standing FROM reports_current") == [{"n": 100, "standing": 99}]
    assert desk.rows("SELECT DISTINCT community FROM reports_current ORDER BY community") == [{"community": "六甲里"}, {"community": "南灣里"}]


def test_an_import_that_was_stopped_goes_on_where_it_was_and_takes_no_line_twice(desk: Desk, tmp_path: Path) -> None:
    file = written(tmp_path / "many.csv", lines_of(range(12_000)))
    rng = random.Random(5)
    killed = 0
    while True:
        process = subprocess.Popen(
            [*desk.command, "import", str(file), "--source", "hotline12345", "--mapping", "tainan-1999", "--json"],
            env=desk.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            out, _ = process.communicate(timeout=rng.uniform(0.3, 3.0) if killed < 6 else 600)
            break
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            killed += 1
    counts = json.loads(out.splitlines()[-1])
    assert killed > 0
    assert (counts["read"], counts["accepted"], counts["resent"]) == (12_000, 12_000, 0)
    assert json.loads(desk.run("reconcile", "--json").out)["balanced"] is True
    assert desk.rows("SELECT count() AS n, uniqExact(report_id) AS ids FROM reports") == [{"n": 12_000, "ids": 12_000}]


def test_a_file_that_was_imported_is_not_read_again_and_says_the_same(desk: Desk, tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", lines_of(range(30)))
    first = desk.take(file)
    assert desk.take(file) == first
    assert json.loads(desk.run("reconcile", "--json").out)["centres"][0]["accepted"] == 30


def test_refused_lines_stand_beside_the_file_each_once_with_its_reason(desk: Desk, tmp_path: Path) -> None:
    rows = lines_of(range(10))
    rows[3]["created"] = "yesterday"
    rows[6]["lat"] = "north"
    file = written(tmp_path / "a.csv", rows)
    counts = desk.take(file)
    assert (counts["read"], counts["accepted"], counts["refused"]) == (10, 8, 2)
    refused = [json.loads(line) for line in (tmp_path / "a.csv.refused.jsonl").read_bytes().splitlines()]
    assert [(r["line"], r["code"]) for r in refused] == [(5, "invalid-field"), (8, "invalid-field")]
    assert all(r["detail"] for r in refused)


def test_a_file_that_breaks_off_has_its_lines_taken_and_says_so(desk: Desk, tmp_path: Path) -> None:
    whole = gzip.compress(written(tmp_path / "a.csv", lines_of(range(3_000))).read_bytes())
    file = tmp_path / "cut.csv.gz"
    file.write_bytes(whole[: len(whole) // 2])
    done = desk.run("import", str(file), "--source", "hotline12345", "--mapping", "tainan-1999", "--json", code=1)
    counts = json.loads(done.out.splitlines()[-1])
    assert 0 < counts["accepted"] < 3_000
    assert "byte" in done.err
    assert json.loads(desk.run("reconcile", "--json").out)["balanced"] is True


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["import", "/nowhere.csv", "--source", "hotline12345", "--mapping", "tainan-1999"], 2, "/nowhere.csv"),
        (["import", "{file}", "--source", "hotline12345", "--mapping", "no-such"], 2, "tainan-1999"),
        (["import", "{file}", "--source", "telegraph", "--mapping", "tainan-1999"], 2, "hotline12345"),
        (["import", "{file}", "--source", "hotline12345", "--mapping", "tainan-1999", "--centre", "atlantis"], 2, "tainan"),
        (["sql", "SELECT nonsense FROM reports"], 2, "nonsense"),
        (["sql", "DROP TABLE outcome_rows"], 2, "only questions"),
        (["explain", "TAINAN-0"], 2, "no case"),
        (["reference", "use", "atlantis"], 2, "pukou"),
        (["reference", "import", "--name", "Not A Name", "--grids", "{file}"], 2, "name"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_for_the_person(desk: Desk, tmp_path: Path, words: list[str], code: int, says: str) -> None:
    file = written(tmp_path / "a.csv", lines_of(range(3)))
    done = desk.run(*(word.replace("{file}", str(file)) for word in words), code=code)
    assert says in done.err
    assert "Traceback" not in done.err


def test_an_unknown_setting_is_an_error_that_names_the_known_ones(desk: Desk) -> None:
    desk.env["UCC_HOEM"] = "x"
    done = desk.run("sql", "SELECT 1", code=2)
    assert "UCC_HOEM" in done.err
    assert "UCC_HOME" in done.err


def test_a_home_that_is_owned_answers_questions_and_refuses_a_second_import(desk: Desk, tmp_path: Path) -> None:
    file = written(tmp_path / "many.csv", lines_of(range(60_000)))
    first = subprocess.Popen(
        [*desk.command, "import", str(file), "--source", "hotline12345", "--mapping", "tainan-1999", "--json"],
        env=desk.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        word = desk.home / "run.json"
        while not word.exists():
            assert first.poll() is None
            time.sleep(0.02)
        assert stat.S_IMODE(word.stat().st_mode) == 0o600
        second = desk.run("import", str(written(tmp_path / "b.csv", lines_of(range(3)))), "--source", "hotline12345", "--mapping", "tainan-1999", code=75)
        assert str(first.pid) in second.err
        assert desk.rows("SELECT 1 AS one") == [{"one": 1}]
        assert first.poll() is None
    finally:
        first.wait(600)
    assert not word.exists()
    assert json.loads(desk.run("reconcile", "--json").out)["balanced"] is True


def test_the_word_of_an_owner_that_was_killed_is_not_believed(desk: Desk, tmp_path: Path) -> None:
    (desk.home / "run.json").write_text(json.dumps({"pid": 2**22 - 1, "port": 1, "token": "x", "doing": "import"}))
    assert desk.rows("SELECT 1 AS one") == [{"one": 1}]
    assert desk.take(written(tmp_path / "a.csv", lines_of(range(3))))["accepted"] == 3


def test_two_centres_in_a_home_are_kept_apart_and_must_be_named(desk: Desk, polygons: Path, tmp_path: Path) -> None:
    desk.run("reference", "import", "--name", "second", "--grids", str(polygons))
    file = written(tmp_path / "a.csv", lines_of(range(20)))
    assert "which centre" in desk.run("import", str(file), "--source", "hotline12345", "--mapping", "tainan-1999", code=2).err
    desk.take(file, "--centre", "tainan")
    desk.take(file, "--centre", "second")
    counted = desk.rows("SELECT centre, count() AS n, uniqExact(report_id) AS ids FROM reports GROUP BY centre ORDER BY centre")
    assert counted == [{"centre": "second", "n": 20, "ids": 20}, {"centre": "tainan", "n": 20, "ids": 20}]
    assert desk.rows("SELECT uniqExact(report_id) AS ids FROM reports") == [{"ids": 40}]
    answer = json.loads(desk.run("reconcile", "--json").out)
    assert [c["centre"] for c in answer["centres"]] == ["tainan", "second"]
    assert answer["balanced"] is True


def test_an_empty_home_gets_the_shipped_pack_of_pukou(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "fresh")
    desk.take(written(tmp_path / "a.csv", lines_of(range(3))))
    assert "centre   pukou" in desk.run("reference", "list").out
    number = desk.rows("SELECT number FROM cases_current LIMIT 1")[0]["number"]
    assert str(number).startswith("PUKOU-")


def test_a_changed_pack_takes_effect_from_there_on_and_decisions_name_theirs(desk: Desk, polygons: Path, tmp_path: Path) -> None:
    desk.take(written(tmp_path / "a.csv", lines_of(range(3))))
    duties = tmp_path / "duties.csv"
    duties.write_text("duty,matter,area,part_owner,unit,co_units,valid_from,valid_to,basis\nD-0701,0701,*,*,chengguan,,2000-01-01,,test\n")
    desk.run("reference", "import", "--name", "tainan", "--grids", str(polygons), "--table", f"duties={duties}", "--replace")
    desk.take(written(tmp_path / "b.csv", lines_of(range(100, 103))))
    rows = desk.rows("SELECT unit, count() AS n, uniqExact(pack) AS packs FROM reports_current GROUP BY unit ORDER BY unit")
    assert [row["unit"] for row in rows] == ["chengguan", "jiaoguan"]
    assert all(row["packs"] == 1 for row in rows)
    assert desk.rows("SELECT uniqExact(pack) AS packs FROM reports_current") == [{"packs": 2}]


def test_explain_tells_the_whole_story_with_every_reason(desk: Desk, tmp_path: Path) -> None:
    rows = lines_of([0, 1])
    rows[1]["lng"] = "120.200700"
    desk.take(written(tmp_path / "a.csv", rows))
    number = str(desk.rows("SELECT number FROM cases_current")[0]["number"])
    told = desk.run("explain", number, "--lang", "en").out
    for words in ("机动车违停 0701", "opened", "joined", "m away", "source_codes/tainan-1999", "grids/67000280001", "duties/", "南灣里"):
        assert words in told, words
    told = desk.run("explain", number).out
    for words in (f"案件 {number}", "机动车违停 0701", "立案", "并入诉求", "相距", "source_codes/tainan-1999/", "[grids/67000280001", "南灣里"):
        assert words in told, words
    assert json.loads(desk.run("explain", number, "--json").out)["number"] == number


def test_schemas_are_exported_one_a_model(desk: Desk, tmp_path: Path) -> None:
    desk.run("schema", "export", str(tmp_path / "schemas"))
    names = {path.name for path in (tmp_path / "schemas").iterdir()}
    assert {"Report.schema.json", "Case.schema.json", "Transition.schema.json", "Duty.schema.json"} <= names
    assert {f"source.{source.value}.schema.json" for source in Source} <= names
    assert json.loads((tmp_path / "schemas" / "Report.schema.json").read_text())["additionalProperties"] is False


def test_a_pack_that_is_wrong_stops_the_start_and_names_file_row_and_field(desk: Desk, polygons: Path, tmp_path: Path) -> None:
    duties = tmp_path / "duties.csv"
    duties.write_text("duty,matter,area,part_owner,unit,co_units,valid_from,valid_to,basis\nT-1,*,*,*,nobody,,2000-01-01,,test\n")
    done = desk.run("reference", "import", "--name", "third", "--grids", str(polygons), "--table", f"duties={duties}", code=2)
    assert "duties.csv:2 unit" in done.err
    assert "nobody" in done.err
    assert "centre   third" not in desk.run("reference", "list").out


def test_arrival_is_the_clock_of_a_centre_that_lives_by_its_stream(desk: Desk, tmp_path: Path) -> None:
    desk.take(written(tmp_path / "a.csv", lines_of([0])))
    opened = str(desk.rows("SELECT toUnixTimestamp(opened_at) AS at FROM cases_current")[0]["at"])
    assert int(opened) == ARRIVED
