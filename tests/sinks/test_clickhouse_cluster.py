"""Our migrations on a cluster: rendered, read by the parser of a current ClickHouse, and run by its engine on a cluster of one server.

No cluster of several servers is run here: there is none to run. What the engine cannot do alone is taken out before it is told: `ON CLUSTER`
(told to all servers through Keeper) everywhere, and the replicated engines where rows go in.
"""

# ruff: noqa: S608  the statements are ours

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import Broken
from sinks.analysts_views import VIEWS as BELOW
from sinks.clickhouse_cluster import Cluster, shards_of
from sinks.landing import TABLES, insert_statement
from sinks.migrate import Migration, made_before, made_by, migrations
from sinks.sql import kept, literal
from tests.sinks.asking import VIEWS, picture
from tests.sinks.city import CENTRE
from tests.sinks.conftest import Landed
from tests.sinks.engine import ONE_SERVER, Engine, EngineError
from tests.sinks.test_analysts import QUESTIONS

ON = " ON CLUSTER 'north'"


def rendered(database: str = "ucc", name: str = "north") -> list[str]:
    cluster = Cluster(name, database, migrations())
    return [*made_before(cluster.rendered), *(statement for migration in migrations() for statement in made_by(migration, cluster.rendered))]


def alone(statement: str) -> str:
    """As one server does it that nobody replicates."""
    return re.sub(r"ENGINE = Replicated(\w+)\('[^']*', '[^']*'(?:, )?", r"ENGINE = \1(", statement.replace(ON, ""))


def is_local(statement: str) -> bool:
    return "ENGINE = Distributed" not in statement and not re.match(r"ALTER TABLE \w+(?<!_local) ON", statement)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("engine"), ONE_SERVER) as started:
        yield started


