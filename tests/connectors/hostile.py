"""Bad lines and bad files, made from a seed: what the file door has to survive. All of it is synthetic.

The lines are for the columns of the mapping `tainan-1999`, and so are the files.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import openpyxl

COLUMNS = ["seq", "commit_ts", "op", "id", "created", "district", "category", "subcategory", "description", "address", "lat", "lng"]
HEADER = ",".join(COLUMNS).encode()


class HostileLine(NamedTuple):
    """One physical line without its line feed, and the code of the refusal that it must meet; none: it must be taken as it is."""

    kind: str
    data: bytes
    code: str | None


class HostileFile(NamedTuple):
    """A file and what must become of it; `good` and `refused` are counts of lines, none where chance decides."""

    path: Path
    kind: str
    good: int | None
    refused: int | None
    broken: bool
    """Whether the file itself is refused, at once or after the lines before the break."""


Row = dict[str, str]


def good_row(number: int) -> Row:
    """A row that every reader takes."""
    day, minute = number % 28 + 1, number % 60
    texts = (str(number), str(1_452_105_631 + number), "+", f"SYN{number:08d}", f"2015-04-{day:02d} 07:{minute:02d}:00", "永康區", "噪音舉發", "妨害安寧")
    return dict(zip(COLUMNS, (*texts, f"第{number}號噪音", f"永康區永大路{number}號", "23.002758", "120.26048"), strict=True))


def line_of(row: Row) -> bytes:
    """A row as one line of CSV, UTF-8, without its line feed."""
    return spelled(row).encode()


def spelled(row: Row) -> str:
    """A row as one line of CSV without its line feed."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(row.values())
    return out.getvalue()


def _cells(**wrong: str) -> Callable[[Row, random.Random], bytes]:
    return lambda row, _: line_of({**row, **wrong})


def _one_of(column: str, *values: str) -> Callable[[Row, random.Random], bytes]:
    return lambda row, rng: line_of({**row, column: rng.choice(values)})


def _bytes_in(column: str, *values: bytes) -> Callable[[Row, random.Random], bytes]:
    return lambda row, rng: line_of({**row, column: "HERE"}).replace(b"HERE", rng.choice(values))


def _cut(row: Row, rng: random.Random) -> bytes:
    line = spelled(row)
    return line[: rng.randrange(1, line.rindex(","))].encode()


def _noise(_: Row, rng: random.Random) -> bytes:
    return b"\xff" + rng.randbytes(rng.randrange(300)).replace(b"\n", b"").replace(b'"', b"")


