"""Which logs land in the warehouse. The warehouse's child imports this alone, so it imports little until it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from schemas.brokers import Brokers
from schemas.ports import FrameReader
from ucc.home import CASEWORK_LOG, FIGURES_LOG, Home

Logs = Mapping[str, Mapping[str, FrameReader]]
"""By centre and name of the log."""
CASEWORK, FIGURES = "casework", "figures"
"""Names of the embedded logs that land."""
_FILES = {CASEWORK: CASEWORK_LOG, FIGURES: FIGURES_LOG}


class Landing:
    """The embedded logs of a home; asked again as centres come."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._found: dict[str, dict[str, FrameReader]] = {}

    def __call__(self) -> Logs:
        """All that there are now."""
        from pipeline.runtime.sqlite_log import SqliteLog  # noqa: PLC0415  not where the log is Kafka

        for name, file in _FILES.items():
            for log in sorted(self._logs.glob(f"*/{file}")):
                found = self._found.setdefault(log.parent.name, {})
                if name not in found:
                    found[name] = SqliteLog(log, writer=False)
        return self._found


class KafkaLanding:
    """The centres of a home on Kafka; asked again as they come. How far landing is, is kept by namespace: offsets are of one Kafka only."""

    def __init__(self, home: Path, brokers: Brokers) -> None:
        self._home, self._brokers = home, brokers
        self._found: dict[str, Mapping[str, FrameReader]] = {}

    def __call__(self) -> Logs:
        """All that there are now. Raises LogUnavailable."""
        from connectors.kafka_reader import KafkaReader  # noqa: PLC0415  not where the log is embedded

        for centre in Home(self._home).centres():
            if centre.centre not in self._found:
                self._found[centre.centre] = {f"kafka {self._brokers.namespace}": KafkaReader(self._brokers, centre.centre, centre.partition)}
        return self._found
