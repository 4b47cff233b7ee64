"""JSON lines into a centre: `python docs/examples/produce.py kafka.example:9093 ucc.in.department 工单编号 < week.jsonl`."""  # noqa: INP001  a script of the docs

import json
import os
import sys
from pathlib import Path

from kafka import KafkaProducer

addresses, topic, number = sys.argv[1:]
said = {"bootstrap_servers": addresses.split(","), "acks": "all", "compression_type": "gzip", "linger_ms": 20}
if user := os.environ.get("KAFKA_USER"):
    password = Path(os.environ["KAFKA_PASSWORD_FILE"]).read_text(encoding="utf-8").strip()
    said |= {"security_protocol": "SASL_SSL", "ssl_cafile": os.environ.get("KAFKA_CA_FILE")}
    said |= {"sasl_mechanism": "SCRAM-SHA-256", "sasl_plain_username": user, "sasl_plain_password": password}
with KafkaProducer(**said) as producer:
    lines = [line.strip() for line in sys.stdin.buffer if line.strip()]
    sent = [producer.send(topic, line, key=str(json.loads(line)[number]).encode(), headers=[("centre", b"pukou")]) for line in lines]
    for one in sent:
        one.get(60)  # raises when the line is not durable
print(len(sent), "lines are with the centre")  # noqa: T201  it says what it did
