"""The warehouse that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sinks.chdb_warehouse import ChdbWarehouse
from sinks.migrate import as_it_is, every_statement, migrations
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
    from sinks.clickhouse_address import Server  # noqa: PLC0415  see `served`

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
    from sinks.clickhouse_warehouse import ClickHouseWarehouse  # noqa: PLC0415  its driver takes a third of a second to load, which an embedded one can do without

    return ClickHouseWarehouse(named)


def warehouse_at(settings: Settings) -> ClickHouseWarehouse | ChdbWarehouse:
    """The warehouse, for one who writes into it; whoever gets it closes it. chDB's folder is its owner's alone: hold the home first.

    Raises BrokenSetting, and for chDB what its opening raises.
    """
    return served(settings) or ChdbWarehouse(Home(settings.home, log=settings.log, warehouse=settings.warehouse).warehouse)


def statements(settings: Settings) -> list[str]:
    """All that makes the warehouse's tables and views, as it is said to the server or the cluster that the settings name."""
    named = server(settings)
    if named is None:
        return list(every_statement())
    from sinks.clickhouse_cluster import Cluster  # noqa: PLC0415  see `served`

    render = Cluster(named.cluster, named.database, migrations()).rendered if named.cluster else as_it_is
    return [*render(f"CREATE DATABASE IF NOT EXISTS `{named.database}`"), f"USE `{named.database}`", *every_statement(render)]
