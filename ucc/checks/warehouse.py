"""The warehouse: does it answer, are its migrations applied, does it keep batches once, does its clock agree, what did it refuse, are points labelled rightly."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

import orjson

from schemas.errors import Broken, HomeBusy, NotFound, Refused
from schemas.ports import Questions
from sinks.migrate import APPLIED, migrations
from ucc.asking import asking
from ucc.checks import points
from ucc.checks.finding import Finding, looked, ok, unknown, wrong
from ucc.home import Home

SKEW_S = 5.0
"""By which clocks of machines that are told the time never differ."""
_CLOCK = "SELECT toUnixTimestamp(now()) AS now"
_REFUSED = "SELECT count() AS lines FROM dead_letters WHERE stage = 'sink' AND standing = 'waiting'"
_VERSION = "SELECT version() AS version"


def warehouse(home: Home) -> Iterator[Finding]:
    """All of it. Raises WarehouseUnavailable."""
    try:
        with asking(home) as questions:
            yield ok("warehouse", f"ClickHouse {_one(questions, _VERSION)['version']} answers")
            yield from applied(questions)
            yield from tokens(questions)
            yield from clock(questions)
            yield from refused(questions)
            yield from looked("crs", partial(points.labels, questions, home.packs))
    except NotFound:
        yield unknown("warehouse", "nothing has landed yet")
    except Broken as error:
        yield wrong("warehouse", str(error), "mend what the sentence says; where the database or its tables are not there, `ucc migrate` makes them")
    except HomeBusy as error:
        yield unknown("warehouse", f"whoever owns the home does not answer for it yet: {error.detail}")


def _one(questions: Questions, sql: str) -> dict[str, str]:
    found: dict[str, str] = orjson.loads(questions.query(sql, "JSONEachRow"))
    return found


def applied(questions: Questions) -> Iterator[Finding]:
    """Whether its tables are this release's."""
    try:
        rows = [orjson.loads(line) for line in questions.query(APPLIED, "JSONEachRow").splitlines()]
    except Refused:
        yield wrong("migrations", "the warehouse has no tables of ours", "`ucc migrate` makes them")
        return
    there, here = {row["name"]: row["checksum"] for row in rows}, {migration.name: migration.checksum for migration in migrations()}
    missing = [name for name in here if name not in there]
    newer = [name for name in there if name not in here]
    changed = [name for name in here if name in there and there[name] != here[name]]
    if missing:
        yield wrong("migrations", f"not applied: {', '.join(missing)}", "`ucc migrate` applies them")
    if newer:
        yield wrong("migrations", f"of a newer release: {', '.join(newer)}", "run that release, or a newer one: this one does not know these tables")
    if changed:
        yield wrong("migrations", f"changed after they had been applied: {', '.join(changed)}", "put the files back as they were; say the change in a new one")
    if not (missing or newer or changed):
        yield ok("migrations", f"all {len(here)} are applied")


def tokens(questions: Questions) -> Iterator[Finding]:
    """By what it keeps a batch once that is sent twice."""
    supported = getattr(questions, "tokens_supported", None)
    if supported is None:
        yield ok("tokens", "rows are kept once by their keys")
    else:
        yield ok(
            "tokens",
            "batches are kept once by their token" if supported else "rows are kept once by their keys, which is exact, too (tokens serve on a cluster)",
        )


def clock(questions: Questions, ours: Callable[[], float] = time.time) -> Iterator[Finding]:
    """Whether its clock agrees with `ours` (seconds since 1970)."""
    before = ours()
    there = int(_one(questions, _CLOCK)["now"])
    skew = there - before if there < before else max(0.0, there - ours())
    if abs(skew) > SKEW_S:
        yield wrong(
            "clocks", f"the warehouse's clock is {abs(skew):,.0f} s {'before' if skew > 0 else 'behind'} ours", "set the clocks of all machines (chrony, NTP)"
        )
    else:
        yield ok("clocks", "the warehouse's agrees with ours")


def refused(questions: Questions) -> Iterator[Finding]:
    """Whether it has refused rows."""
    try:
        lines = int(_one(questions, _REFUSED)["lines"])
    except Refused:
        return  # no tables: said above
    if lines:
        yield wrong(
            "refused rows",
            f"the warehouse refused {lines} rows, which are kept as dead letters of the stage sink",
            "`ucc sql \"SELECT code, detail, count() FROM dead_letters WHERE stage = 'sink' GROUP BY code, detail\"` says why",
        )
