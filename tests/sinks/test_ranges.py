from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from schemas.errors import WarehouseUnavailable
from sinks.ranges import Range, Ranges


def test_what_is_noted_is_there_after_the_end_of_the_process(tmp_path: Path) -> None:
    with closing(Ranges(tmp_path / "sink.db")) as ranges:
        assert ranges.of("c", "casework", "t") == Range(-1, None)
        ranges.begin("c", "casework", "t", 4)
        assert ranges.of("c", "casework", "t") == Range(-1, 4)
        ranges.finish("c", "casework", "t", 4)
        ranges.begin("c", "casework", "t", 9)
        ranges.begin("c", "casework", "u", 1)
    with closing(Ranges(tmp_path / "sink.db")) as again:
        assert again.of("c", "casework", "t") == Range(4, 9)
        assert again.of("c", "casework", "u") == Range(-1, 1)
        assert again.of("d", "casework", "t") == Range(-1, None)


def test_a_file_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "sink.db").mkdir()
    with pytest.raises(WarehouseUnavailable, match="cannot be opened"):
        Ranges(tmp_path / "sink.db")
