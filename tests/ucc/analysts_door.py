"""A small city behind the analysts' door, for the tests that knock at it."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sinks.chdb_warehouse import ChdbWarehouse
from tests.sinks.city import CENTRE, City, readers
from ucc.analysts import AnalystsDoor, token_of


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Knocking(NamedTuple):
    """A door, what is behind it, and how one knocks as `curl` does."""

    city: City
    warehouse: ChdbWarehouse
    door: AnalystsDoor
    folder: Path

    @property
    def token(self) -> str:
        return self.door.token

    @property
    def basic(self) -> dict[str, str]:
        return {"Authorization": "Basic " + b64encode(f"analyst:{self.token}".encode()).decode()}

    def knock(
        self, sql: str | bytes | None = None, *, path: str = "/", headers: Mapping[str, str] | None = None, method: str | None = None, **fields: str
    ) -> Reply:
        """A request; with the right password unless `headers` say otherwise. POST where there is a body."""
        address = f"http://127.0.0.1:{self.door.port}{path}" + (f"?{urlencode(fields)}" if fields else "")
        body = sql.encode() if isinstance(sql, str) else sql
        request = urllib.request.Request(address, data=body, headers=dict(self.basic if headers is None else headers), method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310  loopback
                return Reply(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, dict(error.headers), error.read())

    def connection(self) -> http.client.HTTPConnection:
        """A connection that stays."""
        return http.client.HTTPConnection("127.0.0.1", self.door.port, timeout=120)


@contextmanager
def knocking(folder: Path, *, frames: int = 25) -> Iterator[Knocking]:
    """A city in `folder`, landed, and the door to it."""
    city = City(folder).live(seed=11, frames=frames)
    with ChdbWarehouse(folder / "warehouse", partial(readers, folder)) as warehouse:
        warehouse.land(CENTRE, seconds=60)
        door = AnalystsDoor("127.0.0.1:0", warehouse.answer, token_of(folder), spool=folder)
        yield Knocking(city, warehouse, door, folder)
        door.close()
    city.log.close()
