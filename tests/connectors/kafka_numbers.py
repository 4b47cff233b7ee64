"""A writer to be killed: `python -m tests.connectors.kafka_numbers ADDRESS NAMESPACE UP_TO` writes each number once, in transactions.

How far it is stands beside its offset, as an import's position does. After an outage it opens again; fenced, it ends with 75.
It says `ready` when it has started, and begins when a line comes in.
"""

from __future__ import annotations

import random
import sys
from contextlib import closing

from connectors.kafka_publisher import Publisher, committed
from schemas.brokers import Brokers
from schemas.errors import HomeBusy, LogUnavailable
from schemas.frame import frame_of

TOPIC, PARTITION, WRITER = "ucc.raw", 3, "numbers"


def write(brokers: Brokers, up_to: int, rng: random.Random) -> None:
    """Writes on from where the one before was, up to a number."""
    with closing(Publisher(brokers, WRITER)) as publisher:
        noted = committed(brokers, WRITER, TOPIC, PARTITION)
        number = int(noted[1]) if noted else 0
        while number < up_to:
            with publisher.transaction() as transaction:
                for _ in range(rng.randint(1, 4)):
                    lines = [str(number + n).encode() for n in range(rng.randint(1, 5))]
                    offset = transaction.send(TOPIC, PARTITION, frame_of("c", "report", lines))
                    number += len(lines)
                transaction.offsets(WRITER, {(TOPIC, PARTITION): (offset + 1, str(number))})


def main(address: str, namespace: str, up_to: str) -> int:
    """Writes until all numbers are there."""
    brokers = Brokers(addresses=(address,), namespace=namespace)
    rng = random.Random()  # what is killed is killed at any place
    print("ready", flush=True)  # noqa: T201  for who started it
    sys.stdin.readline()
    while True:
        try:
            write(brokers, int(up_to), rng)
        except LogUnavailable as error:
            print(error, file=sys.stderr, flush=True)  # noqa: T201  shown when a test fails
        except HomeBusy:
            return 75
        else:
            return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