INVALID, UNREADABLE = "invalid-field", "unreadable-line"
KINDS: tuple[tuple[str, str | None, Callable[[Row, random.Random], bytes]], ...] = (
    ("cut off", UNREADABLE, _cut),
    ("too many columns", UNREADABLE, lambda row, rng: line_of(row) + b",more" * rng.randrange(1, 50)),
    ("noise", UNREADABLE, _noise),
    ("not a number", INVALID, _one_of("lat", "NaN", "nan", "Infinity", "-inf", "1e999", "二十三", "23,002758", "0x17", "1_0", "--", "23.0.1")),
    ("far future", INVALID, _one_of("created", "2999-01-01 00:00:00", "9999-12-31 23:59:59", "2200/1/1 8:00")),
    ("far past", INVALID, _one_of("created", "0001-01-01 00:00:00", "1900-01-01 00:00:00", "1989-12-31 23:59:59", "1970-01-01 08:00:00")),
    (
        "no time",
        INVALID,
        _one_of("created", "2015-13-45 00:00:00", "2015-02-30 00:00:00", "yesterday", "24:61", "1", "2015041500220", "０", "2015-04-15 25:00:00"),
    ),
    ("no arrival", INVALID, _one_of("commit_ts", "NaN", "1452105631000", "-1", "1e400", "9" * 400, "soon", "0", "inf")),
    ("no order", INVALID, _one_of("seq", "-1", "x", "1.5", "9" * 30, "1e30", "NaN", "1_0")),
    ("no operation", INVALID, _one_of("op", "*", "++", "set", "DROP TABLE", "")),
    ("blank id", INVALID, _one_of("id", "", "  ", "\u3000", "NULL")),
    ("blank time", INVALID, _one_of("created", "", " ", "NULL")),
    ("control character in id", INVALID, _one_of("id", "A\x07B", "A\x1fB", "A\x7fB", "A\u200bB", "A\u2028B", "A\tB", "A\x85B", "A\ue000B")),
    ("too long", INVALID, lambda row, rng: line_of({**row, rng.choice(["description", "address", "id"]): "長" * rng.randrange(20_001, 20_500)})),
    ("NUL", UNREADABLE, _bytes_in("description", b"a\x00b", b"\x00", b"\x00" * 100)),
    ("NUL in id", UNREADABLE, _bytes_in("id", b"A\x00B")),
    (
        "no UTF-8",
        UNREADABLE,
        _bytes_in(
            "description", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xe6\xb0", b"\x80", b"\xf5\x80\x80\x80", "噪音".encode("gb18030"), "噪音".encode("cp950")
        ),
    ),
    ("open quote", UNREADABLE, lambda row, _: line_of(row).replace(b"SYN", b'"SYN')[: -len(row["lng"])] + b"1"),
    ("text behind a quote", UNREADABLE, lambda row, _: line_of({**row, "description": "HERE"}).replace(b"HERE", b'"a"b"c')),
    ("carriage return", UNREADABLE, _bytes_in("description", b"a\rb")),
    ("json in a csv", UNREADABLE, lambda row, _: b"[" * 2000 + json.dumps(row["id"]).encode()),
    ("sql", None, _one_of("description", "'; DROP TABLE reports; --", "1' OR '1'='1", "Robert'); SELECT * FROM cases;/*", "{{7*7}} ${jndi:ldap://x}")),
    ("html", None, _one_of("description", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "=HYPERLINK(1)", "&lt;&#0;", "</td><iframe>")),
    (
        "control characters in text",
        None,
        _one_of("description", "a\x07b\x1b[31mc", "\x01\x02\x03x", "a\x0bb\x0cc", "\u202ereversed", "a\u2028b\u2029c", "a\x85b"),
    ),
    ("quotes in text", None, _one_of("description", 'he said "no"', '""', '","', '"""', "5\" pipe, 'x'")),
    ("wide", None, _one_of("description", "𠮷野家" * 50, "👨‍👩‍👧‍👦", "\ufeff x", "ａ１", "é" * 300, "\ue000")),
    ("sql in id", None, lambda row, rng: line_of({**row, "id": f"'; DROP TABLE {rng.random()}; --"})),
    ("sheet's day as time", None, _cells(created="42109.0152777778")),
)


def hostile_lines(seed: int, n: int) -> list[HostileLine]:
    """`n` lines, each of a kind in turn, its details by chance."""
    rng = random.Random(seed)
    made = []
    for number in range(n):
        kind, code, make = KINDS[number % len(KINDS)]
        made.append(HostileLine(kind, make(good_row(number), rng), code))
    return made


def good_lines(n: int, first: int = 1_000_000) -> list[bytes]:
    """`n` lines that are all taken."""
    return [line_of(good_row(first + i)) for i in range(n)]


def hostile_files(folder: Path, seed: int, rounds: int = 8) -> list[HostileFile]:
    """Writes bad files into `folder`: every kind `rounds` times, each time other details."""
    rng = random.Random(seed)
    made = []
    for turn in range(rounds):
        for kind, (name, make) in FILES.items():
            path = folder / f"{turn:02d}-{kind.replace(' ', '-')}{name}"
            good, refused, broken = make(path, rng)
            made.append(HostileFile(path, kind, good, refused, broken))
    return made


Fate = tuple[int | None, int | None, bool]


def _some(rng: random.Random) -> tuple[int, bytes]:
    n = rng.randrange(1, 40)
    return n, b"\n".join([HEADER, *good_lines(n), b""])


def _written(path: Path, data: bytes, good: int | None, refused: int | None, *, broken: bool = False) -> Fate:
    path.write_bytes(data)
    return good, refused, broken


def _plain(data: bytes, *, broken: bool = True) -> Callable[[Path, random.Random], Fate]:
    return lambda path, _: _written(path, data, 0, 0, broken=broken)


def _in_encoding(codec: str, mark: bytes = b"") -> Callable[[Path, random.Random], Fate]:
    def make(path: Path, rng: random.Random) -> Fate:
        n, data = _some(rng)
        return _written(path, mark + data.decode().encode(codec), n, 0)

    return make


def _one_line_of_noise(path: Path, rng: random.Random) -> Fate:
    n, data = _some(rng)
    return _written(path, data + b"\xff\xfe\xff" + rng.randbytes(40).replace(b"\n", b"").replace(b'"', b"") + b"\n" + b"\n".join(good_lines(3)), n + 3, 1)


