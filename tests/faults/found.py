"""What is there in the end, read twice: from the topics themselves by a plain client, and from the warehouse by `ucc sql`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import orjson
from kafka import TopicPartition

from connectors.kafka_clients import consumer
from schemas.brokers import Brokers
from schemas.topics import JOURNAL, OUTCOMES, RAW

Ask = Callable[[str], Sequence[Mapping[str, Any]]]
"""A question to the warehouse, and its rows."""
Outcome = tuple[str, str]
"""receipt_id and what became of it."""

OUTCOMES_OF = "SELECT centre, receipt_id, outcome FROM outcomes"
PICTURES = {
    "reports_current": ("source_id", "SELECT * EXCEPT (accepted_at) FROM reports_current"),
    "cases_current": ("case_id", "SELECT * FROM cases_current"),
    "journal": ("transition_id", "SELECT * EXCEPT (raw_offset, raw_line) FROM journal"),
}
"""Views that must be the same whatever happened: by which column a row is known, and everything in it that does not say when or where it was accepted."""


@dataclass(frozen=True)
class Landed:
    """A centre in a warehouse."""

    outcomes: list[Outcome]
    journal: list[str]
    """transition_id of each row."""
    pictures: dict[str, dict[str, str]]
    """View → key of a row → digest of the row."""


@dataclass(frozen=True)
class Logged:
    """A centre in the topics, as whoever reads what is committed sees it."""

    accepted: Sequence[str]
    """receipt_id of each line of `ucc.raw`."""
    outcomes: Sequence[Outcome]
    journal: Sequence[str]


@dataclass(frozen=True)
class Found:
    """A centre after the faults. `twice`: its lines may be accepted more than once, as resends."""

    centre: str
    twice: bool
    logged: Logged
    landed: Landed
    reconciled: Mapping[str, Any] = field(default_factory=dict)
    """What `ucc reconcile --json` says of the centre."""


def landed(ask: Ask, centres: Iterable[str]) -> dict[str, Landed]:
    """Each of the centres in the warehouse that `ask` asks."""
    found = {centre: Landed([], [], {view: {} for view in PICTURES}) for centre in centres}
    for row in ask(OUTCOMES_OF):
        found[row["centre"]].outcomes.append((row["receipt_id"], row["outcome"]))
    for view, (key, question) in PICTURES.items():
        for row in ask(question):
            found[row["centre"]].pictures[view][row[key]] = digest(row)
            if view == "journal":
                found[row["centre"]].journal.append(row[key])
    return found


def logged(brokers: Brokers, partition: int) -> Logged:
    """A centre in its partition of the topics."""
    raw = [orjson.loads(line) for kind, line in lines(brokers, RAW.name, partition) if kind == "report"]
    outcomes = [orjson.loads(line) for _, line in lines(brokers, OUTCOMES.name, partition)]
    journal = [orjson.loads(line) for _, line in lines(brokers, JOURNAL.name, partition)]
    return Logged(
        [line["receipt_id"] for line in raw],
        [(line["receipt_id"], line["outcome"]) for line in outcomes],
        [line["transition_id"] for line in journal],
    )


def lines(brokers: Brokers, topic: str, partition: int) -> Iterator[tuple[str, bytes]]:
    """Kind and bytes of every committed line of a partition."""
    place = TopicPartition(brokers.named(topic), partition)
    with closing(consumer(brokers)) as source:
        source.assign([place])
        source.seek_to_beginning(place)
        end = source.end_offsets([place])[place]
        while (source.position(place, timeout_ms=1_000) or 0) < end:
            for record in source.poll(timeout_ms=500).get(place, []):
                kind = next((json.loads(value).get("kind", "") for name, value in record.headers if name == "ucc"), "")
                yield from ((kind, line) for line in record.value.split(b"\n"))


def digest(row: Mapping[str, Any]) -> str:
    """Of all that a row says."""
    return hashlib.sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
