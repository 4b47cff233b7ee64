from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import Broken, UccError
from sinks.chdb_warehouse import ChdbWarehouse
from sinks.landing import insert_statement
from sinks.migrate import FOLDER, Migration, migrate, migrations
from sinks.sql import statements, tokens
from tests.casework.streams import said
from tests.sinks.asking import rows
from tests.sinks.engine import Engine

OUTCOME = (
    '{"centre":"c","raw_offset":OFFSET,"raw_line":0,"at":"2024-01-01T00:00:00Z","receipt_id":"r","outcome":"opened","source":"hotline12345",'
    '"source_id":"NAME","report_id":"NAME","revision":1,"standing":true,"case_id":"NAME","event":EVENT}'
)

JOURNAL = (
    '{"transition_id":"t","centre":"c","case_id":"k","seq":1,"at":"2024-01-01T00:00:00Z","action":"opened","to_state":"CLASSIFIED","actor":"rule:x","pack":"p",'
    '"raw_offset":1,"raw_line":0}'
)
CASE = (
    '{"case_id":"k","centre":"c","number":"n","version":1,"state":"CLASSIFIED","seq":1,"opened_at":"2024-01-01T00:00:00Z","changed_at":"2024-01-01T00:00:00Z",'
    '"reports":1,"first_reported_at":"2024-01-01T00:00:00Z","last_reported_at":"2024-01-01T00:00:00Z"}'
)


class Told:
    """What a warehouse was told, and what it answers about applied migrations."""

    def __init__(self, *applied: Migration) -> None:
        self.applied = {migration.name: migration.checksum for migration in applied}
        self.statements: list[str] = []

    def migrate(self, folder: Path) -> list[str]:
        return migrate(self.statements.append, lambda _: self.applied, folder)


def test_missing_migrations_are_applied_in_order(tmp_path: Path) -> None:
    first, _ = _write_numbered(tmp_path)
    told = Told(first)
    assert told.migrate(tmp_path) == ["0002_b.sql"]
    assert told.statements[1:3] == ["SELECT 2", "SELECT 3"]
    assert "0002_b.sql" in told.statements[3]


def _write_numbered(folder: Path) -> list[Migration]:
    (folder / "0001_a.sql").write_text("SELECT 1;")
    (folder / "0002_b.sql").write_text("SELECT 2; SELECT 3;")
    return migrations(folder)


def test_a_changed_migration_is_an_error_that_says_so(tmp_path: Path) -> None:
    told = Told(*_write_numbered(tmp_path))
    (tmp_path / "0001_a.sql").write_text("SELECT 1, 2;")
    with pytest.raises(Broken, match=r"0001_a\.sql: this migration was changed"):
        told.migrate(tmp_path)
    assert len(told.statements) == 1


def test_a_migration_of_a_newer_release_is_an_error(tmp_path: Path) -> None:
    told = Told(*_write_numbered(tmp_path), Migration("0003_c.sql", ""))
    with pytest.raises(Broken, match="does not know"):
        told.migrate(tmp_path)


def test_a_migration_between_applied_ones_is_an_error(tmp_path: Path) -> None:
    told = Told(_write_numbered(tmp_path)[1])
    with pytest.raises(Broken, match="next number"):
        told.migrate(tmp_path)


@pytest.mark.parametrize("name", ["1_a.sql", "0001-a.sql", "0001_A.sql"])
def test_a_migration_without_a_proper_name_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(Broken, match="named like"):
        migrations(tmp_path)


def test_two_migrations_of_one_number_are_an_error(tmp_path: Path) -> None:
    _write_numbered(tmp_path)
    (tmp_path / "0002_c.sql").write_text("SELECT 1;")
    with pytest.raises(Broken, match="same number"):
        migrations(tmp_path)


def test_each_shipped_statement_may_run_twice() -> None:
    for migration in migrations(FOLDER):
        for statement in statements(migration.text):
            words = [t.text.upper() for t in tokens(statement)]
            assert words[:3] == ["CREATE", "OR", "REPLACE"] or "EXISTS" in words[:8] or words[3:5] == ["MODIFY", "QUERY"], statement[:80]


def test_a_warehouse_is_migrated_once_and_refuses_to_open_with_a_changed_migration(tmp_path: Path) -> None:
    with ChdbWarehouse(tmp_path) as warehouse:
        assert warehouse.migrate() == [m.name for m in migrations(FOLDER)]
        assert warehouse.migrate() == []
    with ChdbWarehouse(tmp_path) as warehouse:
        assert warehouse.migrate() == []
        known = {row["name"]: row["checksum"] for row in rows(warehouse, "SELECT name, checksum FROM migrations")}
        assert known == {m.name: m.checksum for m in migrations(FOLDER)}
        warehouse.insert("migrations", b'{"name": "0001_lines.sql", "checksum": "other"}', rows=1, token="t")
    with pytest.raises(UccError, match="was changed after it had been applied") as caught:
        ChdbWarehouse(tmp_path)
    assert isinstance(caught.value, Broken)


