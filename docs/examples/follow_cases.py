"""Each case as it changes: `python docs/examples/follow_cases.py kafka.example:9093 ucc.cases water-board`."""  # noqa: INP001  a script of the docs

import json
import os
import sys
from pathlib import Path

from kafka import KafkaConsumer

addresses, topic, group = sys.argv[1:]
said = {"bootstrap_servers": addresses.split(","), "group_id": group, "auto_offset_reset": "earliest", "isolation_level": "read_committed"}
if user := os.environ.get("KAFKA_USER"):
    password = Path(os.environ["KAFKA_PASSWORD_FILE"]).read_text(encoding="utf-8").strip()
    said |= {"security_protocol": "SASL_SSL", "ssl_cafile": os.environ.get("KAFKA_CA_FILE")}
    said |= {"sasl_mechanism": "SCRAM-SHA-256", "sasl_plain_username": user, "sasl_plain_password": password}
newest: dict[str, int] = {}
for message in KafkaConsumer(topic, **said):
    for line in (message.value or b"").splitlines():
        case = json.loads(line)
        if case["version"] > newest.get(case["case_id"], 0):  # after a fault a picture may come again, never an older one for good
            newest[case["case_id"]] = case["version"]
            print(case["number"], case["state"], case["unit"], case["reports"], flush=True)  # noqa: T201  it prints what it found
