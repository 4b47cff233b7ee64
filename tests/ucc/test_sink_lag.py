"""How far the warehouse is behind Kafka, as the metrics tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from connectors.kafka_publisher import Publisher
from connectors.kafka_topics import apply
from schemas.brokers import Brokers
from schemas.event import Centre
from schemas.frame import frame_of
from schemas.metrics import LAG_MESSAGES, LAG_SECONDS, forget
from schemas.topics import JOURNAL, OUTCOMES
from tests.served.kafka import Broker
from ucc.home import Home
from ucc.sink_lag import SinkLag

CENTRE = "lagging"


@pytest.fixture
def served(broker: Broker, namespace: str) -> Brokers:
    made = broker.brokers(namespace)
    apply(made)
    return made


@pytest.fixture
def lag(served: Brokers, tmp_path: Path) -> Iterator[SinkLag]:
    home = Home(tmp_path / "home")
    home.register(Centre(centre=CENTRE, name="滞后", partition=0, pack_name="pukou"))
    with closing(SinkLag(home, served)) as made:
        yield made
    forget(CENTRE)


def told() -> Mapping[str, tuple[float, bool]]:
    """By topic: how many messages the warehouse is behind, and whether it has been for some time."""
    seconds = {sample.labels["topic"]: sample.value for sample in next(iter(LAG_SECONDS.collect())).samples if sample.labels["centre"] == CENTRE}
    messages = next(iter(LAG_MESSAGES.collect())).samples
    return {one.labels["topic"]: (one.value, seconds[one.labels["topic"]] > 0) for one in messages if one.labels["centre"] == CENTRE}


def test_what_has_not_landed_is_counted_and_its_age_grows_until_it_has(lag: SinkLag, served: Brokers) -> None:
    log = f"kafka {served.namespace}"
    lag.tell({})
    assert set(told().values()) == {(0.0, False)}
    with closing(Publisher(served, "writer")) as publisher:
        for _ in range(3):
            with publisher.transaction() as transaction:
                last = transaction.send(JOURNAL.name, 0, frame_of(CENTRE, JOURNAL.name, [b"{}"]))
    lag.tell({})
    lag.tell({})
    behind, for_some_time = told()[JOURNAL.name]
    assert behind >= 3
    assert for_some_time
    assert told()[OUTCOMES.name] == (0.0, False)
    lag.tell({(CENTRE, "casework", JOURNAL.name): last, (CENTRE, "kafka elsewhere", JOURNAL.name): last})
    assert told()[JOURNAL.name][0] >= 3, "what landed from another log says nothing of this one"
    lag.tell({(CENTRE, log, JOURNAL.name): last})
    assert told()[JOURNAL.name] == (0.0, False), "behind the last frame lies only the mark of its transaction"
