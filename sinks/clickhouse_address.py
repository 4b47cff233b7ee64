"""Where a ClickHouse server is, who we are there, and in which database."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, unquote

from pydantic import Field

from schemas.errors import BrokenSetting
from schemas.fields import Model

_URL = re.compile(r"(?P<scheme>clickhouses?)://(?:(?P<user>[^@/]*)@)?(?P<hosts>[^/?@]+)(?:/(?P<database>[^/?]*))?(?:\?(?P<query>.*))?")
_HOST = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::(?P<port>\d{1,5}))?")
_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_PLAIN, _SECURE = (9000, 8123), (9440, 8443)
"""Ports of the native protocol and of HTTP."""
WHERE = "UCC_WAREHOUSE"


class Server(Model):
    """A server, or several of one cluster, any of which will do. The password is read from its file for each connection, and never shown."""

    hosts: Annotated[tuple[tuple[str, int], ...], Field(min_length=1, description="Name and port of the native protocol; the first that answers is used.")]
    http_port: int = Field(description="Where the same hosts answer HTTP.")
    database: str
    user: str = "default"
    secure: bool = Field(default=False, description="Whether we speak TLS.")
    password_file: Path | None = Field(default=None, description="Holds the password alone; outer white space is left out.")
    ca_file: Path | None = Field(default=None, description="PEM of who signed the server's certificate; none: whom the system trusts.")
    cluster: str = Field(default="", description="The cluster that our tables are made on; empty: none.")

    @classmethod
    def at(cls, url: str, *, namespace: str = "", password_file: Path | None = None, ca_file: Path | None = None, cluster: str = "") -> Server:
        """From `clickhouse://user@host:port,host:port/database?http_port=8123` (`clickhouses://`: TLS).

        What is left out: the user `default`, the database `ucc`, the ports that the server has as it is shipped. `namespace` comes before the
        name of the database. Raises BrokenSetting naming what is not usable.
        """
        said = _URL.fullmatch(url)
        if said is None:
            raise BrokenSetting(f"{_shown(url)!r} is no address; write clickhouse://user@host:port/database", where=WHERE)
        secure = said["scheme"] == "clickhouses"
        native, http = _SECURE if secure else _PLAIN
        user = unquote(said["user"] or "default")
        if ":" in user:
            raise BrokenSetting(
                "an address is seen by many, so it holds no password; put that into a file and name it in UCC_WAREHOUSE_PASSWORD_FILE", where=WHERE
            )
        options = dict(parse_qsl(said["query"] or "", keep_blank_values=True))
        port = options.pop("http_port", str(http))
        if options or not port.isdigit():
            raise BrokenSetting(f"?{next(iter(options), f'http_port={port}')} is not usable; there is ?http_port=8123", where=WHERE)
        database = said["database"] or "ucc"
        if not _DATABASE.fullmatch(database):
            raise BrokenSetting(f"{database!r} is no name of a database: letters, digits and _ only", where=WHERE)
        return cls(
            hosts=tuple(_host(part, native) for part in said["hosts"].split(",")),
            http_port=int(port),
            database=f"{namespace}_{database}" if namespace else database,
            user=user,
            secure=secure,
            password_file=password_file,
            ca_file=ca_file,
            cluster=cluster,
        )

    def password(self) -> str:
        """Read anew each time, so that a rotated one is taken; raises BrokenSetting when the file cannot be read."""
        if self.password_file is None:
            return ""
        try:
            return self.password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BrokenSetting(f"the warehouse's password cannot be read: {error.strerror}", where=str(self.password_file)) from error

    def __str__(self) -> str:
        """Where it is, for sentences."""
        return ",".join(f"{host}:{port}" for host, port in self.hosts)


def _host(said: str, port: int) -> tuple[str, int]:
    found = _HOST.fullmatch(said.strip())
    if found is None:
        raise BrokenSetting(f"{said!r} is no host:port", where=WHERE)
    return found["host"].strip("[]"), int(found["port"] or port)


def _shown(url: str) -> str:
    """An address that could not be read, without what may be a password in it."""
    return re.sub(r"//[^@/]*@", "//…@", url)
