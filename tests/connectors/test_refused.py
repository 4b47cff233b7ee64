from __future__ import annotations

import base64
from pathlib import Path

import orjson
import pytest

from connectors.file import Line, Position
from connectors.refused import RefusedWriter
from schemas.errors import BrokenSetting, InvalidField, UnreadableFile, UnreadableLine


def refused(number: int, original: bytes = b"x") -> Line:
    return Line(number, None, UnreadableLine(f"line {number}", where=f"f.csv:{number}"), original)


def at(number: int) -> Position:
    return Position(0, number, "utf-8", "")


def numbers(path: Path) -> list[int]:
    return [orjson.loads(line)["line"] for line in path.read_bytes().splitlines()]


def test_without_refusals_there_is_no_file(tmp_path: Path) -> None:
    writer = RefusedWriter(tmp_path / "f.csv")
    assert writer.write([]) == 0
    writer.close()
    assert not writer.path.exists()


def test_a_refusal_says_all_that_is_needed_to_mend_it(tmp_path: Path) -> None:
    writer = RefusedWriter(tmp_path / "f.csv")
    assert writer.write([refused(2, b"\xff\xfe"), Line(3, None, InvalidField("no", where="f.csv:3 id"), "噪音".encode())]) == 2
    writer.close()
    first, second = map(orjson.loads, writer.path.read_bytes().splitlines())
    assert first == {
        "line": 2,
        "code": "unreadable-line",
        "detail": "line 2",
        "where": "f.csv:2",
        "original": base64.b64encode(b"\xff\xfe").decode(),
        "encoding": "base64",
    }
    assert second == {"line": 3, "code": "invalid-field", "detail": "no", "where": "f.csv:3 id", "original": "噪音", "encoding": "utf-8"}
    assert writer.path.stat().st_mode & 0o777 == 0o600


def test_a_resumed_import_never_writes_a_refusal_twice(tmp_path: Path) -> None:
    writer = RefusedWriter(tmp_path / "f.csv")
    writer.write([refused(n) for n in (2, 5, 9, 12)])
    writer.write_file(UnreadableFile("cut off", where="f.csv"))
    writer.close()
    with writer.path.open("ab") as file:
        file.write(b'{"line": 3, "co')  # killed while it wrote
    again = RefusedWriter(tmp_path / "f.csv", start=at(9))
    assert (again.written, numbers(again.path)) == (2, [2, 5])
    again.write([refused(n) for n in (9, 12)])
    again.close()
    assert numbers(again.path) == [2, 5, 9, 12]


def test_an_import_from_the_beginning_begins_anew(tmp_path: Path) -> None:
    writer = RefusedWriter(tmp_path / "f.csv")
    writer.write([refused(2)])
    writer.close()
    assert not RefusedWriter(tmp_path / "f.csv").path.exists()


def test_another_folder_may_be_named_where_beside_the_file_nothing_may_be_written(tmp_path: Path) -> None:
    writer = RefusedWriter(tmp_path / "missing" / "f.csv")
    with pytest.raises(BrokenSetting, match="name a folder"):
        writer.write([refused(2)])
    other = RefusedWriter(tmp_path / "missing" / "f.csv", folder=tmp_path)
    other.write([refused(2)])
    other.close()
    assert numbers(tmp_path / "f.csv.refused.jsonl") == [2]
