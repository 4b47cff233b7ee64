"""The warehouse on a ClickHouse server, against a real one of version 18.16; what newer ones understand alone is told to their engine (chDB)."""
# ruff: noqa: S608  our own names

from __future__ import annotations

import http.server
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from schemas.errors import Broken, Refused, WarehouseUnavailable
from sinks.clickhouse_address import Server
from sinks.clickhouse_warehouse import KEY, ClickHouseWarehouse, erasing, to_erase, told_once
from sinks.landing import insert_statement
from sinks.migrate import every_statement
from tests.served.clickhouse import ClickHouse
from tests.served.needed import needed
from tests.served.process import free_port
from tests.sinks.asking import number, rows
from tests.sinks.conftest import Landed
from tests.sinks.engine import Engine

TABLE = """
CREATE TABLE t (
    centre String, n UInt32, small Int8, large UInt64, at DateTime('UTC'), lng Nullable(Float64), co Array(String), nested Array(Array(UInt8)),
    e Tuple(kind String, r Tuple(a String, n Nullable(UInt32))), word LowCardinality(String), d String DEFAULT 'OTHR', m String MATERIALIZED concat(centre, d)
) ENGINE = ReplacingMergeTree ORDER BY (centre, n)
"""
FULL = (
    '{"centre":"c","n":1,"small":-128,"large":18446744073709551615,"at":"2018-01-05T08:30:00.900000Z","lng":118.625,"co":["a","多"],"nested":[[1],[]],'
    '"e":{"kind":"k","r":{"a":"\\u0000\'\\"\\\\\\n💡","n":3}},"word":"w","d":"x"}'
).encode()
LEAST = b'{"centre":"c","n":2}'


@pytest.fixture
def database(clickhouse: ClickHouse) -> Iterator[str]:
    """An empty one, with the table `t`."""
    clickhouse.start()
    name = f"w{uuid4().hex[:12]}"
    clickhouse.ask(f"CREATE DATABASE {name}")
    clickhouse.ask(TABLE.replace("LowCardinality(String)", "String"), name)
    yield name
    clickhouse.start()
    clickhouse.ask(f"DROP DATABASE {name}")


@pytest.fixture
def warehouse(clickhouse: ClickHouse, database: str) -> Iterator[ClickHouseWarehouse]:
    with ClickHouseWarehouse(clickhouse.server(database)) as opened:
        yield opened


def numbered(first: int, count: int) -> bytes:
    return b"\n".join(b'{"centre":"c","n":%d}' % n for n in range(first, first + count))


# what it writes


def test_every_type_comes_back_as_it_was_said(warehouse: ClickHouseWarehouse) -> None:
    warehouse.insert("t", FULL + b"\n" + LEAST, rows=2, token="t")
    full, least = rows(warehouse, "SELECT *, toString(at) AS at, toString(large) AS large, m FROM t ORDER BY n")
    assert (full["n"], full["small"], full["large"], full["at"]) == (1, -128, "18446744073709551615", "2018-01-05 08:30:00")
    assert (full["lng"], full["co"], full["nested"]) == (118.625, ["a", "多"], [[1], []])
    assert full["e"] == ["k", ["\0'\"\\\n💡", 3]]
    assert (full["word"], full["d"], full["m"]) == ("w", "x", "cx")
    assert (least["small"], least["large"], least["lng"], least["co"], least["e"]) == (0, "0", None, [], ["", ["", None]])
    assert (least["word"], least["d"], least["m"]) == ("", "OTHR", "cOTHR")


def test_a_column_that_came_since_is_found_and_one_that_never_came_is_refused(clickhouse: ClickHouse, database: str, warehouse: ClickHouseWarehouse) -> None:
    warehouse.insert("t", LEAST, rows=1, token="t")
    clickhouse.ask("ALTER TABLE t ADD COLUMN late String", database)
    warehouse.insert("t", b'{"centre":"c","n":3,"late":"y"}', rows=1, token="t")
    assert warehouse.query("SELECT late FROM t WHERE n = 3", "TSV") == b"y\n"
    with pytest.raises(Refused, match="no column takes the field never") as caught:
        warehouse.insert("t", b'{"centre":"c","n":4,"never":"y"}', rows=1, token="range 7")
    assert "range 7" in str(caught.value)
    clickhouse.ask("ALTER TABLE t DROP COLUMN late", database)
    with pytest.raises(Refused, match="late"):
        warehouse.insert("t", b'{"centre":"c","n":5,"late":"y"}', rows=1, token="t")
    assert number(warehouse, "SELECT count() FROM t") == 2


