"""A table of the state: what is warm is in memory, what is cold is read from the state port when it is asked for.

Changes can be taken back to a savepoint (a poisoned event must leave nothing) and are handed over as a whole when a frame is
made durable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from schemas.ports import StateKey, StateReader

K = TypeVar("K", bound=StateKey)
V = TypeVar("V")


class Table(Generic[K, V]):
    """Rows by key. `watch` is called with (old, new) at every change, changes taken back included: indexes follow it."""

    def __init__(self, name: str, reader: StateReader, decode: Callable[[bytes], V], watch: Callable[[V | None, V | None], None] | None = None) -> None:
        self.name = name
        self._reader = reader
        self._decode = decode
        self._watch = watch
        self._rows: dict[K, V | None] = {}
        self._borrowed: set[K] = set()
        self._before: dict[K, V | None] = {}
        self._undo: list[tuple[K, V | None]] = []

    def get(self, key: K) -> V | None:
        """The row under `key`, None when there is none."""
        if key not in self._rows:
            self.fetch((key,))
        return self._rows[key]

    def fetch(self, keys: Iterable[K]) -> None:
        """Reads the rows that are not in memory, together; they stay until `settle`."""
        cold = [key for key in dict.fromkeys(keys) if key not in self._rows]
        if not cold:
            return
        found = self._reader.load(self.name, cold)
        for key in cold:
            data = found.get(key)
            self._rows[key] = None if data is None else self._decode(data)
        self._borrowed.update(cold)

    def put(self, key: K, row: V) -> None:
        """Sets the row under `key`; the caller has got it before."""
        old = self._rows[key] if key in self._rows else self.get(key)
        self._undo.append((key, old))
        self._rows[key] = row
        self._before.setdefault(key, old)
        if self._watch is not None:
            self._watch(old, row)

    def add(self, key: K, row: V) -> None:
        """Sets the row under a key that has never been used: nothing is read."""
        self._rows.setdefault(key, None)
        self.put(key, row)

    def savepoint(self) -> int:
        """A mark to which `back_to` returns."""
        return len(self._undo)

    def back_to(self, mark: int) -> None:
        """Takes back what was put since the mark."""
        while len(self._undo) > mark:
            key, old = self._undo.pop()
            if self._watch is not None:
                self._watch(self._rows[key], old)
            self._rows[key] = old

    def changes(self) -> Iterator[tuple[K, V | None, V]]:
        """The rows put since `settle`: key, row before, row now."""
        for key, before in self._before.items():
            row = self._rows[key]
            if row is not None:
                yield key, before, row

    def settle(self, is_warm: Callable[[V], bool]) -> None:
        """After a commit: forgets what was undone and lets go of the cold rows that this frame had borrowed or changed."""
        self._undo.clear()
        for key in self._borrowed.union(self._before):
            row = self._rows.get(key)
            if row is None:
                self._rows.pop(key, None)
            else:
                self.cool(key, lambda kept: not is_warm(kept))
        self._borrowed.clear()
        self._before.clear()

    def warm(self, key: K, row: V) -> None:
        """Takes a row into memory at the start."""
        self._rows[key] = row
        if self._watch is not None:
            self._watch(None, row)

    def cool(self, key: K, is_cold: Callable[[V], bool]) -> None:
        """Lets a row go from memory where it is cold; it stays in the state. Only between frames."""
        row = self._rows.get(key)
        if row is not None and is_cold(row):
            del self._rows[key]
            if self._watch is not None:
                self._watch(row, None)

    def has(self, key: K) -> bool:
        """Whether the row is in memory."""
        return key in self._rows

    def warm_keys(self) -> list[K]:
        """Keys of the rows in memory, as they came."""
        return [key for key, row in self._rows.items() if row is not None]

    def in_memory(self) -> int:
        """How many rows are in memory."""
        return len(self._rows)
