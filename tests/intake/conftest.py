"""The base pack's matters and words, without a place: what classification rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from reference.pack import Reference
from reference.rows import read, validate
from reference.tables import BASE, GATES, LEXICON, MATTERS, SOURCE_CODES, Table

if TYPE_CHECKING:
    from reference.problem import Problem


@pytest.fixture(scope="session")
def base() -> Reference:
    """A reference of the base pack's matters, source codes, gates and lexicon; everything else is empty."""
    problems: list[Problem] = []

    def rows(table: Table[Any]) -> list[Any]:
        return validate(table, read(BASE / table.file, table, problems), problems).items

    reference = Reference(
        name="base",
        title="base",
        hash="-",
        time_zone="Asia/Shanghai",
        district="",
        matters={matter.code: matter for matter in rows(MATTERS)},
        units={},
        duties=(),
        areas={},
        grids=(),
        polygons=np.empty(0, dtype=object),
        responders=(),
        shifts={},
        deadlines=(),
        calendar=(),
        source_codes={(code.standard, code.code): code for code in rows(SOURCE_CODES)},
        merge_rules={},
        gates=tuple(rows(GATES)),
        lexicon=tuple(rows(LEXICON)),
        addresses=(),
        metrics={},
        manifest={},
    )
    assert not problems, "\n".join(map(str, problems))
    return reference
