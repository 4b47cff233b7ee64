"""The broker that benchmarks measure against: one node of the Apache Kafka that the tests use, started for the run and ended with it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.served.jars import jars
from tests.served.kafka import Broker


@contextmanager
def broker(folder: Path) -> Iterator[Broker]:
    """One node, its data in `folder`. Raises SystemExit, saying what is missing, where it cannot be started."""
    try:
        started = Broker(folder, heap="1g")
        started.start()
    except (pytest.skip.Exception, pytest.fail.Exception) as error:
        raise SystemExit(str(error)) from None
    try:
        yield started
    finally:
        started.stop()


def versions() -> Mapping[str, str]:
    """Of Kafka and of the Java that runs it."""
    kafka = next(jars().glob("kafka_2.13-*.jar")).stem.removeprefix("kafka_2.13-")
    java = shutil.which("java") or "java"
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr.splitlines()
    return {"kafka broker": kafka, "java": said[0] if said else ""}
