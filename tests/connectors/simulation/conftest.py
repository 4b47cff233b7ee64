"""The shipped pack, loaded once."""

from __future__ import annotations

import pytest

from reference import load, shelf
from reference.pack import Reference


@pytest.fixture(scope="session")
def pukou() -> Reference:
    """The district that simulations are of."""
    return load.load(shelf.find("pukou"))
