"""One real `ucc up` for all tests of the door's outside, with a key of two sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.served.up import Up


class Open(NamedTuple):
    """A door that is open, and keys of it."""

    up: Up
    hotline: str
    petition: str


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """The door. Tests take report numbers of their own."""
    up = Up(tmp_path_factory.mktemp("door"))
    keys = up.key("hotline12345"), up.key("petition")
    up.start()
    yield Open(up, *keys)
    up.close()