def test_no_lines_are_no_insert(warehouse: ClickHouseWarehouse) -> None:
    warehouse.insert("t", b"\n", rows=0, token="t")
    assert number(warehouse, "SELECT count() FROM t") == 0


def test_a_batch_goes_in_as_one_part(clickhouse: ClickHouse, database: str, warehouse: ClickHouseWarehouse) -> None:
    warehouse.insert("t", numbered(0, 20_000), rows=20_000, token="t")
    parts = clickhouse.ask(f"SELECT count(), sum(rows) FROM system.parts WHERE active AND database = '{database}'")
    assert parts.split() == ["1", "20000"]


def test_a_table_or_a_database_that_is_not_there_has_to_be_mended(clickhouse: ClickHouse, warehouse: ClickHouseWarehouse) -> None:
    with pytest.raises(Broken, match=r"nowhere doesn't exist"):
        warehouse.insert("nowhere", LEAST, rows=1, token="t")
    with ClickHouseWarehouse(clickhouse.server("nowhere")) as other:
        with pytest.raises(Broken, match=r"Database nowhere doesn't exist"):
            other.insert("t", LEAST, rows=1, token="t")
        with pytest.raises(Refused, match=r"Database nowhere doesn't exist"):
            other.query("SELECT 1", "TSV")


def test_a_namespace_comes_before_the_name_of_the_database_whatever_signs_are_in_it(clickhouse: ClickHouse, database: str) -> None:
    named = f"north-1.x_{database}"
    clickhouse.ask(f"CREATE DATABASE `{named}`")
    clickhouse.ask("CREATE TABLE t (centre String, n UInt32) ENGINE = Memory", named)
    with ClickHouseWarehouse(clickhouse.server(database, namespace="north-1.x")) as other:
        other.insert("t", LEAST, rows=1, token="t")
        assert other.query("SELECT currentDatabase(), count() FROM t", "TSV") == f"{named}\t1\n".encode()
    clickhouse.ask(f"DROP DATABASE `{named}`")


# an outage


def test_killed_in_the_middle_of_a_batch_it_is_unavailable_and_the_same_batch_again_is_there_once(
    clickhouse: ClickHouse, database: str, warehouse: ClickHouseWarehouse
) -> None:
    batch, told = numbered(0, 200_000), []

    def insert() -> None:
        try:
            warehouse.insert("t", batch, rows=200_000, token="t")
        except WarehouseUnavailable as error:
            told.append(error.number)

    inserting = threading.Thread(target=insert)
    inserting.start()
    until = time.monotonic() + 60
    while clickhouse.ask("SELECT count() FROM system.processes WHERE query LIKE 'INSERT INTO t %'") != "1\n":
        assert time.monotonic() < until
    clickhouse.kill()
    inserting.join()
    assert told == [210]
    clickhouse.start()
    for _ in range(2):
        warehouse.insert("t", batch, rows=200_000, token="t")
    assert rows(warehouse, "SELECT toUInt32(count()) AS all, toUInt32(uniqExact(n)) AS keys FROM t FINAL") == [{"all": 200_000, "keys": 200_000}]
    assert database in clickhouse.ask("SHOW DATABASES")


def test_it_connects_again_by_itself_after_a_restart(clickhouse: ClickHouse, warehouse: ClickHouseWarehouse) -> None:
    warehouse.insert("t", numbered(0, 5), rows=5, token="t")
    clickhouse.restart()
    warehouse.insert("t", numbered(5, 5), rows=5, token="t")
    assert number(warehouse, "SELECT count() FROM t") == 10


