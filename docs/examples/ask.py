"""How many reports stand, by matter: `python docs/examples/ask.py 127.0.0.1 8123 ~/.ucc/analysts.token`."""  # noqa: INP001  a script of the docs

import sys
from datetime import UTC, datetime
from pathlib import Path

import clickhouse_connect

host, port, token = sys.argv[1:]
client = clickhouse_connect.get_client(host=host, port=int(port), username="analyst", password=Path(token).read_text(encoding="utf-8").strip())
asked = """
    SELECT matter, count() AS reports FROM reports_current
    WHERE standing = 1 AND reported_at >= {since:DateTime} GROUP BY matter ORDER BY reports DESC, matter
"""
for matter, reports in client.query(asked, parameters={"since": datetime(2015, 1, 1, tzinfo=UTC)}).result_rows:
    print(matter, reports)  # noqa: T201  it prints what it found
