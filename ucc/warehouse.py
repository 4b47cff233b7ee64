"""The warehouse that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sinks.chdb_warehouse import ChdbWarehouse
from ucc.home import Home
from ucc.settings import Settings

if TYPE_CHECKING:
    from sinks.clickhouse_warehouse import ClickHouseWarehouse

SCHEMES = ("clickhouse://", "clickhouses://")


def served(settings: Settings) -> ClickHouseWarehouse | None:
    """The warehouse on the ClickHouse server that `UCC_WAREHOUSE` names; None where it is chDB. Connects to nothing yet; whoever gets it closes it.

    Raises BrokenSetting.
    """
    if not settings.warehouse.startswith(SCHEMES):
        return None
    from sinks.clickhouse_address import Server  # noqa: PLC0415  the driver takes a third of a second to load, which an embedded warehouse can do without
    from sinks.clickhouse_warehouse import ClickHouseWarehouse  # noqa: PLC0415  see above

    server = Server.at(
        settings.warehouse,
        namespace=settings.namespace,
        password_file=settings.warehouse_password_file,
        ca_file=settings.warehouse_ca_file,
        cluster=settings.cluster,
    )
    return ClickHouseWarehouse(server)


def warehouse_at(settings: Settings) -> ClickHouseWarehouse | ChdbWarehouse:
    """The warehouse, for one who writes into it; whoever gets it closes it. chDB's folder is its owner's alone: hold the home first.

    Raises BrokenSetting, and for chDB what its opening raises.
    """
    return served(settings) or ChdbWarehouse(Home(settings.home, log=settings.log, warehouse=settings.warehouse).warehouse)
