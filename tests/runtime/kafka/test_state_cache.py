from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.runtime.kafka import state_cache
from pipeline.runtime.kafka.state_cache import OLDEST_S, Held, Row, StateCache, check_of, message_key, row_from
from schemas.errors import BrokenFrame, LogUnavailable
from schemas.ports import StateKey

TABLES = ("meta", "register", "cases")
KEYS = st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
ROWS = st.lists(st.builds(Row, st.sampled_from(TABLES), KEYS, st.none() | st.binary(max_size=20)), max_size=12)
DOINGS = st.lists(ROWS | st.sampled_from(["forget", "reopen"]), max_size=8)


def by_key(rows: dict[StateKey, bytes]) -> list[tuple[StateKey, bytes]]:
    """As a scan goes: numbers first, then texts by their bytes."""
    return sorted(rows.items(), key=lambda row: (isinstance(row[0], str), row[0] if isinstance(row[0], int) else 0, str(row[0]).encode()))


@given(DOINGS, st.booleans())
def test_a_cache_is_what_a_dictionary_would_be_whatever_is_done_with_it(
    tmp_path_factory: pytest.TempPathFactory, doings: list[list[Row] | str], in_memory: bool
) -> None:
    path = None if in_memory else tmp_path_factory.mktemp("cache") / "state.db"
    model: dict[str, dict[StateKey, bytes]] = {table: {} for table in TABLES}
    held: Held | None = None
    cache = StateCache(path)
    for number, doing in enumerate(doings):
        if doing == "forget" or (doing == "reopen" and path is None):
            cache.forget()
            model, held = {table: {} for table in TABLES}, None
        elif doing == "reopen":
            cache.close()
            cache = StateCache(path)
        else:
            held = Held(number, number * number)
            cache.apply((row for row in doing if isinstance(row, Row)), held)
            for row in doing:
                assert isinstance(row, Row)
                if row.value is None:
                    model[row.table].pop(row.key, None)
                else:
                    model[row.table][row.key] = row.value
        assert cache.held() == held
        for table, rows in model.items():
            assert list(cache.scan(table)) == by_key(rows)
            assert cache.load(table, list(rows)) == rows
    cache.close()


@given(st.sampled_from(TABLES), KEYS, st.none() | st.binary(max_size=20))
def test_a_row_comes_back_out_of_its_message(table: str, key: StateKey, value: bytes | None) -> None:
    assert row_from(message_key(table, key), value, "here") == Row(table, key, value)


def test_a_number_and_its_digits_are_two_keys() -> None:
    assert message_key("cases", 7) != message_key("cases", "7")
    with closing(StateCache(None)) as cache:
        cache.apply([Row("cases", 7, b"number"), Row("cases", "7", b"text")], Held(0, 0))
        assert (cache.load("cases", [7]), cache.load("cases", ["7"])) == ({7: b"number"}, {"7": b"text"})


@pytest.mark.parametrize("key", [None, b"", b"meta", b"meta/", b"meta/x", b"/0", b"meta/[0]", b"meta/null", b"meta/1.5", b"meta/true", b"a b/0", b"\xff/0"])
def test_a_message_that_is_no_row_is_refused_with_its_place(key: bytes | None) -> None:
    with pytest.raises(BrokenFrame, match=r"^ucc\.state/3 17: the message is no row of a state: who else writes this topic\?"):
        row_from(key, b"1", "ucc.state/3 17")


def test_a_message_is_known_again_by_key_and_value() -> None:
    messages = [(b"meta/0", b"1"), (b"meta/0", b"2"), (b"meta/1", b"1"), (b"meta/0", None)]
    assert len({check_of(key, value) for key, value in messages}) == len(messages)


# --- when it is not believed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A cache with a row, closed."""
    path = tmp_path / "workers" / "1" / "pukou.db"
    with closing(StateCache(path)) as cache:
        cache.apply([Row("meta", 0, b"1")], Held(4, 5))
    with closing(StateCache(path)) as cache:
        assert (cache.held(), cache.load("meta", [0])) == (Held(4, 5), {0: b"1"})
    return path


