"""Who reports, and what people wrote of themselves: on the way of real lines through one home, and in what everybody may see afterwards."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
from prometheus_client import generate_latest

from connectors.accept import accept
from connectors.channels import CHANNELS
from connectors.message import MessageReader
from pipeline.runtime.sqlite_log import SqliteLog
from schemas.errors import BrokenSetting, NotFound, UccError
from schemas.report import Report
from schemas.topics import EVENTS, OUTCOMES, RAW
from schemas.vocabulary import Source
from sinks.asked import Answered, Asked
from sinks.chdb_warehouse import ChdbWarehouse
from tests.schemas.adversarial import ADVERSARIAL, Hidden, tells
from tests.sinks.asking import VIEWS, rows
from tests.ucc.conftest import Desk, Done, lines_of, village, written
from ucc.acceptance import EmbeddedAcceptance
from ucc.audit import about, named
from ucc.home import Home
from ucc.opened import FIELDS, opened
from ucc.owner import Owner, owner_of
from ucc.reading import key_ring

CALLERS = {"caller_name": "欧阳某某", "caller_phone": "１９９９ 000 4321", "caller_id_card": "00000019900307123X", "caller_address": "测试路0号0栋000室"}
IN_THE_CLEAR = ("欧阳某", "19990004321", "1999 000 4321", "１９９９ 000", "19900307", "0栋000")
SEALED = "举报某局长收受贿赂，贪污受贿"


class Told(NamedTuple):
    """A home in which everything was said, and what the program said to it."""

    desk: Desk
    imported: Done
    owner: Owner
    rows: dict[str, list[dict[str, Any]]]
    """What analysts were answered, by view."""

    def asked(self, sql: str) -> list[dict[str, Any]]:
        """What `ucc sql` answers."""
        return rows(self.owner.warehouse, sql)

    def opened(self, source_id: str, purpose: str = "call back", fields: Sequence[str] = FIELDS) -> dict[str, str]:
        """What `ucc open` shows."""
        return opened(self.owner.home, self.owner.warehouse, report_id(self, source_id), purpose, fields)


def pushed(owner: Owner, payloads: list[dict[str, Any]]) -> None:
    """Lines in the hotline's own words, accepted as its door does it."""
    reader = MessageReader(Source.HOTLINE12345, None, key_ring(owner.home).sealing("tainan"))
    read = [found for _, found in reader.read(b"\n".join(map(orjson.dumps, payloads)))]
    reports = [found for found in read if isinstance(found, Report)]
    assert len(reports) == len(payloads), [found for found in read if not isinstance(found, Report)][:1]
    acceptance = EmbeddedAcceptance(owner.log("tainan"), owner.intake("tainan"), "test")
    acceptance.take(accept(reports, "tainan", datetime.now(UTC)), "hotline12345", lambda _first, _last: b"")
    owner.drain("tainan", seconds=120)


def payload(number: int, content: str, **more: Any) -> dict[str, Any]:
    example = dict(CHANNELS[Source.HOTLINE12345].example)
    return {**example, **CALLERS, "work_order_no": f"H{number:04d}", "content": content, "incident_address": f"文德路 {content[:40]}", **more}


def adversarial_file(path: Path) -> Path:
    """Each text of the set in each field that people write; then lines that are refused for it."""
    rows = lines_of(range(len(ADVERSARIAL)))
    for row, hidden in zip(rows, ADVERSARIAL, strict=True):
        row |= {"description": hidden.text, "address": f"永大路 {hidden.text}", "district": hidden.text}
    wrong = lines_of(range(1_000, 1_000 + len(ADVERSARIAL)))
    for number, (row, hidden) in enumerate(zip(wrong, ADVERSARIAL, strict=True)):
        row[("created", "lat", "op", "commit_ts")[number % 4]] = hidden.text
    return written(path, [*rows, *wrong])


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("told")
    polygons = folder / "villages.geojson"
    polygons.write_text(json.dumps({"type": "FeatureCollection", "features": [village("67000280001", "南灣里", 120.2, 23.0)]}), encoding="utf-8")
    desk = Desk(folder / "home")
    desk.run("reference", "import", "--name", "tainan", "--grids", str(polygons))
    file = adversarial_file(folder / "file.csv")
    imported = desk.run("import", str(file), "--source", "hotline12345", "--mapping", "tainan-1999", "--json", code=None)
    home = Home(desk.home)
    said = [payload(number, hidden.text, title=hidden.text) for number, hidden in enumerate(ADVERSARIAL[::3])]
    with owner_of(home, "take in") as owner:
        owner.centre(home.centre("tainan"))
        pushed(owner, [*said, payload(9_000, SEALED), payload(9_001, "路灯不亮")])
        pushed(owner, [payload(9_001, SEALED, update_time="2026-03-02 09:21:36")])
        answers = {view: answer(owner.warehouse, f"SELECT * FROM {view}") for view in VIEWS}  # noqa: S608  the views' own names
        yield Told(desk, imported, owner, answers)