@pytest.fixture(scope="module")
def landed_there(engine: Engine, landed: Landed, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The city, landed through the tables that span the shards."""
    for database in ("ucc", "beside"):
        engine.query(f"CREATE DATABASE {database}")
        engine.query(f"USE {database}")
        engine.all(map(alone, rendered(database)) if database == "ucc" else [s for m in migrations() for s in made_by(m) if not s.startswith("INSERT")])
        lines = tmp_path_factory.mktemp("lines") / "lines"
        city = landed.city
        for table, said in (("outcome_lines", city.outcomes), ("journal_rows", city.journal), ("case_rows", list(city.cases.values()))):
            lines.write_bytes(b"\n".join(said))
            for _ in range(2):
                engine.query(insert_statement(table, str(lines)).replace("SETTINGS ", "SETTINGS distributed_foreground_insert = 1, async_insert = 0, "))
    engine.query("USE ucc")
    return engine


def test_every_statement_is_understood_by_the_parser(engine: Engine) -> None:
    for statement in rendered():
        shown = engine.query(f"SELECT formatQuery({literal(statement)})", "TSVRaw").decode()
        assert shown.startswith("INSERT INTO migrations") or "ON CLUSTER north" in shown, statement[:100]


def test_every_replicated_table_is_made_with_its_keeper_and_its_macros(engine: Engine) -> None:
    engine.query("CREATE DATABASE replicated")
    engine.query("USE replicated")
    engine.all(statement.replace(ON, "") for statement in rendered("replicated") if statement.startswith("CREATE TABLE"))
    told = engine.query("SELECT table, zookeeper_path, replica_name FROM system.replicas WHERE database = 'replicated' ORDER BY table").decode().splitlines()
    assert "journal_rows_local\t/clickhouse/tables/1/replicated/journal_rows_local\tr1" in told
    assert "migrations\t/clickhouse/tables/replicated/migrations\t1-r1" in told
    plain = engine.query("SELECT count() FROM system.tables WHERE database = 'replicated' AND engine LIKE '%MergeTree' AND engine NOT LIKE 'Replicated%'")
    assert plain == b"0\n"


def test_views_read_the_tables_of_their_own_server_only(engine: Engine) -> None:
    engine.query("CREATE DATABASE local_only")
    engine.query("USE local_only")
    engine.all(alone(statement) for statement in rendered("local_only") if is_local(statement))
    views = engine.query("SELECT name FROM system.tables WHERE database = 'local_only' AND engine = 'View'").decode().split()
    assert {view.removesuffix("_local") for view in views} >= {*VIEWS, *BELOW.values(), "present_reports"}
    for view in views:
        assert engine.query(f"SELECT count() FROM {view}") == b"0\n"


def test_through_the_tables_above_everything_is_as_on_one_server_though_it_came_twice(landed_there: Engine) -> None:
    landed_there.query("USE beside")
    beside = picture(landed_there)
    landed_there.query("USE ucc")
    assert picture(landed_there) == beside
    assert beside["outcomes"]
    assert landed_there.query(kept("figures", centre=CENTRE)).splitlines().count(b"twice\t0") == 1


def test_the_number_of_shards_is_read_off_the_first_table(landed_there: Engine) -> None:
    told = landed_there.query("SELECT engine_full FROM system.tables WHERE database = 'ucc' AND name = 'outcome_lines'").decode()
    assert shards_of(told) == 1


def test_each_question_of_the_guide_may_be_asked_where_there_are_two_shards(landed_there: Engine) -> None:
    landed_there.query("CREATE DATABASE two")
    landed_there.query("USE two")
    landed_there.all(alone(statement).replace("'north'", "'twice'") for statement in rendered("two"))
    landed_there.query("SET distributed_product_mode = 'local'")
    for question in (*QUESTIONS, kept("figures", centre=CENTRE), kept("case_reports", centre=CENTRE, case_id="x"), kept("points_of_addresses")):
        landed_there.query(question)
    landed_there.query("SET distributed_product_mode = 'deny'")  # the server's default: what the setting is for
    with pytest.raises(EngineError, match="DISTRIBUTED_IN_JOIN_SUBQUERY_DENIED"):
        landed_there.query(next(question for question in QUESTIONS if "INNER JOIN" in question))
    landed_there.query("USE ucc")


def test_what_sealing_takes_out_is_taken_out_of_the_replicated_rows(landed_there: Engine) -> None:
    cluster = Cluster("north", "ucc", migrations())
    (statement,) = cluster.rendered(kept("erase_sealed"))
    assert statement.startswith(f"ALTER TABLE outcome_rows_local{ON} UPDATE")
    assert "FROM sealed_rows_local" in statement
    landed_there.query(alone(statement))


def test_rows_of_one_centre_lie_on_one_shard() -> None:
    spanning = [statement for statement in rendered() if "ENGINE = Distributed" in statement]
    for table in TABLES.values():
        (made,) = [s for s in spanning if s.startswith(f"CREATE TABLE IF NOT EXISTS {table} ")]
        assert made.endswith(f"ENGINE = Distributed('north', 'ucc', '{table}_local', cityHash64(centre) % 1)")
        assert shards_of(made) == 1
    assert shards_of(Cluster("north", "ucc", migrations(), 3).rendered("CREATE TABLE IF NOT EXISTS x (centre String) ENGINE = Null")[1]) == 3
    assert shards_of("Distributed('north', 'ucc', 'x_local')") == 0


def test_what_is_check_summed_is_the_file_and_not_what_it_is_rendered_as() -> None:
    cluster = Cluster("north", "ucc", migrations())
    for migration in migrations():
        assert list(made_by(migration, cluster.rendered))[-1] == list(made_by(migration))[-1]
        assert migration.checksum in list(made_by(migration))[-1]


def test_columns_are_added_below_and_above_settings_below_alone() -> None:
    cluster = Cluster("north", "ucc", migrations())
    added = cluster.rendered("ALTER TABLE case_rows ADD COLUMN IF NOT EXISTS x String")
    assert added == [f"ALTER TABLE case_rows{suffix}{ON} ADD COLUMN IF NOT EXISTS x String" for suffix in ("_local", "")]
    assert cluster.rendered("ALTER TABLE case_rows MODIFY SETTING a = 1") == [f"ALTER TABLE case_rows_local{ON} MODIFY SETTING a = 1"]
    changed = cluster.rendered("ALTER TABLE outcome_lines_to_rows MODIFY QUERY SELECT * FROM outcome_lines")
    assert changed == [f"ALTER TABLE outcome_lines_to_rows{ON} MODIFY QUERY SELECT * FROM outcome_lines_local"]


def test_a_name_is_told_from_a_column_of_the_same_name_and_from_what_comments_and_texts_say() -> None:
    view = "CREATE OR REPLACE VIEW reports AS SELECT reports, 'FROM case_rows' /* FROM case_rows */ FROM case_rows -- FROM case_rows\n AS reports"
    (inner, above) = Cluster("north", "ucc", migrations()).rendered(view)
    assert inner == (
        f"CREATE OR REPLACE VIEW reports_local{ON} AS SELECT reports, 'FROM case_rows' /* FROM case_rows */ FROM case_rows_local -- FROM case_rows\n AS reports"
    )
    assert above == f"CREATE OR REPLACE TABLE reports{ON} AS reports_local ENGINE = Distributed('north', 'ucc', 'reports_local')"


def test_the_name_of_a_cluster_is_a_text_whatever_it_is() -> None:
    assert "ON CLUSTER 'it\\'s'" in rendered(name="it's")[0]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP TABLE case_rows", "cannot say this to a cluster"),
        ("CREATE TABLE IF NOT EXISTS x (a String) ENGINE = ReplacingMergeTree ORDER BY a", "a column `centre`"),
        ("CREATE TABLE IF NOT EXISTS x (centre String) ENGINE = Memory", "has the engine Null or ReplacingMergeTree"),
    ],
)
def test_a_statement_that_no_cluster_can_be_told_is_an_error(statement: str, said: str) -> None:
    with pytest.raises(Broken, match=said):
        Cluster("north", "ucc", [Migration("0001_x.sql", statement)]).rendered(statement)


def test_lines_of_a_file_are_rendered_one_statement_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "0001_x.sql").write_text("CREATE TABLE IF NOT EXISTS x (centre String) ENGINE = Null;\n-- and\nALTER TABLE x ADD COLUMN y String;")
    (migration,) = migrations(tmp_path)
    assert len(list(made_by(migration, Cluster("north", "ucc", [migration]).rendered))) == 2 + 2 + 1
