from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest

from connectors.file import FileDoor, Line, Position
from connectors.mapping import Mapping, load_mapping
from schemas.errors import BrokenSetting, UnreadableFile
from schemas.vocabulary import Operation, Source
from tests.connectors.hostile import COLUMNS, HEADER, good_lines, good_row

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TAINAN = load_mapping("tainan-1999")


def door(path: Path, mapping: Mapping = TAINAN, **more: Any) -> FileDoor:
    return FileDoor(path, mapping, Source.HOTLINE12345, now=NOW, **more)


def lines_of(found: FileDoor) -> list[Line]:
    return [line for batch in found for line in batch.lines]


def test_every_line_of_the_real_stream_is_taken(shared: Path) -> None:
    path = shared / "data" / "tainan_hotline" / "changelog_2016_2018.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows, number = csv.DictReader(file), 0
        for batch in door(path):
            for line in batch.lines:
                row = next(rows)
                assert line.report is not None, str(line.refusal)
                report = line.report
                assert (report.source_id, report.text, report.address) == (row["id"], row["description"].strip(), row["address"].strip())
                assert (report.lng, report.lat) == (float(row["lng"]), float(row["lat"]))
                assert (report.operation is Operation.WITHDRAW) == (row["op"] == "-")
                assert int(report.order_key) == int(row["seq"])
                assert report.arrived_at == datetime.fromtimestamp(int(row["commit_ts"]), UTC)
                number += 1
    assert number == 112_504


def copies(tmp_path: Path) -> dict[str, Path]:
    """The same lines as CSV, gzip, UTF-16, workbook and JSON lines."""
    rows = [good_row(n) for n in range(60)]
    text = b"\n".join([HEADER, *good_lines(60, 0), b""])
    (tmp_path / "a.csv").write_bytes(text)
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text))
    (tmp_path / "c.csv").write_bytes(text.decode().encode("utf-16"))
    (tmp_path / "d.csv").write_bytes(text.decode().encode("cp950"))
    (tmp_path / "e.csv").write_bytes(text.replace(b"\n", b"\r"))
    (tmp_path / "f.jsonl").write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append(list(row.values()))
    book.save(tmp_path / "g.xlsx")
    return {path.name: path for path in tmp_path.iterdir()}


def test_the_same_lines_are_the_same_reports_in_every_kind_of_file_and_from_every_position(tmp_path: Path) -> None:
    found = {name: lines_of(door(path)) for name, path in copies(tmp_path).items()}
    reports = {name: [line.report for line in lines] for name, lines in found.items()}
    assert len(reports) == 7
    assert all(None not in some and some == reports["a.csv"] for some in reports.values())
    for name, path in copies(tmp_path).items():
        batches = list(door(path, max_lines=7))
        assert [len(batch.lines) for batch in batches] == [7] * 8 + [4]
        assert [batch.done for batch in batches] == sorted(batch.done for batch in batches)
        assert 0 < batches[0].done <= batches[-1].done == 1
        for n, batch in enumerate(batches, 1):
            start = Position(**orjson.loads(orjson.dumps(batch.position)))
            assert lines_of(door(path, start=start)) == found[name][7 * n :]


def test_the_person_is_told_the_encoding_and_what_the_mapping_leaves(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"\n".join([HEADER.replace(b"lat", b"north"), *good_lines(1)]).decode().encode("gb18030"))
    found = door(path)
    found.close()
    assert found.encoding == "gb18030"
    assert found.said[0].startswith("encoding GB18030 (no byte-order mark, not UTF-8 at byte ")
    assert found.said[1:] == ["column lat of the mapping is not in the file", "columns dropped, because the mapping does not name them: north"]


def test_a_named_encoding_is_used_and_an_unknown_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"\n".join([HEADER, *good_lines(1)]).decode().encode("gb18030"))
    first = lines_of(door(path, encoding="GBK"))[0]
    assert first.report is not None
    assert first.report.area_hint == "永康區"
    with pytest.raises(BrokenSetting):
        door(path, encoding="klingon")


def test_the_content_decides_what_a_file_is_not_its_name(tmp_path: Path) -> None:
    for name, path in copies(tmp_path).items():
        other = tmp_path / f"{name}.dat"
        path.rename(other)
        assert len(lines_of(door(other))) == 60


def test_lines_before_a_break_are_given_before_it_is_raised(tmp_path: Path) -> None:
    path = tmp_path / "f.csv.gz"
    packed = gzip.compress(b"\n".join([HEADER, *good_lines(5_000)]))
    path.write_bytes(packed[:-2_000])
    numbers: list[int] = []

    def read() -> None:
        for batch in door(path):
            assert all(line.report for line in batch.lines)
            numbers.extend(line.number for line in batch.lines)

    with pytest.raises(UnreadableFile, match="cut off"):
        read()
    assert numbers == list(range(2, numbers[-1] + 1))
    assert numbers[-1] > 4_000


def test_a_position_fits_no_file_with_another_header(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(b"\n".join([HEADER, *good_lines(9)]))
    position = next(iter(door(path, max_lines=1))).position
    path.write_bytes(b"\n".join([HEADER + b",new", *(line + b",x" for line in good_lines(9))]))
    with pytest.raises(UnreadableFile, match="start it anew"):
        door(path, start=position)


def test_the_example_mapping_reads_what_its_words_promise(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        '工单编号,状态,更新时间,受理时间,内容描述,经度,纬度,诉求性质,涉及人数,办件渠道,电话\nA1,办理中,2024/3/5 9:00,2024年3月5日 8时30分,"井盖\n缺失",118.62,32.05,投诉,３,微信,138\nA1,撤销,2024/3/6 9:00,2024/3/5 8:30,-,无,,,,,\n'
    )
    first, second = (line.report for line in lines_of(door(path, load_mapping("example-csv"))))
    assert first is not None
    assert second is not None
    assert (first.text, first.persons, first.extra, first.crs.value) == ("井盖\n缺失", 3, {"办件渠道": "微信"}, "gcj02")
    assert (second.operation, second.text, second.lng) == (Operation.WITHDRAW, "", None)
    assert first.order_key < second.order_key
