"""The Faust app of a worker: agents that have no memory (taking what departments push; intake), and casework as its service.

Faust hands out partitions and messages; what is true lies in the log: an agent that loses its place, gets a message twice or loses
one in a crash changes nothing (`pipeline.runtime.kafka.lane`). No exception leaves an agent: Faust would take it for done.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import faust
import structlog
from aiokafka.errors import KafkaError
from faust.exceptions import ProducerSendError
from faust.types.auth import SASLMechanism

from pipeline.runtime.kafka.clients import tls
from pipeline.runtime.kafka.lane import Post, Raw
from pipeline.runtime.kafka.service import CaseworkService, Place
from pipeline.runtime.kafka.taking import Message, Read, Send, Taking
from pipeline.runtime.kafka.transport import App
from pipeline.runtime.kafka.watchdog import Watchdog
from schemas import metrics
from schemas.brokers import Brokers
from schemas.errors import NotFound
from schemas.frame import Frame
from schemas.topics import DEAD_LETTERS, RAW
from schemas.vocabulary import Source
from schemas.wire import LARGEST_MESSAGE, headers_of

logger = structlog.get_logger()
GROUP = "worker"
SESSION_S = 6.0
"""After which a silent worker's partitions go to others: the least that brokers allow by default."""
FRAMES_WAITING = 16
"""Frames that wait in memory for an agent; each has up to 900 KB."""
RETRY_S = 0.5


def build(place: Place, read: Read, end: Callable[[str, Exception | None], None]) -> tuple[App, CaseworkService, Watchdog]:
    """The app of one worker, not yet started. `read` reads what sources push; `end` ends the process."""
    app = _app(place.brokers, place.cache)
    raw_name = place.brokers.named(RAW.name)
    service = CaseworkService(place, _poster(app, place.brokers), end)
    app.extra_service(service)
    watchdog = Watchdog(service.watched, end)
    raw = app.topic(raw_name, value_type=bytes, value_serializer="raw", key_type=bytes, key_serializer="raw")

    @app.agent(raw, concurrency=1, name="intake")
    async def intake(frames: Any) -> None:
        async for event in frames.events():
            message = event.message
            await service.take(message.partition, Raw(message.offset, message.value, _headers(message.headers)))

    for source in Source:
        _taker(app, place, Taking(source, read, place.centres, _sender(app, place.brokers), place.name), source, end)

    async def assigned(_app: Any, places: Any, *_: Any, **__: Any) -> None:
        await service.assign(tp.partition for tp in places if tp.topic == raw_name)

    async def beat() -> None:
        watchdog.beat()

    connect: Any = app.on_partitions_assigned.connect
    connect(assigned)
    timer: Any = app.timer(interval=1.0)
    timer(beat)
    return app, service, watchdog


def _poster(app: App, brokers: Brokers) -> Post:
    async def post(topic: str, partition: int, frame: Frame) -> Any:
        """Hands a frame to the producer; what comes back ends when the broker has it, or fails."""
        return await app.producer.send(brokers.named(topic), frame.header.centre.encode(), frame.body, partition, None, headers_of(frame))

    return post


def _sender(app: App, brokers: Brokers) -> Send:
    post = _poster(app, brokers)

    async def send(topic: str, partition: int, frame: Frame) -> None:
        """Sends a frame, again and again until the broker has it: what comes twice is a resend."""
        while True:
            try:
                await (await post(topic, partition, frame))
            except (KafkaError, ProducerSendError) as error:
                logger.warning("a frame could not be sent; trying again", topic=topic, why=str(error))
                if topic == DEAD_LETTERS.name:
                    metrics.DEAD_LETTER_WRITE_FAILURES.labels(frame.header.centre).inc()
                await asyncio.sleep(RETRY_S)
            else:
                return

    return send


def _taker(app: App, place: Place, taking: Taking, source: Source, end: Callable[[str, Exception | None], None]) -> None:
    topic = app.topic(place.brokers.named(f"ucc.in.{source.value}"), value_type=bytes, value_serializer="raw", key_type=bytes, key_serializer="raw")

    @app.agent(topic, concurrency=1, name=f"taking {source.value}")
    async def take(messages: Any) -> None:
        async for event in messages.events():
            message = event.message
            while True:
                try:
                    await taking.take(Message(message.partition, message.offset, message.value or b"", _headers(message.headers)))
                except NotFound as error:
                    logger.warning("a message waits until there is a centre", source=source.value, why=str(error))
                    await asyncio.sleep(RETRY_S)
                except Exception as error:  # noqa: BLE001  an exception that leaves the agent would lose the message
                    end(f"taking of {source.value} cannot go on: {error}", error)
                    await asyncio.Event().wait()
                else:
                    break


def _headers(headers: Any) -> list[tuple[str, bytes | None]]:
    return list(headers.items() if isinstance(headers, dict) else headers or ())


def _app(brokers: Brokers, folder: Path) -> App:
    return App(
        brokers.named(GROUP),
        broker=[f"kafka://{address}" for address in brokers.addresses],
        broker_credentials=_credentials(brokers),
        store="memory://",
        datadir=str(folder / "faust"),  # it makes one, though nothing is kept there: else where the worker was started
        web_enabled=False,  # its pages would serve what only the warehouse may
        autodiscover=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        stream_wait_empty=False,
        stream_buffer_maxsize=FRAMES_WAITING,
        broker_session_timeout=SESSION_S,
        broker_heartbeat_interval=1.5,
        broker_request_timeout=20.0,
        broker_rebalance_timeout=30.0,
        broker_max_poll_records=FRAMES_WAITING,
        broker_commit_interval=1.0,
        consumer_max_fetch_size=LARGEST_MESSAGE,
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        producer_compression_type="zstd",
        producer_max_request_size=LARGEST_MESSAGE,
        producer_request_timeout=20.0,
        worker_redirect_stdouts=False,
        processing_guarantee="at_least_once",
    )


def _credentials(brokers: Brokers) -> Any:
    context: ssl.SSLContext | None = tls(brokers)
    if brokers.security.startswith("SASL"):
        return faust.SASLCredentials(
            username=brokers.user,
            password=brokers.password(),
            ssl_context=context,
            mechanism=SASLMechanism(brokers.mechanism),
        )
    return faust.SSLCredentials(context=context) if context is not None else None