def test_a_server_that_was_never_there_is_unavailable_and_not_broken() -> None:
    with ClickHouseWarehouse(Server.at(f"clickhouse://127.0.0.1:{free_port()}/ucc?http_port={free_port()}")) as nobody:
        for command in (nobody.migrate, lambda: nobody.query("SELECT 1", "TSV"), lambda: nobody.version):
            with pytest.raises(WarehouseUnavailable, match="is away"):
                command()
        with pytest.raises(WarehouseUnavailable, match="is away") as caught:
            nobody.insert("t", LEAST, rows=1, token="t")
    assert caught.value.number == 210


def test_of_several_servers_one_that_answers_is_enough(clickhouse: ClickHouse, database: str) -> None:
    (there,) = clickhouse.server(database).hosts
    server = clickhouse.server(database).model_copy(update={"hosts": (("127.0.0.1", free_port()), there)})
    with ClickHouseWarehouse(server) as warehouse:
        warehouse.insert("t", LEAST, rows=1, token="t")
        assert number(warehouse, "SELECT count() FROM t") == 1


def test_somebody_else_who_answers_over_http_is_not_taken_for_the_warehouse(clickhouse: ClickHouse, database: str) -> None:
    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_error(502)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            del format, args

    with http.server.HTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        serving = threading.Thread(target=proxy.serve_forever)
        serving.start()
        server = clickhouse.server(database).model_copy(update={"http_port": proxy.server_address[1]})
        with ClickHouseWarehouse(server) as warehouse, pytest.raises(WarehouseUnavailable, match="HTTP 502"):
            warehouse.query("SELECT 1", "TSV")
        proxy.shutdown()
        serving.join()


# who we are


