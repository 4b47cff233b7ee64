"""What the folders may know of each other (`DESIGN.md` §7), read from the sources themselves."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
TIERS: tuple[tuple[str, ...], ...] = (
    ("schemas",),
    ("reference",),
    ("pipeline/intake", "pipeline/casework"),
    ("connectors", "sinks", "pipeline/runtime"),
    ("dashboards",),
    ("ucc",),
)
"""A folder knows those of the tiers before its own, and none beside it."""
FOLDERS = [folder for tier in TIERS for folder in tier]
CORE = ("pipeline/intake", "pipeline/casework")
NOT_IN_THE_CORE = {
    *("faust", "kafka", "aiokafka", "clickhouse_driver", "clickhouse_connect", "chdb", "fastapi", "uvicorn", "starlette", "httpx", "requests"),
    *("sqlite3", "socket", "ssl", "http", "urllib", "asyncio", "subprocess", "multiprocessing", "threading", "os", "shutil", "tempfile", "pathlib"),
    *("time", "random", "secrets"),
}
"""No log, warehouse, network, file, clock or chance: what the core decides follows from the event and the pack alone."""
READS_THE_CLOCK = {"now", "utcnow", "today"}
BY_CHANCE = {"uuid1", "uuid4"}
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "common", "misc", "base", "core", "data2", "stuff", "tools", "lib"}
"""Names that say nothing of what is in a module."""
MOST_LINES = 400
LONGER: dict[str, str] = {}
"""Sources that may be longer, and why."""


class Source(NamedTuple):
    """One source file, its folder among the tiers, and what it says."""

    path: str
    folder: str
    tree: ast.Module
    lines: int

    @property
    def module(self) -> str:
        """Its name as it is imported."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def folder_of(path: str) -> str:
    """The folder among the tiers in which a path or a module lies, nothing where it lies in none."""
    inside = [folder for folder in FOLDERS if f"{path.replace('.', '/')}/".startswith(f"{folder}/")]
    return max(inside, key=len, default="")


def sources() -> list[Source]:
    """All our sources."""
    tops = sorted({folder.partition("/")[0] for folder in FOLDERS})
    found = []
    for file in sorted(file for top in tops for file in (ROOT / top).rglob("*.py")):
        path, text = file.relative_to(ROOT).as_posix(), file.read_text("utf-8")
        found.append(Source(path, folder_of(path.removesuffix(".py")), ast.parse(text), text.count("\n")))
    return found


SOURCES = sources()
TOPS = {folder.partition("/")[0] for folder in FOLDERS}


def imported(source: Source) -> set[str]:
    """Modules that a source imports anywhere in it, also for types alone, and the names that it takes out of them."""
    found: set[str] = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = source.module.split(".")
            above = ".".join(package[: len(package) - node.level + source.path.endswith("__init__.py")]) if node.level else ""
            module = f"{above}.{node.module or ''}".strip(".")
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return found


def tier(folder: str) -> int:
    """Number of the tier of a folder."""
    return next(number for number, folders in enumerate(TIERS) if folder in folders)


def test_there_are_sources_in_every_folder() -> None:
    assert {source.folder for source in SOURCES} >= set(FOLDERS)
    assert [source.path for source in SOURCES if not source.folder] == ["pipeline/__init__.py"]


def wrong_imports(source: Source) -> list[str]:
    """What a source imports though its tier does not allow it."""
    ours = {module for module in imported(source) if module.partition(".")[0] in TOPS}
    folders = {folder_of(module) for module in ours} - {"", source.folder}
    return sorted(f"{source.path} imports {folder}" for folder in folders if tier(folder) >= tier(source.folder))


def test_imports_point_one_way_and_folders_of_one_tier_do_not_know_each_other() -> None:
    assert [wrong for source in SOURCES if source.folder for wrong in wrong_imports(source)] == []


@pytest.mark.parametrize(
    ("path", "statement", "wrong"),
    [
        ("schemas/report.py", "from reference.pack import Reference", ["reference"]),
        ("pipeline/intake/place.py", "import pipeline.casework.fold", ["pipeline/casework"]),
        ("pipeline/intake/place.py", "from pipeline import runtime", ["pipeline/runtime"]),
        ("connectors/file.py", "if True:\n    from sinks import writer", ["sinks"]),
        ("sinks/writer.py", "def f():\n    import ucc.home", ["ucc"]),
        ("pipeline/intake/place.py", "from ..casework import fold", ["pipeline/casework"]),
        ("pipeline/intake/__init__.py", "from . import place", []),
        ("pipeline/runtime/x.py", "from pipeline.casework.fold import Fold\nfrom schemas.frame import Frame\nimport numpy", []),
        ("ucc/cli.py", "import sinks, connectors, dashboards, schemas, reference, pipeline.runtime.sqlite_log", []),
    ],
)
def test_a_wrong_import_would_be_noticed(path: str, statement: str, wrong: list[str]) -> None:
    source = Source(path, folder_of(path.removesuffix(".py")), ast.parse(statement), 1)
    assert wrong_imports(source) == [f"{path} imports {folder}" for folder in wrong]


def unfit_for_the_core(source: Source) -> list[str]:
    """What of a source of the core reaches for something outside it."""
    found = sorted(module for module in imported(source) if module.partition(".")[0] in NOT_IN_THE_CORE)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
            if called in READS_THE_CLOCK | BY_CHANCE | {"open", "print", "input"}:
                found.append(f"{called}() in line {node.lineno}")
    return found


def test_the_core_knows_no_log_no_warehouse_no_network_no_clock_and_no_chance() -> None:
    assert {source.path: found for source in SOURCES if source.folder in CORE and (found := unfit_for_the_core(source))} == {}


@pytest.mark.parametrize(
    "statement",
    [
        "import sqlite3",
        "import os.path",
        "from time import time",
        "from datetime import datetime\nx = datetime.now()",
        "import datetime\ndef f():\n    return datetime.date.today()",
        "from uuid import uuid4\nuuid4()",
        "open('x')",
    ],
)
def test_what_is_unfit_for_the_core_would_be_noticed(statement: str) -> None:
    assert unfit_for_the_core(Source("pipeline/intake/x.py", "pipeline/intake", ast.parse(statement), 1))


def test_only_schemas_and_what_it_needs_is_known_to_schemas() -> None:
    known = {module.partition(".")[0] for source in SOURCES if source.folder == "schemas" for module in imported(source)} - {"schemas", "__future__"}
    outside = {"pydantic", "orjson", "prometheus_client", "structlog"}
    standard = {"collections", "contextlib", "dataclasses", "datetime", "enum", "functools", "hashlib", "pathlib", "re", "typing", "unicodedata", "uuid"}
    assert known <= outside | standard


def test_every_name_of_a_module_or_folder_says_what_is_in_it() -> None:
    parts = {(source.path, part) for source in SOURCES for part in Path(source.path).with_suffix("").parts}
    assert sorted(path for path, part in parts if part in EMPTY_NAMES) == []


def test_no_source_is_longer_than_it_may_be() -> None:
    too_long = {source.path: source.lines for source in SOURCES if source.lines > MOST_LINES}
    assert {path: lines for path, lines in too_long.items() if path not in LONGER} == {}
    assert [path for path in LONGER if path not in too_long] == [], "what became shorter needs no reason any more"
