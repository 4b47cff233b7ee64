from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.jsonl_records import JsonlRecords
from connectors.opening import Opened
from connectors.records import Position, Raw
from schemas.errors import Refused, UnreadableFile

COLUMNS = ["id", "text", "place.lat", "list"]


def read(path: Path, most: int = 500, encoding: str = "utf-8", start: Position | None = None) -> tuple[list[Raw], list[Position]]:
    records = JsonlRecords(Opened(path), encoding, columns=COLUMNS)
    with closing(records):
        if start is not None:
            records.resume(start, Opened(path, offset=start.offset))
        found, positions = [], [records.position]
        while batch := records.take(most):
            found += batch
            positions.append(records.position)
        return found, positions


ROWS = st.fixed_dictionaries(
    {"id": st.text(min_size=1, max_size=5), "text": st.text(max_size=20), "other": st.none() | st.lists(st.integers() | st.dictionaries(st.text(), st.text()))}
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(ROWS.map(lambda row: {k: v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for k, v in row.items()}), max_size=20),
    st.integers(1, 7),
    st.booleans(),
)
def test_objects_read_back_in_any_batches_and_from_any_position(tmp_path: Path, rows: list[dict[str, str]], most: int, ascii_only: bool) -> None:
    path = tmp_path / "f.jsonl"
    path.write_text("\n\n".join(json.dumps(row, ensure_ascii=ascii_only) for row in rows) or "\n")
    found, positions = read(path, most)
    assert [cells for _, cells, _ in found] == [[row["id"], row["text"], "", ""] for row in rows]
    for position in positions:
        rest, _ = read(path, most, start=position)
        assert rest == [raw for raw in found if raw[0] >= position.number]


def cells(tmp_path: Path, line: str, encoding: str = "utf-8") -> list[str] | Refused:
    path = tmp_path / "f.jsonl"
    path.write_bytes(line.encode(encoding))
    return read(path, encoding=encoding)[0][0][1]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"id": "a", "text": "b", "place": {"lat": 1.5}, "list": ["x", "y"]}', ["a", "b", "1.5", "x\x1fy"]),
        ('{"id": 7, "text": true, "place.lat": 2.0, "place": 3}', ["7", "true", "2", ""]),
        ('{"id": null, "place": null}', ["", "", "", ""]),
        ('{"id" : "a", "text": "\\"x\\": 1"}', ["a", '"x": 1', "", ""]),
        ("{}", ["", "", "", ""]),
    ],
)
def test_values_become_cells(tmp_path: Path, line: str, expected: list[str]) -> None:
    assert cells(tmp_path, line) == expected
    assert cells(tmp_path, "\ufeff" + line) == expected


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[1]", "a list where an object is wanted"),
        ("1", "a number"),
        ('"x"', "a text"),
        ('{"id": "a"', "no JSON"),
        ('{"id": NaN}', "no JSON"),
        ('{"id": "\\ud800"}', "no JSON"),
        ('{"id": "a", "id" : "b"}', "the key 'id' is there twice"),
        ('{"id": "a", "x": {"y": 1, "y": 2}}', "the key 'y' is there twice"),
        ('{"id": ["a", 1]}', "id is a list where one value is wanted"),
        ('{"id": {"a": 1}}', "id is an object where one value is wanted"),
        ('{"x": ' + "[" * 990 + "]" * 990 + ', "y": {"z": 1}}', "too deeply"),
        ('{"x": ' + "[" * 100_000, "no JSON"),
    ],
)
def test_what_is_no_object_says_why(tmp_path: Path, line: str, said: str) -> None:
    found = cells(tmp_path, line)
    assert isinstance(found, Refused)
    assert said in found.detail


def test_other_encodings_are_read(tmp_path: Path) -> None:
    assert cells(tmp_path, '{"id": "浦口", "text": "𠮷"}', "gb18030") == ["浦口", "𠮷", "", ""]


def test_a_position_of_a_file_with_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    path.write_text("{}")
    with pytest.raises(UnreadableFile):
        read(path, start=Position(0, 1, "utf-8", "feed"))