@pytest.fixture
def boot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the kernel says of the boot of this machine, as a file to write."""
    file = tmp_path / "boot_id"
    file.write_text("one\n")
    monkeypatch.setattr(state_cache, "_BOOT", file)
    return file


def test_a_cache_of_another_boot_is_forgotten(boot: Path, path: Path) -> None:
    boot.write_text("another\n")
    with closing(StateCache(path)) as cache:
        assert (cache.held(), cache.load("meta", [0]), list(cache.scan("meta"))) == (None, {}, [])
        cache.apply([Row("meta", 0, b"2")], Held(9, 9))
    with closing(StateCache(path)) as cache:
        assert (cache.held(), cache.load("meta", [0])) == (Held(9, 9), {0: b"2"})


@pytest.mark.parametrize("ago", [OLDEST_S + 60, -60])
def test_a_cache_that_may_not_have_seen_what_was_deleted_is_not_believed(path: Path, ago: int) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE about SET value = ? WHERE name = 'at'", (int(time.time()) - ago,))
    with closing(StateCache(path)) as cache:
        assert cache.held() is None


@pytest.mark.parametrize("left", [b"", b"not a database, and long enough to be looked at " * 100, b"SQLite format 3\x00" + b"\xa5" * 8_000])
def test_a_file_that_is_no_cache_is_made_anew(path: Path, left: bytes) -> None:
    path.write_bytes(left)
    with closing(StateCache(path)) as cache:
        assert (cache.held(), cache.load("meta", [0])) == (None, {})
        cache.apply([Row("meta", 0, b"2")], Held(9, 9))
    with closing(StateCache(path)) as cache:
        assert (cache.held(), cache.load("meta", [0])) == (Held(9, 9), {0: b"2"})


def test_a_cache_that_turns_out_to_be_damaged_is_said_to_be_and_is_anew_when_it_is_opened_again(path: Path) -> None:
    with closing(StateCache(path)) as cache:
        cache.apply([Row("big", number, b"x" * 2_000) for number in range(100)], Held(9, 9))
    data = bytearray(path.read_bytes())
    data[6 * 4096 :] = b"\xa5" * (len(data) - 6 * 4096)
    path.write_bytes(data)
    with closing(StateCache(path)) as cache, pytest.raises(LogUnavailable, match="damaged; it is thrown away and read back"):
        list(cache.scan("big"))
    with closing(StateCache(path)) as cache:
        assert (cache.held(), list(cache.scan("big"))) == (None, [])


def test_rows_that_could_not_be_taken_are_not_said_to_be_held(path: Path) -> None:
    with closing(StateCache(path)) as cache, closing(sqlite3.connect(path, isolation_level=None)) as other:
        cache._db.execute("PRAGMA busy_timeout = 10")  # noqa: SLF001  five seconds would say no more
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogUnavailable, match="the worker's cache cannot be read or written: database is locked"):
            cache.apply([Row("meta", 0, b"2")], Held(9, 9))
        assert (cache.held(), cache.load("meta", [0])) == (Held(4, 5), {0: b"1"})


@pytest.mark.parametrize("file", [".", "file/state.db"])
def test_a_place_that_cannot_be_written_is_said_to_be_so(tmp_path: Path, file: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LogUnavailable, match="the worker's cache cannot be"):
        StateCache(tmp_path / file)


def test_a_worker_that_dies_at_any_instant_leaves_a_cache_that_holds_what_it_says(path: Path) -> None:
    """The file as it lies there between two calls, copied with its WAL, is what a killed process leaves."""
    with closing(StateCache(path)) as cache:
        for number in range(5):
            cache.apply([Row("meta", 0, str(number).encode()), Row("cases", number, b"x" * 5_000)], Held(number, number))
            left = path.parent.parent / f"left-{number}"
            left.mkdir()
            for file in path.parent.iterdir():
                (left / file.name).write_bytes(file.read_bytes())
            with closing(StateCache(left / path.name)) as found:
                assert found.held() == Held(number, number)
                assert found.load("meta", [0]) == {0: str(number).encode()}
                assert [key for key, _ in found.scan("cases")] == list(range(number + 1))
