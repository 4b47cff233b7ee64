"""What tests of the sources' own modules share: lines as they are pushed, and how they are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.channel import Channel, Said

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
"""A day after the examples."""


def line_of(payload: Mapping[str, Any]) -> bytes:
    """A payload as a line."""
    return json.dumps(payload, ensure_ascii=False).encode()


def reader_of(channel: Channel) -> Callable[..., Said]:
    """Reads the channel's example with some of its fields otherwise; `...` leaves a field out."""

    def read(**other: object) -> Said:
        fields = {key: value for key, value in {**channel.example, **other}.items() if value is not ...}
        return channel.read(line_of(fields), NOW)

    return read
