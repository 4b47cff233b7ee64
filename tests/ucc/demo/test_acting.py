"""A person at the terminal beside a demo that runs: commands in a second process, and Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

UCC = str(Path(sys.executable).parent / "ucc")
PATIENCE_S = 180
OPEN = "SELECT number, seq FROM cases_current WHERE sealed = 0 AND state IN ('CLASSIFIED', 'DISPATCHED', 'SIGNED', 'CONTACTED', 'ON_SITE', 'HANDLING') LIMIT 1"


def ucc(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([UCC, "--home", str(home), *args], capture_output=True, text=True, check=False)


@contextmanager
def running(home: Path, *args: str) -> Iterator[subprocess.Popen[str]]:
    """A demo that runs; it ends with the block, however that ends."""
    demo = subprocess.Popen([UCC, "--home", str(home), "demo", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield demo
    finally:
        if demo.poll() is None:
            demo.kill()
        demo.wait()


def open_case(home: Path, demo: subprocess.Popen[str]) -> dict[str, Any]:
    """A case that somebody may work on, once there is one."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        assert demo.poll() is None, demo.communicate()
        found = ucc(home, "sql", OPEN, "--format", "JSONEachRow") if (home / "run.json").exists() else None
        if found is not None and found.returncode == 0 and found.stdout.strip():
            case: dict[str, Any] = json.loads(found.stdout)
            return case
        time.sleep(0.2)
    raise AssertionError("no case came")


def test_a_dispatcher_acts_from_the_terminal_while_the_day_goes_by(tmp_path: Path) -> None:
    with running(tmp_path, "--speed", "100x", "--hours", "1", "--reports", "4000", "--responders", "300", "--json") as demo:
        case = open_case(tmp_path, demo)
        done = ucc(tmp_path, "command", "督办", case["number"], "--reason", "区领导过问", "--as", "desk:值班一席", "--id", "terminal-1", "--json")
        assert done.returncode == 0, done.stderr
        verdict = json.loads(done.stdout)
        assert (verdict["verdict"], verdict["number"], verdict["actor"]) == ("done", case["number"], "desk:值班一席")
        assert verdict["seq"] > case["seq"]
        again = ucc(tmp_path, "command", "督办", case["number"], "--reason", "区领导过问", "--as", "desk:值班一席", "--id", "terminal-1", "--json")
        assert json.loads(again.stdout) == verdict
        refused = ucc(tmp_path, "command", "派遣", case["number"], "--unit", "no-such-unit", "--as", "desk:值班一席")
        assert refused.returncode == 1, refused.stdout
        assert demo.poll() is None, "the day was over before the person had acted"
        out, error = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == 0, error
    said = json.loads(out.splitlines()[-1])
    assert said["balanced"], said["differences"]
    by_role = {row["role"]: row["number"] for row in said["figures"]["commands"]}
    assert sum(by_role.values()) == said["commanded"] + 2
    story = ucc(tmp_path, "explain", case["number"])
    assert "区领导过问" in story.stdout


def test_ctrl_c_ends_it_cleanly_and_what_was_accepted_is_kept(tmp_path: Path) -> None:
    with running(tmp_path, "--speed", "60x", "--hours", "20", "--reports", "4000") as demo:
        open_case(tmp_path, demo)
        os.kill(demo.pid, signal.SIGINT)
        out, error = demo.communicate(timeout=PATIENCE_S)
    assert demo.returncode == 1
    assert out == ""
    assert "the demo was ended before its day was over" in error
    assert "Traceback" not in error
    compared = ucc(tmp_path, "reconcile", "--json")
    assert compared.returncode == 0, compared.stderr
    assert json.loads(compared.stdout.splitlines()[-1])["balanced"]
