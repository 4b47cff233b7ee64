"""A state port in memory, and tables whose rows go through it between steps, as at the end of each frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pipeline.casework.table import Table
from schemas.ports import StateKey

K = TypeVar("K", bound=StateKey)
V = TypeVar("V")


@dataclass
class Kept:
    """Rows of one table, as they were made durable."""

    rows: dict[StateKey, bytes] = field(default_factory=dict)

    def load(self, table: str, keys: Sequence[StateKey]) -> Mapping[StateKey, bytes]:
        assert table
        return {key: self.rows[key] for key in keys if key in self.rows}

    def scan(self, table: str) -> list[tuple[StateKey, bytes]]:
        assert table
        return list(self.rows.items())

    def keep(self, table: Table[K, V], to_bytes: Callable[[V], bytes]) -> None:
        """Writes what was changed; afterwards nothing is in memory."""
        self.rows.update({key: to_bytes(row) for key, _, row in table.changes()})
        table.settle(lambda _: False)
