"""interim"""

from contextlib import contextmanager
from kafka import KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata
from kafka.admin import KafkaAdminClient
from schemas.wire import headers_of


class Publisher:
    def __init__(self, brokers, transactional_id=None):
        self.b = brokers
        kw = {"transactional_id": brokers.named(transactional_id)} if transactional_id else {}
        self.p = KafkaProducer(bootstrap_servers=list(brokers.addresses), acks="all", compression_type="zstd", max_request_size=4 << 20, **kw)
        if transactional_id:
            self.p.init_transactions()

    def send(self, topic, partition, frame):
        return (
            self.p.send(self.b.named(topic), value=frame.body, key=frame.header.centre.encode(), headers=headers_of(frame), partition=partition).get(30).offset
        )

    @contextmanager
    def transaction(self):
        self.p.begin_transaction()
        yield self
        self.p.commit_transaction()

    def offsets(self, group, offs):
        self.p.send_offsets_to_transaction(
            {TopicPartition(self.b.named(t), p): OffsetAndMetadata(o, m, -1) for (t, p), (o, m) in offs.items()}, self.b.named(group)
        )

    def close(self):
        self.p.close()


def committed(brokers, group, topic, partition):
    a = KafkaAdminClient(bootstrap_servers=list(brokers.addresses))
    try:
        r = (
            a.list_group_offsets({brokers.named(group): [TopicPartition(brokers.named(topic), partition)]})
            if hasattr(a, "list_group_offsets")
            else a.list_consumer_group_offsets(brokers.named(group))
        )
        r = r.get(brokers.named(group), r)
        for tp, om in r.items():
            if om.offset >= 0:
                return om.offset, om.metadata
    finally:
        a.close()
    return None