def _odd_utf16(path: Path, rng: random.Random) -> Fate:
    n, data = _some(rng)
    return _written(path, b"\xff\xfe" + (data.decode().encode("utf-16-le") + b"\x41"), n, 1)


def _cut_gzip(path: Path, rng: random.Random) -> Fate:
    packed = gzip.compress(_some(rng)[1], mtime=0)
    return _written(path, packed[: rng.randrange(12, len(packed) - 1)], None, 0, broken=True)


def _bent_gzip(path: Path, rng: random.Random) -> Fate:
    packed = bytearray(gzip.compress(b"\n".join([HEADER, *good_lines(400)]), mtime=0))
    packed[rng.randrange(len(packed) // 2, len(packed) - 1)] ^= 0x55
    return _written(path, bytes(packed), None, None, broken=True)


def _gzip_with_tail(path: Path, rng: random.Random) -> Fate:
    n, data = _some(rng)
    return _written(path, gzip.compress(data, mtime=0) + b"not gzip at all", n, 0, broken=True)


def _members(path: Path, rng: random.Random) -> Fate:
    n, data = _some(rng)
    middle = rng.randrange(len(data))
    return _written(path, gzip.compress(data[:middle]) + gzip.compress(b"") + gzip.compress(data[middle:]) + bytes(512), n, 0)


def bomb(path: Path, mebibytes: int, filling: bytes = b"a") -> None:
    """A gzip file: a header, one line of `mebibytes`, one good line. It takes a thousandth of that on the disk."""
    deflate = zlib.compressobj(9, wbits=31)
    member = deflate.compress(filling * (64 << 20)) + deflate.flush()
    with path.open("wb") as file:
        file.write(gzip.compress(HEADER + b"\n"))
        for _ in range(mebibytes // 64):
            file.write(member)
        file.write(gzip.compress(b"\n" + good_lines(1)[0] + b"\n"))


def _small_bomb(path: Path, rng: random.Random) -> Fate:
    bomb(path, 64, rng.choice([b"a", b"\x00", b",", b'"', b" "]))
    return 1, 1, False


def _huge_line(path: Path, rng: random.Random) -> Fate:
    n, data = _some(rng)
    return _written(path, data + rng.choice([b"x", b"\xe5", b'"', b","]) * (3 << 20) + b"\n" + good_lines(1)[0], n + 1, 1)


def _open_quote_at_end(path: Path, rng: random.Random) -> Fate:
    n, data = _some(rng)
    return _written(path, data + b'1,2,+,"X,' + b"\n" + b"\n".join(good_lines(300, 5_000)), n + 300, 1)


def _lines(kind: str, make: Callable[[Row], str]) -> Callable[[Path, random.Random], Fate]:
    def write(path: Path, rng: random.Random) -> Fate:
        rows = [json.dumps(good_row(i), ensure_ascii=False) for i in range(rng.randrange(1, 20))]
        bad = make(good_row(77))
        at = rng.randrange(1, len(rows) + 1)
        taken = kind == "good"
        return _written(path, "\n".join([*rows[:at], bad, *rows[at:]]).encode("utf-8", "surrogatepass"), len(rows) + taken, int(not taken))

    return write


def _workbook(rows: list[list[object]], path: Path) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("資料")
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path.read_bytes()


def _sheet(path: Path, rng: random.Random) -> Fate:
    n = rng.randrange(1, 20)
    rows: list[list[object]] = [list(good_row(i).values()) for i in range(n)]
    _workbook([list(COLUMNS), *rows, [None] * 12, ["x"] * 12, [*rows[0], "one too many"]], path)
    return n, 2, False


def _cut_sheet(path: Path, rng: random.Random) -> Fate:
    data = _workbook([list(COLUMNS), list(good_row(1).values())], path)
    return _written(path, data[: rng.randrange(100, len(data) - 30)], None, None, broken=True)


def _no_workbook(path: Path, _: random.Random) -> Fate:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no workbook")
    return 0, 0, True


def _broken_workbook(path: Path, rng: random.Random) -> Fate:
    content = rng.choice(["", "<", "<Types/>", "\x00", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml", "_rels/.rels"):
            archive.writestr(name, content)
    return 0, 0, True


def _zip_bomb(path: Path, _: random.Random) -> Fate:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/sharedStrings.xml", b"a" * (65 << 20))
    return 0, 0, True


def _folder(path: Path, _: random.Random) -> Fate:
    path.mkdir()
    return 0, 0, True


def _deep(row: Row) -> str:
    return json.dumps({**row, "extra": 0}).replace('"extra": 0', '"extra": ' + "[" * 100_000 + "]" * 100_000)


FILES: dict[str, tuple[str, Callable[[Path, random.Random], Fate]]] = {
    "empty": (".csv", _plain(b"")),
    "empty gzip": (".csv.gz", _plain(gzip.compress(b""))),
    "only line feeds": (".csv", _plain(b"\n" * 500)),
    "only NUL": (".csv", _plain(b"\x00" * 5000)),
    "only a mark": (".csv", _plain(b"\xef\xbb\xbf")),
    "header only": (".csv", _plain(HEADER, broken=False)),
    "header without columns": (".csv", _plain(b"seq,commit_ts,op\n1,2,+\n")),
    "header twice the same": (".csv", _plain(HEADER + b",id\n" + good_lines(1)[0] + b",x\n")),
    "header of two mebibytes": (".csv", _plain(b"a" * (2 << 20) + b"\n1\n")),
    "header with open quote": (".csv", _plain(b'"' + HEADER + b"\n" + b"\n".join(good_lines(3)))),
    "header broken": (".csv", _plain(b"\xff\xff\xff," + HEADER + b"\n" + b"\n".join(good_lines(3)))),
    "noise": (".csv", lambda path, rng: _written(path, b"\x01" + rng.randbytes(20_000), 0, 0, broken=True)),
    "noise in gzip": (".csv.gz", lambda path, rng: _written(path, gzip.compress(b"\x01" + rng.randbytes(20_000)), 0, 0, broken=True)),
    "pdf": (".csv", _plain(b"%PDF-1.7\n%...")),
    "old excel": (".xls", _plain(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))),
    "bzip2": (".csv.bz2", _plain(b"BZh91AY&SY" + bytes(50))),
    "utf-32": (".csv", _plain(HEADER.decode().encode("utf-32"))),
    "folder": (".csv", _folder),
    "missing": (".csv", lambda _path, _rng: (0, 0, True)),
    "utf-16": (".csv", _in_encoding("utf-16-le", b"\xff\xfe")),
    "utf-16 big end first": (".csv", _in_encoding("utf-16-be", b"\xfe\xff")),
    "utf-16 odd": (".csv", _odd_utf16),
    "utf-8 with mark": (".csv", _in_encoding("utf-8-sig")),
    "gb18030": (".csv", _in_encoding("gb18030")),
    "big5": (".csv", _in_encoding("cp950")),
    "one line of noise": (".csv", _one_line_of_noise),
    "gzip cut off": (".csv.gz", _cut_gzip),
    "gzip bent": (".csv.gz", _bent_gzip),
    "gzip with a tail": (".csv.gz", _gzip_with_tail),
    "gzip in parts": (".csv.gz", _members),
    "gzip bomb": (".csv.gz", _small_bomb),
    "huge line": (".csv", _huge_line),
    "open quote": (".csv", _open_quote_at_end),
    "json list": (".json", _plain(b"[" + json.dumps(good_row(1)).encode() + b"]")),
    "json deep": (".jsonl", _lines("bad", _deep)),
    "json repeated key": (".jsonl", _lines("bad", lambda row: json.dumps(row)[:-1] + ', "id" : "SYN2"}')),
    "json NaN": (".jsonl", _lines("bad", lambda row: json.dumps({**row, "lat": float("nan")}))),
    "json half character": (".jsonl", _lines("bad", lambda row: json.dumps({**row, "description": "a\ud800b"}))),
    "json raw half character": (".jsonl", _lines("bad", lambda row: json.dumps({**row, "description": "a\ud800b"}, ensure_ascii=False))),
    "json NUL": (".jsonl", _lines("bad", lambda row: json.dumps({**row, "description": "a\x00b"}))),
    "json object in a value": (".jsonl", _lines("bad", lambda row: json.dumps({**row, "id": {"a": 1}}))),
    "json number": (".jsonl", _lines("bad", lambda _: "42")),
    "json cut off": (".jsonl", _lines("bad", lambda row: json.dumps(row)[:-3])),
    "json numbers": (".jsonl", _lines("good", lambda row: json.dumps({**row, "seq": 7, "lat": 23.5, "lng": None, "more": [1, {"x": 2}]}))),
    "sheet": (".xlsx", _sheet),
    "sheet cut off": (".xlsx", _cut_sheet),
    "zip": (".xlsx", _no_workbook),
    "zip of nonsense": (".xlsx", _broken_workbook),
    "zip bomb": (".xlsx", _zip_bomb),
}