def test_what_landed_before_somebody_looked_for_numbers_of_persons_is_not_shown_to_analysts(tmp_path: Path) -> None:
    before = [migration for migration in migrations(FOLDER) if migration.name < "0004"]
    lines = tmp_path / "lines"
    with Engine(tmp_path / "engine") as engine:
        engine.all(["CREATE DATABASE ucc", "USE ucc", *(statement for migration in before for statement in statements(migration.text))])
        old = said("old", "电话 19990001234", address="文德路12号").model_dump_json(exclude={"masked", "shown"}, exclude_defaults=True)
        lines.write_text(OUTCOME.replace("NAME", "old").replace("OFFSET", "1").replace("EVENT", old), encoding="utf-8")
        engine.query(insert_statement("outcome_lines", str(lines)))
        for _ in range(2):
            engine.all(statement for migration in migrations(FOLDER) if migration not in before for statement in statements(migration.text))
        new = said("new", "路灯不亮").model_dump_json(exclude_defaults=True)
        lines.write_text(OUTCOME.replace("NAME", "new").replace("OFFSET", "2").replace("EVENT", new), encoding="utf-8")
        engine.query(insert_statement("outcome_lines", str(lines)))
        for view in ("reports", "reports_current"):
            shown = engine.query(f"SELECT source_id, text, address FROM {view}_shown ORDER BY source_id").decode()  # noqa: S608
            assert shown == "new\t路灯不亮\t\nold\t*\t*\n"
            kept = engine.query(f"SELECT source_id, text FROM {view} ORDER BY source_id").decode()  # noqa: S608
            assert kept == "new\t路灯不亮\nold\t电话 19990001234\n"


def test_what_landed_before_cases_were_worked_on_stands_as_it_was_beside_what_lands_after(tmp_path: Path) -> None:
    before = [migration for migration in migrations(FOLDER) if migration.name < "0006"]
    lines = tmp_path / "lines"
    at_work = CASE.replace('"k"', '"w"').replace('"reports":1', '"due_at":"2024-01-02T00:00:00Z","flags":["paused"],"desk":2')
    told = (
        JOURNAL.replace('"k"', '"w"')
        .replace('"t"', '"u"')
        .replace('"pack"', '"data":{"deadlines":{"close":{"due":"2024-01-02T00:00:00Z","rule":"close-u3"}}},"pack"')
    )
    with Engine(tmp_path / "engine") as engine:

        def land(table: str, line: str) -> None:
            lines.write_text(line, encoding="utf-8")
            engine.query(insert_statement(table, str(lines)))

        engine.all(["CREATE DATABASE ucc", "USE ucc", *(statement for migration in before for statement in statements(migration.text))])
        old = said("old", "路灯不亮")
        land("outcome_lines", OUTCOME.replace("NAME", "old").replace("OFFSET", "1").replace("EVENT", old.model_dump_json(exclude_defaults=True)))
        land("journal_rows", JOURNAL)
        land("case_rows", CASE)
        for _ in range(2):
            engine.all(statement for migration in migrations(FOLDER) if migration not in before for statement in statements(migration.text))
        new = old.model_copy(update={"against": ("u",)})
        land("outcome_lines", OUTCOME.replace("NAME", "new").replace("OFFSET", "2").replace("EVENT", new.model_dump_json(exclude_defaults=True)))
        land("journal_rows", told)
        land("case_rows", at_work)
        assert engine.query("SELECT source_id, text, against FROM reports ORDER BY source_id") == "new\t路灯不亮\t['u']\nold\t路灯不亮\t[]\n".encode()
        assert engine.query("SELECT case_id, action, data FROM journal ORDER BY case_id").decode().splitlines() == [
            "k\topened\t{}",
            'w\topened\t{"deadlines":{"close":{"due":"2024-01-02T00:00:00Z","rule":"close-u3"}}}',
        ]
        cases = engine.query("SELECT case_id, reports, due_at, flags, desk, parent FROM cases_current ORDER BY case_id").decode().splitlines()
        assert cases == ["k\t1\t\\N\t[]\t0\t", "w\t0\t2024-01-02 00:00:00.000000\t['paused']\t2\t"]
        assert engine.query("SELECT case_id, milestone, due_at FROM deadlines") == b"w\tclose\t2024-01-02 00:00:00.000000\n"
