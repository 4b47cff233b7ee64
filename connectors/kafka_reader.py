"""interim"""

from kafka import KafkaConsumer, TopicPartition
from schemas.frame import Placed
from schemas.wire import frame_from


class KafkaReader:
    def __init__(self, brokers, centre, partition):
        self.b, self.c, self.p = brokers, centre, partition
        self.k = {}
        self.at = {}
        self.buf = {}

    def _con(self, topic):
        if topic not in self.k:
            k = KafkaConsumer(
                bootstrap_servers=list(self.b.addresses),
                isolation_level="read_committed",
                enable_auto_commit=False,
                group_id=None,
                max_partition_fetch_bytes=4 << 20,
                fetch_max_wait_ms=50,
            )
            k.assign([TopicPartition(self.b.named(topic), self.p)])
            self.k[topic] = k
            self.buf[topic] = []
        return self.k[topic]

    def read(self, topic, after, limit):
        k = self._con(topic)
        tp = TopicPartition(self.b.named(topic), self.p)
        if self.at.get(topic) != after:
            k.seek(tp, after + 1)
            self.buf[topic] = []
            self.at[topic] = after
        if not self.buf[topic]:
            while True:
                got = k.poll(timeout_ms=50, max_records=2000).get(tp, [])
                if got:
                    self.buf[topic] = got
                    break
                if k.position(tp) >= k.end_offsets([tp])[tp]:
                    return []
        got, self.buf[topic] = self.buf[topic][:limit], self.buf[topic][limit:]
        self.at[topic] = got[-1].offset
        return [Placed(r.offset, frame_from(r.value, r.headers, centre=self.c, topic=topic, where="")) for r in got]

    def end(self, topic):
        tp = TopicPartition(self.b.named(topic), self.p)
        return self._con(topic).end_offsets([tp])[tp] - 1

    def committed(self, r, t):
        return -1

    def total_lines(self, t):
        return 0

    def tail(self, topic, count):
        k = self._con(topic)
        tp = TopicPartition(self.b.named(topic), self.p)
        end = k.end_offsets([tp])[tp]
        k.seek(tp, max(0, end - count))
        self.at.pop(topic, None)
        out = []
        while k.position(tp) < end:
            out += [(r.key, r.value) for r in k.poll(timeout_ms=100, max_records=5000).get(tp, [])]
        return out

    def close(self):
        for k in self.k.values():
            k.close()
