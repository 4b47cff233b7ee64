"""The jars that pom.xml names, fetched once for all tests of this checkout."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from pathlib import Path

from tests.served.needed import needed

POM = Path(__file__).with_name("pom.xml")
KEPT = Path(__file__).parents[2] / "build" / "kafka-jars"
"""Beside the other built things of the checkout; one folder for each wording of the pom, so that another version is fetched anew."""


def jars() -> Path:
    """Folder of Kafka's jars. The first call fetches them (Maven, a minute at most); others, in other processes too, wait for it."""
    needed("java", shutil.which("java") is not None, "install a JDK 17 or newer (Debian: apt-get install openjdk-17-jdk-headless)")
    folder = KEPT / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]
    if folder.exists():
        return folder
    needed("mvn", shutil.which("mvn") is not None, "install Maven (Debian: apt-get install maven); it fetches Apache Kafka")
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    """Fetches into a folder beside it first: what bears the name is whole."""
    half = folder.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={half}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    needed("Apache Kafka", done.returncode == 0, f"Maven could not fetch it: {(done.stdout + done.stderr).strip()[-600:]}")
    half.rename(folder)
