"""A real `ucc up` (or `ucc doors`), and a department that pushes to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Mapping
from email.message import Message
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError

from tests.served.process import end_of, free_port, launch, wait_until

UCC = Path(sys.executable).with_name("ucc")
NDJSON, JSON = "application/x-ndjson", "application/json"
PROBLEM = "application/problem+json"
PATIENCE_S = 180


class Answered(NamedTuple):
    """What the door answered."""

    status: int
    said: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def receipts(self) -> list[str]:
        """The receipts of lines that have one."""
        return [one["receipt_id"] for one in self.said["receipts"] if "receipt_id" in one]

    @property
    def statuses(self) -> list[str]:
        """What became of each line at the door."""
        return [one["status"] for one in self.said["receipts"]]


def report(number: int, **also: object) -> dict[str, object]:
    """A report in our words; each number is a matter of its own, at a place of its own."""
    said = {
        "source_id": f"W{number:06d}",
        "reported_at": "2026-03-02T09:00:00+08:00",
        "text": f"第{number}盏路灯不亮",
        "address": f"浦口区江浦街道文德路{number}号",
        "lng": 118.6 + number % 97 * 0.0007,
        "lat": 32.05 + number // 97 * 0.0007,
    }
    return said | also


def lines(numbers: Iterable[int], **also: object) -> bytes:
    """Reports, one a line."""
    return b"\n".join(json.dumps(report(number, **also), ensure_ascii=False).encode() for number in numbers)


class Up:
    """The door of a home. It ends with the tests' process."""

    def __init__(self, folder: Path, command: tuple[str, ...] = ("up",), **settings: str) -> None:
        """Nothing runs yet. `settings` without their `UCC_`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.home, self.log, self.port, self._command = folder / "home", folder / "up.log", free_port(), command
        kept = {name: value for name, value in os.environ.items() if not name.startswith("UCC_")}
        self.env = {**kept, "UCC_HOME": str(self.home), **{f"UCC_{name.upper()}": value for name, value in settings.items()}}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, and waits until it takes reports."""
        self.process = launch([str(UCC), *self._command, "--port", str(self.port)], self.log, env=self.env)
        wait_until(self.is_well, self.process, self.log, seconds=PATIENCE_S)

    def kill(self) -> None:
        """SIGKILL, to it alone: what it has started ends with it."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def close(self) -> None:
        """Ends it where it runs."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def said(self) -> str:
        """The end of what it wrote."""
        return end_of(self.log, 100_000)

    def run(self, *words: str, code: int = 0) -> str:
        """Another command on the same home; what it wrote."""
        done = subprocess.run([str(UCC), *words], env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{words} → {done.returncode}\n{done.stdout}\n{done.stderr}\n{self.said() if self.log.exists() else ''}"
        return done.stdout

    def key(self, source: str = "hotline12345", *words: str) -> str:
        """A new key."""
        return str(json.loads(self.run("keys", "create", "--source", source, "--json", *words).splitlines()[-1])["key"])

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Answers of the warehouse."""
        return [json.loads(line) for line in self.run("sql", query, "--format", "JSONEachRow").splitlines()]

    def balanced(self) -> bool:
        """Whether `ucc reconcile` says that nothing is missing or double, some time: it waits for what is on its way, but not for a part that is being started."""
        until = time.monotonic() + PATIENCE_S
        while True:
            done = subprocess.run([str(UCC), "reconcile", "--json"], env=self.env, capture_output=True, text=True, check=False)
            assert done.returncode in {0, 1}, f"reconcile → {done.returncode}\n{done.stdout}\n{done.stderr}"
            if json.loads(done.stdout.splitlines()[-1])["balanced"]:
                return True
            if time.monotonic() > until:
                return False

    # as departments do

    def is_well(self) -> bool:
        """Whether it says that it takes reports."""
        try:
            return self.ask("GET", "/healthz").status == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, key: str = "", body: bytes | None = None, kind: str = JSON, **headers: str) -> Answered:
        """One request."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body, method=method)
        if key:
            request.add_header("Authorization", f"Bearer {key}")
        if body is not None:
            request.add_header("Content-Type", kind)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310  loopback
                return Answered(answer.status, json.loads(answer.read()), _named(answer.headers))
        except HTTPError as error:
            with error:
                return Answered(error.code, json.loads(error.read()), _named(error.headers))

    def push(self, key: str, body: bytes, source: str = "hotline12345", kind: str = NDJSON, **headers: str) -> Answered:
        """Pushes lines."""
        return self.ask("POST", f"/v1/reports/{source}", key, body, kind, **headers)

    def fates(self, key: str, receipts: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What became of receipts, once nothing is pending."""
        found: dict[str, dict[str, Any]] = {}
        until = time.monotonic() + PATIENCE_S
        waiting = list(receipts)
        while waiting:
            for one in waiting:
                answer = self.ask("GET", f"/v1/receipts/{one}", key)
                assert answer.status == 200, answer
                found[one] = answer.said
            waiting = [one for one in waiting if found[one]["outcome"] == "pending"]
            assert time.monotonic() < until, f"{len(waiting)} receipts are still pending; {self.said()[-2_000:]}"
            if waiting:
                time.sleep(0.05)
        return found


def _named(headers: Message) -> dict[str, str]:
    """By names in small letters."""
    return {name.lower(): value for name, value in headers.items()}
