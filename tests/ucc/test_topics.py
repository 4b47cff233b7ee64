from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.topics import TOPICS
from tests.served.kafka import Broker
from tests.ucc.conftest import Done


@pytest.fixture
def env(broker: Broker, namespace: str, tmp_path: Path) -> dict[str, str]:
    """Of an installation on Kafka."""
    return {**{k: v for k, v in os.environ.items() if not k.startswith("UCC_")}, "UCC_HOME": str(tmp_path), **broker.env(namespace)}


def ucc(env: dict[str, str], *words: str) -> Done:
    done = subprocess.run([str(Path(sys.executable).parent / "ucc"), "topics", *words], env=env, capture_output=True, text=True, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def test_apply_makes_the_topics_once_and_check_is_content(env: dict[str, str]) -> None:
    missing = ucc(env, "check")
    assert (missing.code, missing.out.count("is missing")) == (1, len(TOPICS))
    made = json.loads(ucc(env, "apply", "--partitions", "2", "--json").out)
    assert sorted(made["created"]) == sorted(f"{env['UCC_NAMESPACE']}.{name}" for name in TOPICS)
    assert ucc(env, "apply", "--partitions", "2").out == f"0 created, 0 grown, {len(TOPICS)} as they should be\n"
    assert ucc(env, "check") == Done(0, "all topics are as they should be\n", "")
    assert json.loads(ucc(env, "check", "--json", "--replication", "2").out)["differing"][0]["setting"] == "replication"


def test_without_kafka_the_setting_is_named(env: dict[str, str]) -> None:
    done = ucc({**env, "UCC_LOG": ""}, "apply")
    assert (done.code, done.out) == (2, "")
    assert "UCC_LOG" in done.err


def test_with_nobody_there_the_address_is_named_and_nothing_else_is_said(env: dict[str, str]) -> None:
    done = ucc({**env, "UCC_LOG": "kafka://127.0.0.1:9"}, "check")
    assert (done.code, done.out) == (75, "")
    assert done.err.startswith("ucc: 127.0.0.1:9: no broker answers within 10 s")
    assert done.err.count("\n") == 1
