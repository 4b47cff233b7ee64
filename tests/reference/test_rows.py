from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from reference import rows
from reference.tables import CSV_TABLES, DUTIES, GATES, M, Table
from schemas.centre import Duty, Gate
from schemas.vocabulary import Urgency

if TYPE_CHECKING:
    from datetime import date

    from reference.problem import Problem

_WORDS = st.text(st.characters(categories=["L", "N", "P"], exclude_characters="|"), min_size=1, max_size=12)
_BASES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).map(str.strip).filter(bool)


def reread(content: bytes, table: Table[M]) -> list[M]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / table.file
        path.write_bytes(content)
        problems: list[Problem] = []
        items = rows.validate(table, rows.read(path, table, problems), problems).items
    assert problems == []
    return items


@given(st.lists(st.tuples(_WORDS, st.lists(_WORDS, max_size=3), st.dates(), st.none() | st.dates(), _BASES), min_size=1, max_size=5))
def test_what_is_written_is_what_is_read(parts: list[tuple[str, list[str], date, date | None, str]]) -> None:
    duties = [
        Duty(duty=f"{n}{name}", matter="02*", unit="u", co_units=tuple(co), valid_from=day, valid_to=end, basis=basis)
        for n, (name, co, day, end, basis) in enumerate(parts)
    ]
    assert reread(rows.write(DUTIES, map(rows.as_cells, duties)), DUTIES) == duties


def test_lists_and_words_keep_their_kind() -> None:
    gate = Gate(
        gate="g", effect="hazard", any_of=("跳楼", "轻生"), unless=("演习",), matters=("02*", "1611"), urgency=Urgency.U1, basis="b, with a comma\nand a line"
    )
    assert reread(rows.write(GATES, [rows.as_cells(gate)]), GATES) == [gate]


def test_every_key_of_a_table_is_one_of_its_columns() -> None:
    assert all(set(table.key) <= set(table.columns) for table in CSV_TABLES)