def test_a_wrong_password_stops_a_command_and_lets_landing_wait_until_it_is_right(clickhouse: ClickHouse, database: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("wrong")
    server = clickhouse.server(database).model_copy(update={"password_file": file})
    with ClickHouseWarehouse(server) as warehouse:
        for command in (warehouse.migrate, lambda: warehouse.query("SELECT 1", "TSV")):
            with pytest.raises(Broken, match="Wrong password for user ucc"):
                command()
        with pytest.raises(WarehouseUnavailable, match="Wrong password for user ucc") as caught:
            warehouse.insert("t", LEAST, rows=1, token="t")
        assert caught.value.number == 193
        file.write_bytes(clickhouse.password_file().read_bytes())
        warehouse.insert("t", LEAST, rows=1, token="t")
        file.write_text("wrong again")
        with pytest.raises(Broken, match="Wrong password"):
            warehouse.query("SELECT 1", "TSV")


def test_one_who_may_only_read_is_answered_and_writes_nothing(clickhouse: ClickHouse, database: str, warehouse: ClickHouseWarehouse) -> None:
    warehouse.insert("t", LEAST, rows=1, token="t")
    with ClickHouseWarehouse(clickhouse.server(database, user="analyst")) as reader:
        assert reader.query("SELECT count() FROM t", "TSV") == b"1\n"
        with pytest.raises(Broken, match="readonly"):
            reader.insert("t", LEAST, rows=1, token="t")


def test_over_tls_it_speaks_to_whom_it_trusts_and_to_nobody_else(tmp_path: Path) -> None:
    ours, other = (certified(tmp_path / name) for name in ("ours", "other"))
    served = ClickHouse(tmp_path / "server", certificate=ours)
    served.start()
    served.ask("CREATE DATABASE ucc")
    served.ask("CREATE TABLE t (centre String, n UInt32) ENGINE = Memory", "ucc")
    url = f"clickhouses://ucc@localhost:{served.secure_port}/ucc?http_port={served.https_port}"
    with ClickHouseWarehouse(Server.at(url, password_file=served.password_file(), ca_file=ours[0])) as warehouse:
        warehouse.insert("t", LEAST, rows=1, token="t")
        assert warehouse.query("SELECT count() FROM t", "TSV") == b"1\n"
    distrusting = Server.at(url, password_file=served.password_file(), ca_file=other[0])
    with ClickHouseWarehouse(distrusting) as warehouse, pytest.raises(WarehouseUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
        warehouse.insert("t", LEAST, rows=1, token="t")
    served.stop()


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate for localhost that nobody else signed, and its key."""
    needed("openssl", subprocess.run(["which", "openssl"], capture_output=True, check=False).returncode == 0, "apt-get install openssl")
    folder.mkdir()
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


# which server


def test_a_server_that_is_too_old_for_our_tables_is_named_in_one_sentence(clickhouse: ClickHouse, database: str, warehouse: ClickHouseWarehouse) -> None:
    with pytest.raises(Broken, match=r"has version 18\.16\.1, which is too old: 24\.8 or newer is needed"):
        warehouse.migrate()
    assert clickhouse.ask("SHOW TABLES", database) == "t\n"


def test_tokens_are_used_only_where_tables_are_replicated(warehouse: ClickHouseWarehouse) -> None:
    assert warehouse.version == "18.16.1"
    assert not warehouse.tokens_supported


def test_a_batch_that_comes_twice_is_known_by_its_token_and_another_is_not(tmp_path: Path, landed: Landed) -> None:
    """In the engine of a current server, with the window that replicated tables have by themselves."""
    lines = tmp_path / "lines"
    with Engine(tmp_path / "engine") as engine:
        engine.query("CREATE DATABASE ucc")
        engine.query("USE ucc")
        engine.all(every_statement())
        tables = engine.query("SELECT name FROM system.tables WHERE database = 'ucc' AND engine LIKE '%MergeTree'").decode().split()
        engine.all(f"ALTER TABLE {table} MODIFY SETTING non_replicated_deduplication_window = 100" for table in tables)

        def counted() -> dict[str, int]:
            return {table: int(engine.query(f"SELECT count() FROM {table}")) for table in tables}

        def insert(said: list[bytes], token: str) -> None:
            lines.write_bytes(b"\n".join(said))
            settings = ", ".join(f"{name} = {value!r}" for name, value in told_once(lines.read_bytes(), token).items())
            engine.query(insert_statement("outcome_lines", str(lines)).replace("SETTINGS ", f"SETTINGS async_insert = 0, {settings}, "))

        first, second = landed.city.outcomes[:500], landed.city.outcomes[500:1_000]
        insert(first, "c casework ucc.outcomes 0-12")
        once = counted()
        assert once["outcome_rows"] == 500
        assert once["present_rows"] > 0
        insert(first, "c casework ucc.outcomes 0-12")
        assert counted() == once
        insert(second, "c casework ucc.outcomes 0-12")
        assert counted()["outcome_rows"] == 1_000


def test_what_a_sealed_report_had_said_is_taken_out_of_the_rows(tmp_path: Path, landed: Landed) -> None:
    """In the engine of a current server: the old one has no such statement."""
    lines = tmp_path / "lines"
    with Engine(tmp_path / "engine") as engine:
        engine.query("CREATE DATABASE ucc")
        engine.query("USE ucc")
        engine.all(every_statement())
        lines.write_bytes(b"\n".join(landed.city.outcomes))
        engine.query(insert_statement("outcome_lines", str(lines)))
        sealed = [line.split("\t") for line in engine.query(f"SELECT DISTINCT {', '.join(KEY)} FROM sealed_rows").decode().splitlines()]
        speaking = (
            f"SELECT count() FROM outcome_rows WHERE ({', '.join(KEY)}) IN (SELECT {', '.join(KEY)} FROM sealed_rows) AND (text != '' OR lng IS NOT NULL)"
        )
        before = int(engine.query(speaking))
        assert before > 0
        assert int(engine.query(to_erase(sealed))) >= before
        engine.query(erasing(sealed))
        assert (engine.query(speaking), engine.query(to_erase(sealed))) == (b"0\n", b"0\n")
        others = landed.warehouse.query("SELECT count() FROM outcomes WHERE text != ''", "TSV")
        assert engine.query("SELECT count() FROM outcomes WHERE text != ''") == others
