"""The doctor: looks at every part of an installation, in the order in which they need each other, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from schemas.brokers import Brokers
from schemas.errors import BrokenSetting
from ucc.checks import analysts, embedded_log, home, warehouse
from ucc.checks.finding import Check, Finding, State, looked, ok, unknown, wrong
from ucc.home import Home
from ucc.settings import Settings, brokers, settings


def examined() -> Iterator[Finding]:
    """What is found, part by part; a part that needs one that is not well is said not to have been looked at."""
    try:
        kept, served = settings(), brokers()
    except BrokenSetting as error:
        yield wrong("settings", f"{error.where}: {error.detail}", "mend the variable, or unset it; docs/operators.md lists them")
        yield unknown("everything else", "the settings do not say where it is")
        return
    yield from _settings(kept)
    path = kept.home.expanduser().absolute()
    folder = list(looked("home", partial(home.folder, path)))
    yield from folder
    if served is not None:
        yield from _kafka(served)
    if not path.is_dir():
        return
    there = Home(kept.home, log=kept.log, warehouse=kept.warehouse)
    checks: list[tuple[str, Check]] = [
        ("disk", partial(home.disks, there)),
        ("owner", partial(home.owner, there)),
        ("centres", partial(home.centres, there)),
        ("packs", partial(home.packs, there)),
    ]
    found: list[Finding] = []
    for name, check in checks:
        found += (batch := list(looked(name, check)))
        yield from batch
    if any(one.check == "centres" and one.state is State.WRONG for one in found):
        yield unknown("log, warehouse", "they are found by the registry of centres, which is not sound")
        return
    yield from _log(there, served)
    if any(one.state is State.WRONG for one in folder):
        yield unknown("warehouse", "the home cannot be written")
    else:
        yield from looked("warehouse", partial(warehouse.warehouse, there))
    yield from looked("analysts", partial(analysts.door, there, kept))


def _settings(kept: Settings) -> Iterator[Finding]:
    broken = False
    for name in type(kept).model_fields:
        value = getattr(kept, name)
        if name.endswith("_file") and isinstance(value, Path):
            try:
                with value.open("rb"):
                    pass
            except OSError as error:
                broken = True
                yield wrong(
                    "settings", f"UCC_{name.upper()}: {value} cannot be read: {error.strerror}", "give the file to the user that runs ucc, or name another"
                )
    if not broken:
        yield ok("settings", f"home {kept.home}, log {kept.log or 'in the home'}, warehouse {kept.warehouse or 'in the home'}")


def _kafka(served: Brokers) -> Iterator[Finding]:
    from ucc.checks import kafka_log  # noqa: PLC0415  its client is loaded where there is Kafka

    yield from looked("crc32c", kafka_log.checksum)
    answered = list(looked("kafka", partial(kafka_log.reachable, served)))
    yield from answered
    if any(one.state is State.OK for one in answered):
        yield from looked("topics", partial(kafka_log.topics, served))
    else:
        yield unknown("topics", "no broker answers")


def _log(there: Home, served: Brokers | None) -> Iterator[Finding]:
    if served is None:
        yield from looked("log", partial(embedded_log.files, there))
        yield from looked("lag", partial(embedded_log.figures, there))
        return
    from ucc.checks import kafka_log  # noqa: PLC0415  its client is loaded where there is Kafka

    yield from looked("lag", partial(kafka_log.centres, there, served))
    yield from looked("clocks", partial(kafka_log.clocks, there, served))