def answer(warehouse: ChdbWarehouse, sql: str) -> list[dict[str, Any]]:
    into = io.BytesIO()
    answered = warehouse.answer(Asked(sql, "JSONEachRow"), into)
    assert isinstance(answered, Answered), answered
    return [orjson.loads(line) for line in into.getvalue().splitlines()]


def hidden_in(row: dict[str, Any]) -> Hidden | None:
    """Which of the set a row is about, by its source's id."""
    name = row["source_id"]
    if name.startswith("R"):
        return ADVERSARIAL[int(name[1:])]
    return ADVERSARIAL[::3][int(name[1:])] if int(name[1:]) < 9_000 else None


def test_no_view_of_analysts_tells_a_number_of_the_adversarial_set(told: Told) -> None:
    assert len(told.rows["reports"]) > len(ADVERSARIAL)
    for view, found in told.rows.items():
        for row in found:
            shown = json.dumps(row, ensure_ascii=False)
            if view in ("reports", "reports_current", "outcomes") and row["source_id"] and (hidden := hidden_in(row)) is not None:
                assert not tells(shown.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t"), hidden), view


def test_what_was_said_is_kept_as_it_was_received_and_ucc_sql_shows_it(told: Told) -> None:
    kept = {row["source_id"]: row["text"] for row in told.asked("SELECT source_id, text FROM reports_current WHERE source_id LIKE 'R0%'")}
    shown = {row["source_id"]: row["text"] for row in told.rows["reports_current"]}
    assert all(kept[f"R{number:05d}"] == hidden.text.strip() for number, hidden in enumerate(ADVERSARIAL))
    assert all(shown[name] != text and len(shown[name]) == len(str(text)) for name, text in kept.items())


def test_no_sentence_for_people_and_no_metric_tells_a_number_of_the_set(told: Told) -> None:
    assert json.loads(told.imported.out.splitlines()[-1])["refused"] >= len(ADVERSARIAL) // 2
    reasons = [line for path in told.desk.home.parent.glob("file.csv.refused*") for line in path.read_text(encoding="utf-8").splitlines()]
    assert reasons, "they stand beside the file"
    seen = told.imported.out + told.imported.err + generate_latest().decode() + told.desk.run("dead-letters", "list", code=None).out
    assert [hidden.text for hidden in ADVERSARIAL if tells(seen, hidden)] == []


def test_who_reports_is_masked_in_every_view_and_in_the_clear_in_no_table(told: Told) -> None:
    (row,) = [row for row in told.rows["reports_current"] if row["source_id"] == "H0000"]
    assert (row["reporter_name"], row["reporter_phone"], row["reporter_id"]) == ("欧阳**", "199****4321", "000***********123X")
    everything = str(told.asked("SELECT * FROM outcome_rows WHERE source_id LIKE 'H%'"))
    assert "欧阳**" in everything
    assert not [part for part in IN_THE_CLEAR if part in everything]


@pytest.mark.parametrize("topic", [RAW.name, EVENTS.name, OUTCOMES.name])
def test_who_reports_is_in_the_clear_in_no_frame_of_the_log(told: Told, topic: str) -> None:
    path = told.owner.home.casework_log("tainan") if topic == OUTCOMES.name else told.owner.home.intake_log("tainan")
    with closing(SqliteLog(path, writer=False)) as log:
        lines = b"\n".join(line for placed in log.read(topic, -1, 10_000) for line in placed.frame.lines()).decode()
    assert '"reporter"' in lines or topic == EVENTS.name, "events are trimmed when they have been folded"
    assert not [part for part in IN_THE_CLEAR if part in lines]


def test_the_call_by_which_a_report_came_is_there_for_the_indicators(told: Told) -> None:
    (row,) = [row for row in told.rows["reports"] if row["source_id"] == "H0000"]
    assert (row["call_waited_s"], row["call_lasted_s"], row["call_answered"]) == (6, 205, 1)


def test_of_sealed_reports_nobody_and_no_call_is_in_any_row_below_the_views(told: Told) -> None:
    for name, lines in (("H9000", 1), ("H9001", 2)):
        found = told.asked(f"SELECT * FROM outcome_rows FINAL WHERE source_id = '{name}'")  # noqa: S608
        assert len(found) == lines
        for row in found:
            assert not [column for column, value in row.items() if column.startswith(("reporter_", "call_")) and value]
            assert not [column for column, value in row.items() if column.endswith("_shown") and value]


def report_id(told: Told, source_id: str) -> str:
    return next((str(row["report_id"]) for row in told.rows["reports"] if row["source_id"] == source_id), source_id)


def traces(told: Told) -> list[dict[str, str]]:
    return list(about(told.desk.home, ()))


def test_a_report_is_opened_for_a_purpose_and_the_trace_is_there(told: Told) -> None:
    name = report_id(told, "H0000")
    done = told.desk.run("open", name, "--purpose", "call back", "--json")
    assert json.loads(done.out) == {"name": "欧阳某某", "phone": "1999 000 4321", "id_number": "00000019900307123X", "home": "测试路0号0栋000室"}
    assert told.opened("H0000", "call back again", ["phone"]) == {"phone": "1999 000 4321"}
    log = told.desk.home / "audit.log"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert [(line["what"], line["purpose"], line["fields"]) for line in traces(told) if line.get("report") == name] == [
        ("reporter", "call back", "name,phone,id_number,home"),
        ("reporter", "call back again", "phone"),
    ]
    assert not [part for part in IN_THE_CLEAR if part in log.read_text(encoding="utf-8")]


def test_who_saw_it_is_known_by_report_by_the_sources_id_and_by_case(told: Told) -> None:
    told.opened("H0002", "to ask where it is")
    (current,) = [row for row in told.rows["reports_current"] if row["source_id"] == "H0002"]
    (case,) = [row for row in told.rows["cases_current"] if row["case_id"] == current["case_id"]]
    for asked in (current["report_id"], "H0002", case["case_id"], case["number"].lower()):
        names = named(told.owner.warehouse, asked)
        assert "to ask where it is" in {line["purpose"] for line in about(told.desk.home, names)}
    assert [line["source_id"] for line in map(json.loads, told.desk.run("audit", case["number"], "--json").out.splitlines())].count("H0002") == 1
    assert told.desk.run("audit", "H0004").out == ""


@pytest.mark.parametrize(
    ("which", "purpose", "fields", "said"),
    [
        ("H0001", "", FIELDS, "say what it is opened for"),
        ("H0001", "  ", FIELDS, "say what it is opened for"),
        ("H0001", "x", ["secret"], "there is no such field; there are name, phone, id_number, home"),
        ("H9000", "x", FIELDS, "this report is sealed"),
        ("H9001", "x", FIELDS, "this report is sealed"),
        ("R00001", "x", FIELDS, "tells nothing of who sent it"),
        ("nobody's", "x", FIELDS, "there is no report with this id"),
    ],
)
def test_what_may_not_be_opened_is_not_and_leaves_no_trace(told: Told, which: str, purpose: str, fields: Sequence[str], said: str) -> None:
    before = traces(told)
    with pytest.raises(UccError, match=said):
        told.opened(which, purpose, fields)
    assert traces(told) == before


def test_nothing_is_opened_where_it_cannot_be_noted(told: Told) -> None:
    log = told.desk.home / "audit.log"
    kept = log.read_bytes() if log.exists() else b""
    log.unlink(missing_ok=True)
    log.mkdir()
    try:
        with pytest.raises(BrokenSetting, match="nothing is opened"):
            told.opened("H0001")
    finally:
        log.rmdir()
        log.write_bytes(kept)


def test_after_a_rotation_what_was_closed_before_still_opens_and_a_lost_key_is_named(told: Told) -> None:
    made = json.loads(told.desk.run("keys", "rotate", "--json").out)
    assert made["versions"][-1] == made["version"]
    assert told.opened("H0001")["name"] == "欧阳某某"
    ring = told.desk.home / "keys" / "ring.json"
    whole = ring.read_bytes()
    try:
        ring.write_bytes(json.dumps({**json.loads(whole), "keys": json.loads(whole)["keys"][-1:]}).encode())
        with pytest.raises(NotFound, match=f"the key {made['versions'][0]} that closed this box is not in the key ring"):
            told.opened("H0001")
    finally:
        ring.write_bytes(whole)
