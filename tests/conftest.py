"""What all tests share: where the real data is, and settings of hypothesis."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.served.fixtures"]

settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")
NOISY = {"kafka", "aiokafka"}
"""Libraries that say each refused connection many times; what matters reaches us as an exception."""
FAILURES = Path(__file__).parents[1] / "build" / "failures.txt"
"""Which tests failed, and why in a few lines each: the last words of `.ci/run`."""
LONGEST_REASON = 12


def pytest_sessionstart(session: pytest.Session) -> None:
    """Keeps what noisy libraries log out of the report of a test that fails: nobody would find its reason."""
    if (told := session.config.pluginmanager.get_plugin("logging-plugin")) is not None:
        told.report_handler.addFilter(lambda record: record.name.partition(".")[0] not in NOISY)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Writes which tests failed to `build/failures.txt`."""
    failed = [*terminalreporter.stats.get("failed", ()), *terminalreporter.stats.get("error", ())]
    if failed:
        FAILURES.parent.mkdir(exist_ok=True)
        FAILURES.write_text("".join(f"{report.nodeid} ({report.when})\n{reason(report.longreprtext)}" for report in failed), encoding="utf-8")


def reason(told: str) -> str:
    """The first lines that pytest marks with E in a report; where none is marked, its last ones."""
    said = told.splitlines()
    marked = [line for line in said if line.startswith("E ")][:LONGEST_REASON] or said[-LONGEST_REASON:]
    return "".join(f"  {line[:1_000]}\n" for line in marked)


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of the real data (`UCC_SHARED`, default `../shared`). In CI its absence is a failure, elsewhere a skip that says so."""
    folder = Path(os.environ.get("UCC_SHARED", Path(__file__).parents[2] / "shared"))
    if not (folder / "data" / "README.md").exists():
        missing = f"the real data is not at {folder}; set UCC_SHARED to the folder that holds data/ and domain/"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return folder
