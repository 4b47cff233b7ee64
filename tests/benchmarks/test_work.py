from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from benchmarks.kafka_contestants import ALL, COUNTED
from benchmarks.kafka_input import Input
from benchmarks.timing import read
from benchmarks.whole_fold import Memory, WholeFold
from benchmarks.work import KINDS, Stages, stages_of
from connectors.accept import accept
from reference.tables import PACKS
from schemas.frame import MAX_LINES
from tests.runtime.streams import CENTRE, START, stream

LINES = 700
WARM = 100


@pytest.fixture(scope="module")
def given() -> Input:
    accepted = accept([line.report for line in stream(LINES)], CENTRE, START)
    return Input("made up", CENTRE, PACKS / CENTRE, [line.to_json() for line in accepted], [line.report.source_id.encode() for line in accepted])


def rows_and_journal(stages: Stages, given: Input, size: int) -> tuple[dict[str, bytes], list[dict[str, object]]]:
    rows: dict[str, bytes] = {}
    journal = []
    for first in range(0, len(given.lines), size):
        frame = given.lines[first : first + size]
        heard = stages.heard(stages.intake(frame)) if size > 1 else [stages.one(frame[0])]
        for key, said in heard:
            rows[key], line = stages.casework(said, rows.get(key))
            journal.append({name: value for name, value in orjson.loads(line).items() if name != "raw_line"})
    return rows, journal


def test_the_light_work_is_the_same_in_frames_and_line_by_line(given: Input, tmp_path: Path) -> None:
    framed = rows_and_journal(stages_of("light", given.pack, given.centre, tmp_path / "framed"), given, MAX_LINES)
    singly = rows_and_journal(stages_of("light", given.pack, given.centre, tmp_path / "singly"), given, 1)
    assert framed == singly
    assert len(framed[1]) == LINES
    assert {line["action"] for line in framed[1]} >= {"first", "next", "withdraws", "resent"}


def outcomes(given: Input, folder: Path, size: int) -> list[dict[str, object]]:
    work = WholeFold(given.pack, given.centre, Memory(), folder)
    found = []
    for first in range(0, len(given.lines), size):
        written = work.fold(work.intake(given.lines[first : first + size]))
        work.keep(work.changed())
        found += [orjson.loads(line) for line in written if line.startswith(COUNTED["real"])]
    return [{name: said[name] for name in ("receipt_id", "outcome", "case_id") if name in said} for said in found]


def test_the_real_work_gives_every_report_its_outcome_in_frames_and_line_by_line(given: Input, tmp_path: Path) -> None:
    framed = outcomes(given, tmp_path / "framed", MAX_LINES)
    assert framed == outcomes(given, tmp_path / "singly", 1)
    assert len(framed) == LINES
    assert {"opened", "merged", "revised", "withdrawn"} <= {said["outcome"] for said in framed}


def test_what_the_stages_take_can_be_read_from_outside(given: Input, tmp_path: Path) -> None:
    stages = stages_of("light", given.pack, given.centre, tmp_path)
    assert not any(read(tmp_path))
    rows_and_journal(stages, given, MAX_LINES)
    intake, casework, encoding = read(tmp_path)
    assert intake > 0
    assert casework > 0
    assert encoding == 0


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("work", KINDS)
def test_every_contestant_is_given_every_line_once_and_in_order(name: str, work: str, given: Input) -> None:
    messages = ALL[name].messages(work, given, WARM, LINES)
    assert b"\n".join(message.value for message in messages).split(b"\n") == given.lines[WARM:]
    assert len(messages) == (2 if ALL[name].framed else LINES - WARM)


def test_one_line_of_the_empty_work_is_counted_for_each_report(given: Input, tmp_path: Path) -> None:
    stages = stages_of("empty", given.pack, given.centre, tmp_path)
    lines = [stages.casework(said, None).journal for _, said in stages.heard(stages.intake(given.lines))]
    assert all(line.startswith(COUNTED["empty"]) for line in lines)
    assert len({key for key, _ in stages.heard(given.lines)}) == len(set(given.lines))
