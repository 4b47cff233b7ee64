"""What all tests share: where the real data is, and settings of hypothesis."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.served.fixtures"]

for library in ("kafka", "aiokafka"):
    logging.getLogger(library).propagate = False  # they say each refused connection many times; what matters reaches us as an exception
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the real data (`UCC_SHARED`, default `../shared`). In CI its absence is a failure, elsewhere a skip that says so."""
    folder = Path(os.environ.get("UCC_SHARED", Path(__file__).parents[2] / "shared"))
    if not (folder / "data" / "README.md").exists():
        missing = f"the real data is not at {folder}; set UCC_SHARED to the folder that holds data/ and domain/"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return folder
