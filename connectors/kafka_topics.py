"""interim"""

from kafka.admin import KafkaAdminClient, NewTopic
from schemas.topics import TOPICS

PARTITIONS = 16


def apply(brokers, partitions=PARTITIONS, replication=None):
    a = KafkaAdminClient(bootstrap_servers=list(brokers.addresses))
    have = set(a.list_topics())
    want = [t for t in TOPICS if brokers.named(t) not in have]
    if want:
        a.create_topics(
            [
                NewTopic(
                    name=brokers.named(t),
                    num_partitions=partitions,
                    replication_factor=1,
                    topic_configs={"max.message.bytes": str(4 << 20), **({"cleanup.policy": "compact"} if TOPICS[t].compacted else {})},
                )
                for t in want
            ]
        )
    a.close()
