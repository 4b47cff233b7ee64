"""The HTTP door in running: how long a push takes, how soon a report is a row of a view, how soon it is back after kill −9.

    python -m benchmarks.doors                     50 and 500 reports a second for half a minute each; make bench-doors does it

`ucc up` on an empty home, as an operator runs it, and clients that push one report a request (eight connections). The clock of a push runs from the
first byte sent to the last byte read; the report is durable then. A row is looked for by one question every tenth of a second, for one in ten reports,
so that figure is a tenth of a second coarse. Reports are simulated hotline calls, each its own. Writes benchmarks/results/doors.json.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import queue
import signal
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.spread import percentiles
from benchmarks.whole_path import RESULTS, UCC, machine
from ucc.asking import asking
from ucc.home import Home

RESULT = RESULTS / "doors.json"
CONNECTIONS = 8
ONE_IN = 10
LOOK_S = 0.1
WARM_S, PATIENCE_S = 5.0, 60.0
DAY = 2_000
"""Reports of a district's busy day (`domain/domain.md` §0)."""


class Up:
    """A running `ucc up`."""

    def __init__(self, home: Path, port: int) -> None:
        self._command = [*UCC, "--home", str(home), "up", "--port", str(port)]
        self._port, self._log = port, (home.parent / "up.log").open("ab")

    def start(self) -> float:
        """Seconds until it takes reports."""
        began = time.monotonic()
        self._process = subprocess.Popen(self._command, stdout=self._log, stderr=self._log, start_new_session=True)
        while time.monotonic() - began < PATIENCE_S:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/healthz", timeout=5) as answer:
                    if answer.status == 200:  # noqa: PLR2004  it takes reports
                        return time.monotonic() - began
            except (OSError, urllib.error.HTTPError):
                time.sleep(0.02)
        raise SystemExit(f"it was not ready; see {self._log.name}")

    def end(self, how: signal.Signals) -> None:
        """Ends all of it."""
        os.killpg(self._process.pid, how)
        self._process.wait()


class Flow:
    """Pushes lines at a rate, and notes how long each push took and when it was answered."""

    def __init__(self, port: int, key: str, lines: list[bytes], rate: float) -> None:
        self._port, self._key, self._rate = port, key, rate
        self._due: queue.SimpleQueue[tuple[float, bytes] | None] = queue.SimpleQueue()
        self.took: list[float] = []
        self.late: list[float] = []
        self.receipts: dict[str, float] = {}
        """When the push of a report began, by its receipt."""
        self._lines = lines

    def run(self) -> None:
        """Pushes all of them."""
        clients = [threading.Thread(target=self._client) for _ in range(CONNECTIONS)]
        for client in clients:
            client.start()
        began = time.monotonic()
        for number, line in enumerate(self._lines):
            due = began + number / self._rate
            time.sleep(max(0.0, due - time.monotonic()))
            self._due.put((due, line))
        for _ in clients:
            self._due.put(None)
        for client in clients:
            client.join()

    def _client(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        while (waiting := self._due.get()) is not None:
            due, line = waiting
            began = time.monotonic()
            connection.request("POST", "/v1/reports/hotline12345", line, headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            ended = time.monotonic()
            if answer.status != 202:  # noqa: PLR2004  accepted
                raise SystemExit(f"the door answered {answer.status}: {said}")
            self.took.append(ended - began)
            self.late.append(began - due)
            self.receipts[said["receipts"][0]["receipt_id"]] = began


def seen(home: Path, flow: Flow, ended: threading.Event, found: list[float]) -> None:
    """Looks for rows of every tenth report until all are there."""
    looked: dict[str, float] = {}
    known = 0
    until = float("inf")
    with asking(Home(home)) as warehouse:
        while True:
            receipts = list(flow.receipts.items())
            looked.update(receipts[known::ONE_IN])
            known = len(receipts) - len(receipts) % ONE_IN
            if ended.is_set():
                until = min(until, time.monotonic() + PATIENCE_S)
                if not looked or time.monotonic() > until:
                    return
            if looked:
                names = ",".join(f"'{receipt}'" for receipt in looked)
                there = warehouse.query(f"SELECT receipt_id FROM reports WHERE receipt_id IN ({names})", "TSV").split()  # noqa: S608  ids of ours
                now = time.monotonic()
                found.extend(now - looked.pop(receipt.decode()) for receipt in there)
            time.sleep(LOOK_S)


def measured(home: Path, port: int, key: str, rate: float, seconds: float, seed: int) -> dict[str, Any]:
    """One rate."""
    lines = simulated(int(rate * (seconds + WARM_S)), seed)
    warm = Flow(port, key, lines[: int(rate * WARM_S)], rate)
    warm.run()
    flow, ended, found = Flow(port, key, lines[int(rate * WARM_S) :], rate), threading.Event(), list[float]()
    looking = threading.Thread(target=seen, args=(home, flow, ended, found))
    looking.start()
    flow.run()
    ended.set()
    looking.join()
    return {
        "rate": rate,
        "reports": len(flow.took),
        "push_ms": {name: 1e3 * value for name, value in percentiles(flow.took).items()},
        "client_late_ms": {name: 1e3 * value for name, value in percentiles(flow.late).items()},
        "row_in_view_ms": {name: 1e3 * value for name, value in percentiles(found).items()},
        "rows_looked_for": len(found),
    }


def simulated(count: int, seed: int) -> list[bytes]:
    """Lines of the hotline."""
    command = [*UCC, "simulate", "--source", "hotline12345", "--reports", str(count), "--seed", str(seed)]
    return subprocess.run(command, capture_output=True, check=True).stdout.splitlines()


def main() -> None:
    """Runs it, writes and prints the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", type=float, nargs="*", default=[50.0, 500.0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--port", type=int, default=18_080)
    parser.add_argument("--result", type=Path, default=RESULT)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ucc-doors-") as scratch:
        home = Path(scratch) / "home"
        made = subprocess.run([*UCC, "--home", str(home), "keys", "create", "--source", "hotline12345", "--json"], capture_output=True, check=True)
        key = json.loads(made.stdout.splitlines()[-1])["key"]
        up = Up(home, asked.port)
        first = up.start()
        flows = [measured(home, asked.port, key, rate, asked.seconds, seed) for seed, rate in enumerate(asked.rates, 1)]
        Flow(asked.port, key, simulated(DAY, 99), 500).run()
        restarts = []
        for _ in range(asked.kills):
            up.end(signal.SIGKILL)
            restarts.append(up.start())
        reports = sum(flow["reports"] for flow in flows) + DAY
        up.end(signal.SIGTERM)
    result = {
        "at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "machine": machine("fastapi", "uvicorn"),
        "first_start_s": first,
        "flows": flows,
        "restart_after_kill_s": {"reports_in_the_home": reports, "median": statistics.median(restarts), "max": max(restarts), "kills": len(restarts)},
    }
    asked.result.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
