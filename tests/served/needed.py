"""What a test needs of the machine: in CI its absence is a failure, elsewhere a skip that says how to get it."""

from __future__ import annotations

import os

import pytest


def needed(what: str, found: bool, how: str) -> None:
    """Goes on when `what` was `found`; else fails in CI (the variable CI is set) and skips elsewhere, saying `how` to install it."""
    if found:
        return
    missing = f"{what} is not here; {how}"
    if os.environ.get("CI"):
        pytest.fail(missing)
    pytest.skip(missing)
