"""Any value of JSON in any field of a source's example: what hypothesis tries on the sources' own modules."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from connectors.channel import Channel, Said
from schemas.errors import Refused
from tests.connectors.pushed import NOW

SECRET = "SECRET-19990001234-张三"
"""What no sentence may quote, wherever it stood."""

texts = st.one_of(
    st.text(max_size=60),
    st.sampled_from(["", " ", "-", "无", "\x00", "\u2028", "９９９", "1e400", "2026-13-40", "99991231235959", "0" * 300, "𠮷" * 210, "\u202e", SECRET]),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(10**6), 10**13), st.floats(allow_nan=False, allow_infinity=False), texts)
values = st.one_of(
    scalars,
    scalars,
    st.recursive(scalars, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=3)), max_leaves=6),
)


def changes(example: Mapping[str, Any], more: tuple[str, ...] = ()) -> st.SearchStrategy[dict[str, Any]]:
    """One to four of an example's fields (or of `more`), each with any value."""
    return st.dictionaries(st.sampled_from([*example, *more]), values, min_size=1, max_size=4)


def read_or_refused(channel: Channel, example: Mapping[str, Any], changed: Mapping[str, Any]) -> Said | None:
    """Reads the example with its changes; what is refused says why, quoting nothing that stood in it."""
    line = json.dumps({**example, **changed}).encode()
    try:
        return channel.read(line, NOW)
    except Refused as error:
        refusal = error
    assert refusal.detail
    assert "19990001234" not in str(refusal)
    return None
