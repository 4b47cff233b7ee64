"""The analysts' door: where it is, who may enter, and whether it answers now."""

from __future__ import annotations

import stat
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ucc.analysts import TOKEN_FILE, USER
from ucc.checks.finding import Finding, ok, unknown, wrong

if TYPE_CHECKING:
    from ucc.home import Home
    from ucc.settings import Settings

PATIENCE_S = 5.0


def door(home: Home, settings: Settings) -> Iterator[Finding]:
    """Whether analysts are let in where the setting says; nothing where there is none."""
    if not settings.analysts:
        return
    if settings.warehouse.startswith("clickhouse"):
        yield ok("analysts", "the warehouse's server answers them itself; UCC_ANALYSTS is for chDB")
        return
    token = home.path / TOKEN_FILE
    if token.exists() and token.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield wrong("analysts", f"others may read the password of the analysts, {token}", f"delete {token} and start again: there will be a new one")
        return
    address = settings.analysts if ":" in settings.analysts else f"127.0.0.1:{settings.analysts}"
    try:
        with urllib.request.urlopen(f"http://{address}/ping", timeout=PATIENCE_S) as answer:
            answer.read()
    except OSError as error:
        yield unknown("analysts", f"nobody answers at {address} now ({error}); the part that holds the warehouse does, while it runs")
    else:
        yield ok("analysts", f"answered at http://{address}; the user is {USER}, the password is in {token}")
