"""Migrations: the numbered `.sql` files of `sinks/migrations`, applied once, in order, and known by their checksum."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from schemas.errors import Broken
from sinks.sql import literal, statements

FOLDER = Path(__file__).parent / "migrations"
_NAME = re.compile(r"^\d{4}_[a-z0-9_]+\.sql$")
MIGRATIONS = "migrations"
"""The table that says which have been applied."""
_CREATE_TABLE = f"""
CREATE TABLE IF NOT EXISTS {MIGRATIONS} (name String, checksum String, applied_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'))
ENGINE = ReplacingMergeTree ORDER BY name SETTINGS fsync_after_insert = 1
"""
APPLIED = f"SELECT name, checksum FROM {MIGRATIONS} FINAL ORDER BY name"  # noqa: S608  our own name
"""What `applied` is asked with: name and checksum of each applied migration."""


class Migration(NamedTuple):
    """One file."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        """Of the file's text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """The migrations of a folder, in order. Raises Broken when a name has no number or a number stands twice."""
    found = [Migration(path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.sql"))]
    for migration in found:
        if not _NAME.match(migration.name):
            raise Broken("a migration is named like 0001_what_it_does.sql", where=migration.name)
    numbers = [migration.name[:4] for migration in found]
    if len(set(numbers)) != len(numbers):
        raise Broken("two migrations have the same number", where=str(folder))
    return found


Render = Callable[[str], Sequence[str]]
"""What a statement of a migration is where it is applied: itself, or several that do the same on a cluster."""


def as_it_is(statement: str) -> Sequence[str]:
    """On one server a statement is what it says."""
    return (statement,)


def made_before(render: Render = as_it_is) -> Sequence[str]:
    """What makes the table of migrations."""
    return render(_CREATE_TABLE.strip())


def made_by(migration: Migration, render: Render = as_it_is) -> Iterator[str]:
    """The statements of a migration, and the one that notes it as applied. Its checksum is of the file, however it is rendered."""
    for statement in statements(migration.text):
        yield from render(statement)
    yield f"INSERT INTO {MIGRATIONS} (name, checksum) SELECT {literal(migration.name)}, {literal(migration.checksum)}"


def every_statement(render: Render = as_it_is) -> Iterator[str]:
    """All that makes the tables and views, whatever of it is there; each statement may run twice."""
    yield from made_before(render)
    for migration in migrations():
        yield from made_by(migration, render)


def migrate(execute: Callable[[str], object], applied: Callable[[str], Mapping[str, str]], folder: Path = FOLDER, render: Render = as_it_is) -> list[str]:
    """Applies what is missing; returns the names.

    `execute` runs one statement; `applied` answers the question `APPLIED` as checksum by name. A migration that was cut off is
    applied again from its beginning, so each of its statements may run twice. Raises Broken when an applied one was changed or
    is missing here, or a new one comes before an applied one.
    """
    for statement in made_before(render):
        execute(statement)
    known = applied(APPLIED)
    here = migrations(folder)
    _compare(here, known)
    done: list[str] = []
    for migration in here:
        if migration.name not in known:
            for statement in made_by(migration, render):
                execute(statement)
            done.append(migration.name)
    return done


def _compare(here: list[Migration], known: Mapping[str, str]) -> None:
    by_name = {migration.name: migration for migration in here}
    for name, checksum in known.items():
        if name not in by_name:
            raise Broken(
                f"the warehouse has the migration {name}, which this release does not know: run the release that applied it, or a newer one", where=name
            )
        if by_name[name].checksum != checksum:
            raise Broken("this migration was changed after it had been applied; put it back as it was, and say the change in a new one", where=name)
    last = max(known, default="")
    for migration in here:
        if migration.name not in known and migration.name < last:
            raise Broken(f"this migration comes before {last}, which has been applied; give it the next number", where=migration.name)
