"""What an analyst asks, as ClickHouse's HTTP interface puts it, and what becomes of it. Plain values: they travel between processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Asked(NamedTuple):
    """One question; `parameters` are the values of `{name:Type}` in it, written as ClickHouse writes them in tab-separated text."""

    sql: str
    output_format: str = "TabSeparated"
    """Where the question itself has no FORMAT."""
    database: str = ""
    parameters: Mapping[str, str] = {}
    settings: Mapping[str, str] = {}
    native_revision: int = 0
    """Revision of the protocol in which the asker reads the format Native; 0: as it is in files."""


class Answered(NamedTuple):
    """An answer that is whole."""

    output_format: str
    time_zone: str
    """Of the engine: of instants whose type names none."""
    rows: int
    read_rows: int
    read_bytes: int
    seconds: float


class NotAnswered(NamedTuple):
    """Why there is no answer: ClickHouse's number and name of the error, and the sentence."""

    number: int
    name: str
    said: str
