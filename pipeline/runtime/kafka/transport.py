"""Faust's transport, so that its consumer reads only what was committed and its producer repeats nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import faust
from faust.transport.drivers import aiokafka as driver

from pipeline.runtime.kafka import assignor  # noqa: F401  with it, partitions are shared as we want it


class _Thread(driver.AIOKafkaConsumerThread):
    """Faust reads committed messages alone only with its own transactions, which we do not use (`TRAPS.md`)."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        made = super()._create_worker_consumer(transport)
        made._isolation_level = "read_committed"  # noqa: SLF001  its constructor's argument is Faust's alone
        return made


class _Consumer(driver.Consumer):
    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class _Producer(driver.Producer):
    def _settings_default(self) -> Mapping[str, Any]:
        return {**super()._settings_default(), "enable_idempotence": True}


class Transport(driver.Transport):
    """Consumer and producer as above."""

    Consumer = _Consumer
    Producer = _Producer


class App(faust.App):
    """An app on this transport, with services of ours."""

    def _new_transport(self) -> Any:
        return Transport(self.conf.broker_consumer, self)

    def _new_producer_transport(self) -> Any:
        return Transport(self.conf.broker_producer, self)

    def extra_service(self, service: Any) -> None:
        """A service that was made already, to be started and stopped with the app."""
        self._extra_services.append(service)
