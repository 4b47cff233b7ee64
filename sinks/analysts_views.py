"""What analysts see: a database of their own, with the warehouse's views under their names and with their columns; numbers of persons are masked in them.

They are read under no rights of their own (`SQL SECURITY NONE`), so who may read them needs none on what is below them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

ANALYSTS = "analysts"
"""The database of the analysts' views."""
VIEWS: Mapping[str, str] = {
    "outcomes": "outcomes_shown",
    "reports": "reports_shown",
    "reports_current": "reports_current_shown",
    "cases_current": "cases_current",
    "journal": "journal_shown",
    "orders": "orders",
    "dispatches": "dispatches",
    "returns": "returns_shown",
    "routing_accuracy": "routing_accuracy",
    "deadlines": "deadlines",
    "alerts": "alerts",
    "commands": "commands_shown",
    "results": "results_shown",
    "dead_letters": "dead_letters_shown",
    "readings": "readings",
    "readings_latest": "readings_latest",
}
"""What analysts see, and which view of the warehouse each of them is; `docs/analysts.md` describes them."""
_OURS = "ucc"


def analysts_of(database: str) -> str:
    """The analysts' database beside one of ours: several installations may share a server."""
    return ANALYSTS if database == _OURS else f"{database}_{ANALYSTS}"


def views(database: str, analysts: str = ANALYSTS, on: str = "") -> Iterator[str]:
    """The statements that make the views over those of `database`; each may run again. `on`: ` ON CLUSTER …`, where there is one."""
    yield f"CREATE DATABASE IF NOT EXISTS {_name(analysts)}{on}"
    for name, below in VIEWS.items():
        yield f"CREATE OR REPLACE VIEW {_name(analysts)}.{name}{on} SQL SECURITY NONE AS SELECT * FROM {_name(database)}.{below}"  # noqa: S608  our own names


def _name(database: str) -> str:
    return database if re.fullmatch(r"[a-z_][a-z0-9_]*", database) else f"`{database}`"
