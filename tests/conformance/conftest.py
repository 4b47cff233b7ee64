"""The warehouses of the suite, for all its files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from schemas.ports import Warehouse
from tests.conformance.warehouses import Backend, Chdb, Served
from tests.served.clickhouse import ClickHouse


@pytest.fixture(scope="module", params=["chdb", "clickhouse"])
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Backend:
    """One of each kind, empty at first: each test has a centre of its own in it."""
    if request.param == "chdb":
        return Chdb(tmp_path_factory.mktemp("warehouse"))
    server: ClickHouse = request.getfixturevalue("clickhouse")
    return Served(server)


@pytest.fixture(scope="module")
def warehouse(backend: Backend) -> Iterator[Warehouse]:
    """It, opened."""
    with backend.opened() as opened:
        yield opened


@pytest.fixture
def centre() -> str:
    """One that nobody had before."""
    return f"c{next(_CENTRES)}"


_CENTRES = count()
