"""Settings, from `UCC_…` environment variables and the command line. Unknown ones are errors."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.brokers import SCHEME, Brokers
from schemas.errors import BrokenSetting
from ucc.home import Home


class Settings(BaseSettings):
    """What an installation is told from outside (`DESIGN.md` §5, Where)."""

    model_config = SettingsConfigDict(env_prefix="UCC_", frozen=True)

    home: Path = Field(default=Path("~/.ucc"), description="Folder of the installation: logs, warehouse, packs, keys.")
    log: str = Field(
        default="", pattern=r"^(|sqlite:.*|kafka://.+)$", description="Where the log is: sqlite:///folder or kafka://host:port,…; empty: SQLite in the home."
    )
    warehouse: str = Field(
        default="",
        pattern=r"^(|chdb:.*|clickhouses?://.+)$",
        description="Where the warehouse is: chdb:///folder or clickhouse://user@host:port/database; empty: chDB in the home.",
    )
    warehouse_password_file: Path | None = Field(default=None, description="File that holds the ClickHouse user's password alone.")
    warehouse_ca_file: Path | None = Field(default=None, description="PEM of who signed the ClickHouse server's certificate; none: the system's.")
    cluster: str = Field(default="", description="The ClickHouse cluster that tables are made on; empty: one server.")
    namespace: str = Field(
        default="", pattern=r"^[A-Za-z0-9_.-]{0,100}$", description="Prefix of topics, groups and databases where several installations share a broker."
    )
    centre: str = Field(default="", description="Which centre, where a home has more than one.")
    kafka_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(default="PLAINTEXT", description="How Kafka's brokers are spoken to.")
    kafka_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(default="", description="How we say who we are, with SASL.")
    kafka_user: str = Field(default="", description="Who we are, with SASL.")
    kafka_password_file: Path | None = Field(default=None, description="File that holds the password alone.")
    kafka_ca_file: Path | None = Field(default=None, description="PEM of who signed the brokers' certificates; none: the system's.")
    kafka_certificate_file: Path | None = Field(default=None, description="PEM of our certificate and its key, where brokers ask for one.")
    metrics: str = Field(
        default="",
        pattern=r"^(|\d{1,5}|([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5})$",
        description="Where a part answers /metrics and /health: host:port, or a port on loopback; empty: nowhere.",
    )
    analysts: str = Field(
        default="",
        pattern=r"^(|\d{1,5}|([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5})$",
        description="Where the part that holds a chDB warehouse answers analysts' tools: host:port, or a port on loopback; empty: nowhere.",
    )
    door_requests: Annotated[float, Field(gt=0, le=1e6)] = Field(default=1000.0, description="Requests a second that an API key may send to the HTTP door.")
    door_lines: Annotated[float, Field(gt=0, le=1e7)] = Field(default=10000.0, description="Lines a second that an API key may send to the HTTP door.")
    # A fold takes thousands of lines a second: beyond this a new report would wait for ten seconds and more.
    door_behind: Annotated[int, Field(ge=1)] = Field(
        default=50000, description="Accepted lines that are not folded yet, beyond which the HTTP door of a centre takes no more."
    )
    shared: Path = Field(default=Path("../shared"), description="Where the tests find the real data.")


def settings() -> Settings:
    """The settings as the environment has them; raises BrokenSetting naming the variable, its value and what is allowed."""
    known = {f"UCC_{name.upper()}" for name in Settings.model_fields}
    unknown = sorted(name for name in os.environ if name.startswith("UCC_") and name not in known)
    if unknown:
        raise BrokenSetting(f"there is no such setting; known are {', '.join(sorted(known))}", where=unknown[0])
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = f"UCC_{str(first['loc'][0]).upper()}"
        raise BrokenSetting(f"the value {first.get('input')!r} is not usable: {first['msg']}", where=name) from error


def brokers() -> Brokers | None:
    """The Kafka that `UCC_LOG` names; none where the log is embedded. Raises BrokenSetting."""
    kept = settings()
    if not kept.log.startswith(SCHEME):
        return None
    try:
        return Brokers.at(
            kept.log,
            namespace=kept.namespace,
            security=kept.kafka_security,
            mechanism=kept.kafka_mechanism,
            user=kept.kafka_user,
            password_file=kept.kafka_password_file,
            ca_file=kept.kafka_ca_file,
            certificate_file=kept.kafka_certificate_file,
        )
    except ValidationError as error:
        raise BrokenSetting(error.errors(include_url=False)[0]["msg"], where="UCC_KAFKA_SECURITY") from error


def home() -> Home:
    """The home that the settings name."""
    kept = settings()
    return Home(kept.home, log=kept.log, warehouse=kept.warehouse)
