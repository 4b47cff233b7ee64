"""The warehouse that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sinks.chdb_warehouse import ChdbWarehouse
from ucc.home import Home
from ucc.settings import Settings

if TYPE_CHECKING:
    from sinks.clickhouse_address import Server
    from sinks.clickhouse_warehouse import ClickHouseWarehouse

SCHEMES = ("clickhouse://", "clickhouses://")


def server(settings: Settings) -> Server | None:
    """The ClickHouse server that `UCC_WAREHOUSE` names; None where the warehouse is chDB. Raises BrokenSetting."""
    if not settings.warehouse.startswith(SCHEMES):
        return None
    from sinks.clickhouse_address import Server  # noqa: PLC0415  what an embedded warehouse can do without, as below

    return Server.at(
        settings.warehouse,
        namespace=settings.namespace,
        password_file=settings.warehouse_password_file,
        ca_file=settings.warehouse_ca_file,
        cluster=settings.cluster,
    )


def served(settings: Settings) -> ClickHouseWarehouse | None:
    """The warehouse on that server; None where it is chDB. Connects to nothing yet; whoever gets it closes it. Raises BrokenSetting."""
    named = server(settings)
    if named is None:
        return None
    from sinks.clickhouse_warehouse import ClickHouseWarehouse  # noqa: PLC0415  its driver takes a third of a second to load

    return ClickHouseWarehouse(named)


def warehouse_at(settings: Settings) -> ClickHouseWarehouse | ChdbWarehouse:
    """The warehouse, for one who writes into it; whoever gets it closes it. chDB's folder is its owner's alone: hold the home first.

    Raises BrokenSetting, and for chDB what its opening raises.
    """
    return served(settings) or ChdbWarehouse(Home(settings.home, log=settings.log, warehouse=settings.warehouse).warehouse)
