"""A warehouse with a lively city in it, for all tests that only ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from sinks.chdb_warehouse import ChdbWarehouse
from tests.sinks.city import CENTRE, City, readers

MakeCity = Callable[[str], City]
"""Makes a city in a folder of that name; its log is closed after the test."""


@pytest.fixture
def make_city(tmp_path: Path) -> Iterator[MakeCity]:
    """Several cities, for a test that writes."""
    with ExitStack() as stack:

        def make(name: str = "city") -> City:
            city = City(tmp_path / name)
            stack.callback(city.log.close)
            return city

        yield make


class Landed(NamedTuple):
    """A city, the warehouse that it has landed in, and where both are."""

    city: City
    warehouse: ChdbWarehouse
    folder: Path


@pytest.fixture(scope="session")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landed]:
    """Read only."""
    folder = tmp_path_factory.mktemp("landed")
    city = City(folder).live(seed=11, frames=25)
    with ChdbWarehouse(folder / "warehouse", partial(readers, folder)) as warehouse:
        warehouse.land(CENTRE, seconds=60)
        yield Landed(city, warehouse, folder)
    city.log.close()
