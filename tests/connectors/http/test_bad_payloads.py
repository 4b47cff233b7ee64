"""Ten thousand bad payloads of each source, through the real door: each is answered, none of them costs anything but itself."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from connectors.channels import CHANNELS
from schemas.vocabulary import Source
from tests.connectors.bad_payloads import bad_lines
from tests.connectors.simulated import happenings, payload_of
from tests.served.up import Up

COUNT, AT_ONCE = 10_000, 500
MIB = 1024
MOST_GROWN = 200 * MIB
"""Kibibytes that the processes may grow by, as the black-box check of the doors has it."""


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    up = Up(tmp_path)
    yield up
    up.close()


def memory(up: Up) -> int:
    """Kibibytes of all its processes."""
    assert up.process is not None
    return sum(map(int, subprocess.run(["ps", "-o", "rss=", "-g", str(up.process.pid)], capture_output=True, text=True, check=True).stdout.split()))


def pushed(up: Up, key: str, source: Source) -> Counter[str]:
    """Pushes them; how many lines came to what."""
    dice = Random(f"door/{source.value}")
    payloads = [dict(CHANNELS[source].example), *(payload_of(source, one, dice) for one in happenings(20))]
    lines = [line.replace(b"\n", b" ") for line in bad_lines(payloads, COUNT, dice)]
    found: Counter[str] = Counter()
    for first in range(0, COUNT, AT_ONCE):
        answer = up.push(key, b"\n".join(lines[first : first + AT_ONCE]), source.value)
        assert answer.status == 202
        assert [one["line"] for one in answer.said["receipts"]] == [number for number, line in enumerate(lines[first : first + AT_ONCE], 1) if line.strip()]
        assert all(one["error"]["code"] and one["error"]["detail"] for one in answer.said["receipts"] if one["status"] == "refused")
        found.update(one["status"] for one in answer.said["receipts"])
    return found


def test_ten_thousand_bad_payloads_of_each_source_cost_nothing_but_themselves(up: Up) -> None:
    keys = {source: up.key(source.value) for source in Source}
    up.start()
    pushed(up, keys[Source.PETITION], Source.PETITION)
    before = memory(up)
    for source in Source:
        found = pushed(up, keys[source], source)
        assert set(found) <= {"accepted", "resent", "refused"}
        assert found["refused"] > COUNT / 20
    assert up.is_well()
    assert memory(up) - before < MOST_GROWN
    assert json.loads(up.run("reconcile", "--json").splitlines()[-1])["balanced"]
