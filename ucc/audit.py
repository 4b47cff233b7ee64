"""The audit log of a home: who opened what a person may not simply see, when, and what for. It stands beside the journal, not in it."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

from schemas.errors import BrokenSetting
from schemas.ports import Questions
from sinks.sql import kept

NAME = "audit.log"


def trace(home: Path, what: str, purpose: str, **about: str) -> None:
    """Notes that the person who runs this command opens something. Durable on return, so it comes before what it traces.

    Raises BrokenSetting when it cannot be noted: nothing may be opened then.
    """
    line = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "who": _who(), "what": what, "purpose": purpose, **about}
    path = home / NAME
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, json.dumps(line, ensure_ascii=False).encode() + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise BrokenSetting(f"the audit log cannot be written, so nothing is opened: {error.strerror}", where=str(path)) from error


def named(warehouse: Questions, what: str) -> set[str]:
    """The names of a report, or of the reports of a case, by whichever of its own. Raises WarehouseUnavailable."""
    return {json.loads(line)["name"] for line in warehouse.query(kept("reports_named", wanted=what), "JSONEachRow").splitlines()}


def about(home: Path, names: Collection[str]) -> Iterator[dict[str, str]]:
    """The lines that name one of these, oldest first; all lines where there are no names. A line that was cut off by a crash is passed over."""
    try:
        lines = (home / NAME).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if not names or not set(names).isdisjoint(said.values()):
            yield said


def _who() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user need not have a name
        name = f"uid {os.getuid()}"
    behind = os.environ.get("SUDO_USER", "")
    return f"{name} ({behind})" if behind and behind != name else name
