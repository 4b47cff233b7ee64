"""The analysts' door, with the clients that analysts use."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import clickhouse_connect
import lz4.block
import pytest
import zstandard
from clickhouse_cityhash.cityhash import CityHash128
from clickhouse_connect import common
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, ProgrammingError

from schemas.errors import BrokenSetting
from tests.sinks.asking import VIEWS
from tests.ucc.analysts_door import Knocking, knocking
from ucc.analysts import AnalystsDoor, token_of
from ucc.checks import analysts
from ucc.checks.finding import Finding, State
from ucc.home import Home
from ucc.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knocking]:
    with knocking(tmp_path_factory.mktemp("analysts")) as found:
        yield found


def connected(here: Knocking, **options: Any) -> Client:
    return clickhouse_connect.get_client(host="127.0.0.1", port=here.door.port, username="analyst", password=here.token, **options)


@pytest.fixture
def client(here: Knocking) -> Iterator[Client]:
    client = connected(here, dedicated_pool=True)
    yield client
    client.close()


# clickhouse-connect


def test_clickhouse_connect_connects_and_finds_the_views(client: Client) -> None:
    assert client.server_version
    assert client.ping()
    assert set(client.query("SHOW TABLES").result_columns[0]) == set(VIEWS)
    assert client.command("SELECT currentDatabase()") == "analysts"


@pytest.mark.parametrize("view", VIEWS)
def test_clickhouse_connect_reads_each_view_whole(here: Knocking, client: Client, view: str) -> None:
    asked = f"SELECT * FROM {view}"  # noqa: S608  our own words
    answer = client.query(asked)
    if answer.result_rows:  # Native has no head: where there are no rows, there are no columns
        assert len(answer.column_names) == len(client.query(f"DESCRIBE {view}").result_rows)
    assert len(answer.result_rows) == int(here.warehouse.query(f"SELECT count() FROM ({asked})", "TSV"))  # noqa: S608
    assert answer.summary["result_rows"] == str(len(answer.result_rows))


def test_types_arrive_as_what_they_are(client: Client) -> None:
    answer = client.query(
        "SELECT reported_at, lng, co_units, persons, sealed, matter, raw_offset, toDecimal64(1.25, 2) FROM reports ORDER BY raw_offset, raw_line LIMIT 1",
        tz_mode="aware",
    )
    names = [kind.name for kind in answer.column_types]
    assert names == [
        *("DateTime64(6, 'UTC')", "Nullable(Float64)", "Array(String)", "Nullable(UInt32)", "Bool", "LowCardinality(String)", "UInt64", "Decimal(18, 2)"),
    ]
    assert answer.first_row is not None
    at, lng, units, persons, sealed, matter, offset, money = answer.first_row
    assert at == datetime(2018, 1, 5, tzinfo=UTC)
    assert isinstance(lng, float)
    assert units == []
    assert persons is None
    assert sealed is False
    assert isinstance(matter, str)
    assert isinstance(offset, int)
    assert money == Decimal("1.25")


def test_parameters_are_bound_by_the_warehouse(client: Client) -> None:
    told = {"text": "it's\n\\ 路灯 {x}", "units": ["a", "b'"], "since": datetime(2018, 1, 5, 1, tzinfo=UTC), "n": 5}
    answer = client.query("SELECT {text:String}, {units:Array(String)}, {n:UInt8} + 1, min(at) >= {since:DateTime} FROM journal", parameters=told)
    assert answer.first_row == (told["text"], told["units"], 6, 0)


def test_parameters_travel_in_a_form_where_a_client_wants_it(here: Knocking) -> None:
    client = connected(here, form_encode_query_params=True, dedicated_pool=True)
    text = "x\r\n--\n路灯'" * 500
    assert client.query("SELECT {text:String}", parameters={"text": text}).first_row == (text,)
    client.close()


def test_a_large_answer_arrives_whole_piece_by_piece(client: Client) -> None:
    with client.query_rows_stream("SELECT number, toString(number) FROM numbers(300000)") as stream:
        rows = list(stream)
    assert len(rows) == 300_000
    assert rows[-1] == (299_999, "299999")


@pytest.mark.parametrize("compress", [True, False, "gzip", "zstd", "deflate"])
def test_compressed_and_plain_answers_are_the_same(here: Knocking, compress: bool | str) -> None:
    client = connected(here, compress=compress, dedicated_pool=True)
    assert len(client.query("SELECT * FROM journal").result_rows) == len(here.city.journal)
    client.close()


def test_a_client_that_speaks_a_protocol_reads_the_same(here: Knocking, client: Client) -> None:
    common.set_setting("use_protocol_version", True)
    speaking = connected(here, dedicated_pool=True)
    common.set_setting("use_protocol_version", False)
    assert speaking.protocol_version > 0
    asked = "SELECT * FROM cases_current ORDER BY case_id"
    assert speaking.query(asked).result_rows == client.query(asked).result_rows
    speaking.close()


def test_columns_of_an_empty_answer_are_told(client: Client) -> None:
    assert client.query("SELECT case_id, at FROM journal LIMIT 0").column_names == ("case_id", "at")


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("SELECT * FROM ucc.outcome_rows", 497),
        ("SELECT * FROM nowhere", 60),
        ("SELECT nothing FROM reports", 47),
        ("DROP TABLE reports", 164),
        ("CREATE TABLE x (a Int8) ENGINE = Memory", 164),
        ("INSERT INTO reports (text) VALUES ('x')", 164),
        ("ALTER TABLE reports DELETE WHERE 1", 164),
    ],
)
def test_what_is_refused_is_refused_with_clickhouses_number(client: Client, sql: str, number: int) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.command(sql)
    assert f"Code: {number}. DB::Exception" in str(caught.value)
    assert client.command("SELECT 1") == 1


def test_rows_are_not_inserted(here: Knocking, client: Client) -> None:
    with pytest.raises(DatabaseError, match="only questions are answered"):
        client.insert("reports", [["x"]], column_names=["text"], column_type_names=["String"])
    with pytest.raises(DatabaseError, match="only questions are answered"):
        client.raw_insert("reports", ["text"], b"x\n", fmt="TSV")
    assert client.command("SELECT count() FROM reports") == int(here.warehouse.query("SELECT count() FROM reports", "TSV"))


def test_settings_that_cannot_be_changed_are_seen_so(client: Client) -> None:
    with pytest.raises(ProgrammingError, match="readonly"):
        client.query("SELECT 1", settings={"readonly": 0})


def test_the_wrong_password_opens_nothing(here: Knocking) -> None:
    with pytest.raises(DatabaseError, match="516"):
        clickhouse_connect.get_client(host="127.0.0.1", port=here.door.port, username="analyst", password="guessed")
    with pytest.raises(DatabaseError, match="516"):
        clickhouse_connect.get_client(host="127.0.0.1", port=here.door.port, username="default", password=here.token)


def test_the_example_of_the_guide_runs_as_it_stands(here: Knocking) -> None:
    done = subprocess.run(
        [sys.executable, "docs/examples/ask.py", "127.0.0.1", str(here.door.port), str(here.folder / "analysts.token")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    first = here.warehouse.query("SELECT matter, count() AS n FROM reports_current WHERE standing = 1 GROUP BY matter ORDER BY n DESC, matter LIMIT 1", "TSV")
    assert done.stdout.splitlines()[0].split() == first.decode().split()
    assert done.stderr == ""


def test_the_guide_shows_the_example() -> None:
    code = (ROOT / "docs/examples/ask.py").read_text(encoding="utf-8").partition("\n\n")[2].replace("  # noqa: T201  it prints what it found", "")
    assert f"```python\n{code}```\n" in (ROOT / "docs/analysts.md").read_text(encoding="utf-8")


def test_the_settings_that_the_guide_names_are_taken(here: Knocking) -> None:
    guide = (ROOT / "docs/analysts.md").read_text(encoding="utf-8")
    named = re.findall(r"`(\w+)`", guide.partition("- **Settings** in the address:")[2].partition("and a few like them")[0])
    assert len(named) > 10
    for name in named:
        value = {"date_time_output_format": "iso", "session_timezone": "Asia/Shanghai"}.get(name, "1")
        fields: dict[str, Any] = {name: value}
        assert here.knock("SELECT 1", **fields).status == 200, name


# curl


@pytest.mark.parametrize("path", ["/ping", "/", "/replicas_status"])
def test_whoever_asks_whether_it_is_there_is_told(here: Knocking, path: str) -> None:
    assert here.knock(path=path, headers={})[::2] == (200, b"Ok.\n")


def test_a_question_comes_in_the_address_the_body_or_both(here: Knocking) -> None:
    answers = [here.knock(query="SELECT 1 + 1"), here.knock("SELECT 1 + 1"), here.knock("1 + 1", query="SELECT"), here.knock(b"", query="SELECT 1 + 1")]
    assert [answer[::2] for answer in answers] == [(200, b"2\n")] * 4


def test_it_says_who_it_is_in_each_of_the_ways_of_the_real_one(here: Knocking) -> None:
    by_header = here.knock("SELECT 1", headers={"X-ClickHouse-User": "analyst", "X-ClickHouse-Key": here.token})
    by_address = here.knock("SELECT 1", headers={}, user="analyst", password=here.token)
    assert (by_header.body, by_address.body) == (b"1\n", b"1\n")
    nobody, stranger = here.knock("SELECT 1", headers={}), here.knock("SELECT 1", headers={"Authorization": "Basic !"})
    assert (nobody.status, nobody.headers["X-ClickHouse-Exception-Code"], nobody.headers["WWW-Authenticate"][:5]) == (401, "194", "Basic")
    assert (stranger.status, stranger.headers["X-ClickHouse-Exception-Code"]) == (403, "516")
    assert here.token.encode() not in nobody.body + stranger.body


def test_answers_tell_what_they_are(here: Knocking) -> None:
    answer = here.knock("SELECT count() AS n FROM journal FORMAT JSON", query_id="mine")
    told = answer.headers
    assert answer.json()["data"] == [{"n": len(here.city.journal)}]
    assert told["Content-Type"] == "application/json; charset=UTF-8"
    assert (told["X-ClickHouse-Format"], told["X-ClickHouse-Query-Id"], told["X-ClickHouse-Server-Display-Name"]) == ("JSON", "mine", "ucc")
    assert json.loads(told["X-ClickHouse-Summary"])["result_rows"] == "1"
    assert told["X-ClickHouse-Timezone"]


@pytest.mark.parametrize(
    ("sql", "status", "said"),
    [
        ("SELECT * FROM nowhere", 404, "Code: 60. DB::Exception: Unknown table expression identifier 'nowhere'"),
        ("SELEC 1", 400, "Code: 62. DB::Exception: Syntax error"),
        ("SELECT * FROM ucc.outcome_rows", 403, "Code: 497. DB::Exception: Not enough privileges"),
        ("SELECT toUInt8('x')", 400, "Code: 6. DB::Exception: Cannot parse string"),
        ("SELECT throwIf(1)", 500, "Code: 395. DB::Exception"),
        ("DROP TABLE reports", 500, "Code: 164. DB::Exception: only questions"),
        ("SELECT 1 FORMAT Nonsense", 404, "Code: 73. DB::Exception: Unknown format"),
        ("", 400, "Code: 62. DB::Exception: Empty query"),
    ],
)
def test_errors_have_the_status_number_and_text_of_the_real_one(here: Knocking, sql: str, status: int, said: str) -> None:
    answer = here.knock(sql, query_id="q1")
    assert answer.status == status
    assert answer.body.decode().startswith(said)
    assert re.search(r"\([A-Z_0-9]+\)\n$", answer.body.decode())
    assert answer.headers["X-ClickHouse-Exception-Code"] == said.split()[1].rstrip(".")


def test_formats_and_parameters_and_settings_come_in_the_address(here: Knocking) -> None:
    answer = here.knock(
        "SELECT {who:String} AS who, toUInt64(1) AS n",
        default_format="JSONEachRow",
        database="default",
        param_who="it's\\t路灯",
        output_format_json_quote_64bit_integers="1",
        max_result_rows="5",
        session_id="s1",
        wait_end_of_query="1",
        send_progress_in_http_headers="1",
    )
    assert answer.json() == {"who": "it's\t路灯", "n": "1"}
    assert here.knock("SELECT 1 AS a", headers={**here.basic, "X-ClickHouse-Format": "CSVWithNames"}).body == b'"a"\n1\n'
    assert here.knock("SELECT 1", max_query_size="5").status == 500


def test_curl_gets_compressed_answers_when_it_can_read_them(here: Knocking) -> None:
    plain = here.knock("SELECT * FROM journal ORDER BY transition_id")
    openers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.decompress,
        "deflate": zlib.decompress,
        "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
    }
    for name, opened in openers.items():
        answer = here.knock("SELECT * FROM journal ORDER BY transition_id", headers={**here.basic, "Accept-Encoding": f"br, {name};q=1.0"})
        assert answer.headers["Content-Encoding"] == name
        assert opened(answer.body) == plain.body
        assert len(answer.body) < len(plain.body) / 3
    assert "Content-Encoding" not in here.knock("SELECT 1", headers={**here.basic, "Accept-Encoding": "gzip"}).headers
    assert "Content-Encoding" not in here.knock("SELECT * FROM journal", headers={**here.basic, "Accept-Encoding": "gzip;q=0"}).headers


def test_clickhouses_own_compressed_blocks_are_those_that_its_clients_read(here: Knocking) -> None:
    plain, answer = (here.knock("SELECT repeat('x', 100), number FROM numbers(50000)", compress=wanted).body for wanted in ("0", "1"))
    found, at = b"", 0
    while at < len(answer):
        checksum = CityHash128(answer[at + 16 : at + 16 + int.from_bytes(answer[at + 17 : at + 21], "little")])
        assert answer[at : at + 16] == (checksum >> 64).to_bytes(8, "little") + (checksum % (1 << 64)).to_bytes(8, "little")
        assert answer[at + 16] == 0x82
        packed, size = int.from_bytes(answer[at + 17 : at + 21], "little"), int.from_bytes(answer[at + 21 : at + 25], "little")
        found += lz4.block.decompress(answer[at + 25 : at + 16 + packed], uncompressed_size=size)
        at += 16 + packed
    assert found == plain


# DBeaver and Grafana: what their drivers ask (clickhouse-jdbc, clickhouse-go)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT timezone() AS timezone, currentUser() AS user, version() AS version",
        "SELECT database(), currentUser()",
        "SELECT name AS TABLE_SCHEM, null AS TABLE_CATALOG FROM system.databases WHERE name LIKE '%' ORDER BY name",
        "SELECT '' AS TABLE_CAT, t.database AS TABLE_SCHEM, t.name AS TABLE_NAME, t.engine, t.comment AS REMARKS FROM system.tables t WHERE t.database LIKE 'analysts' AND t.name LIKE '%'",
        "SELECT database, table, name, type, default_kind, default_expression, comment, position, is_in_primary_key FROM system.columns WHERE database = 'analysts' ORDER BY table, position",
        "SELECT name, case_insensitive, alias_to FROM system.data_type_families",
        "SELECT name, is_aggregate FROM system.functions WHERE name NOT LIKE 'x%'",
        "SELECT name FROM system.table_engines",
        "SELECT * FROM system.dictionaries",
        "SELECT * FROM system.data_skipping_indices WHERE database = 'analysts'",
        "SELECT name, value, description, type FROM system.settings",
        "SELECT table_schema, table_name, column_name FROM information_schema.columns WHERE table_schema = 'analysts'",
        "SHOW CREATE TABLE analysts.reports",
        "EXPLAIN SELECT count() FROM analysts.reports",
    ],
)
def test_what_a_database_tool_asks_to_draw_its_tree_is_answered(here: Knocking, sql: str) -> None:
    answer = here.knock(sql, default_format="RowBinaryWithNamesAndTypes", compress="1", async_insert="0", session_id="x", log_comment="x")
    assert answer.status == 200, answer.body
    assert answer.headers["X-ClickHouse-Format"] == "RowBinaryWithNamesAndTypes"


def test_the_tree_of_a_database_tool_has_the_views_and_their_columns(here: Knocking) -> None:
    tables = here.knock("SELECT name FROM system.tables WHERE database = 'analysts'").body.decode().split()
    assert set(tables) == set(VIEWS)
    columns = here.knock("SELECT DISTINCT table FROM system.columns WHERE database = 'analysts'").body.decode().split()
    assert set(columns) == set(VIEWS)


def test_a_panel_of_grafana_is_drawn(here: Knocking) -> None:
    panel = """
        SELECT toStartOfInterval(toDateTime64(reported_at, 3), INTERVAL 3600 second) AS time, matter, count() AS reports
        FROM reports_current
        WHERE (reported_at >= fromUnixTimestamp64Milli(1515000000000) AND reported_at <= fromUnixTimestamp64Milli(1516000000000)) AND matter IN ('0701','1901')
        GROUP BY time, matter ORDER BY time ASC FORMAT JSON
    """
    answer = here.knock(panel, max_execution_time="60", client_protocol_version="54460", enable_http_compression="1")
    assert answer.status == 200
    assert [column["name"] for column in answer.json()["meta"]] == ["time", "matter", "reports"]
    assert answer.json()["rows"] > 0


def test_the_greeting_of_grafanas_driver_is_answered_in_its_revision(here: Knocking) -> None:
    greeting = here.knock(
        "SELECT displayName(), version(), revision(), timezone()", default_format="Native", client_protocol_version="54460", max_execution_time="60"
    )
    assert greeting.body.startswith(b"\x01\x00\x02\xff\xff\xff\xff\x00\x04\x01")
    assert b"version()\x06String\x00" in greeting.body


# the token, and the address


def test_the_token_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    token = token_of(tmp_path)
    file = tmp_path / "analysts.token"
    assert (token_of(tmp_path), file.stat().st_mode & 0o777) == (token, 0o600)
    assert len(token) >= 40
    file.chmod(0o644)
    with pytest.raises(BrokenSetting, match="others may read"):
        token_of(tmp_path)
    file.chmod(0o600)
    file.write_text("\n")
    with pytest.raises(BrokenSetting, match="empty"):
        token_of(tmp_path)


def test_two_who_make_the_token_at_once_have_the_same(tmp_path: Path) -> None:
    tokens: list[str] = []
    threads = [threading.Thread(target=lambda: tokens.append(token_of(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(tokens)) == 1


@pytest.mark.parametrize("address", ["127.0.0.1:99999", "nowhere.invalid:1"])
def test_an_address_that_cannot_be_had_is_said(here: Knocking, address: str) -> None:
    with pytest.raises(BrokenSetting, match="UCC_ANALYSTS"):
        AnalystsDoor(address, here.warehouse.answer, "t")
    with pytest.raises(BrokenSetting, match="in use"):
        AnalystsDoor(f"127.0.0.1:{here.door.port}", here.warehouse.answer, "t")


def test_a_port_alone_is_on_loopback_and_version_6_is_spoken(here: Knocking) -> None:
    for address in ("0", "127.0.0.1:0", "[::1]:0"):
        door = AnalystsDoor(address, here.warehouse.answer, "t")
        assert door.port > 0
        door.close()


def doctors_finding(here: Knocking, **settings: Any) -> Finding | None:
    return next(analysts.door(Home(here.folder), Settings(**settings)), None)


def test_the_doctor_says_where_analysts_are_answered_and_with_which_password(here: Knocking) -> None:
    assert doctors_finding(here) is None
    for address in (str(here.door.port), f"127.0.0.1:{here.door.port}"):
        found = doctors_finding(here, analysts=address)
        assert found is not None
        assert found.state is State.OK
        assert str(here.folder / "analysts.token") in found.said
        assert here.token not in found.said
    served = doctors_finding(here, analysts="1", warehouse="clickhouse://u@host:1/ucc")
    assert served is not None
    assert "itself" in served.said


def test_the_doctor_sees_that_nobody_answers_and_that_the_password_lies_open(here: Knocking, tmp_path: Path) -> None:
    away = doctors_finding(here, analysts="1")
    assert away is not None
    assert away.state is State.UNKNOWN
    token_of(tmp_path)
    (tmp_path / "analysts.token").chmod(0o640)
    found = next(analysts.door(Home(tmp_path), Settings(analysts=str(here.door.port))))
    assert found.state is State.WRONG
    assert "delete" in found.todo
