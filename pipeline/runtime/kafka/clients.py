"""aiokafka's clients, as we need them: who we are, what is durable, what is read."""

from __future__ import annotations

import ssl
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.helpers import create_ssl_context

from schemas.brokers import Brokers
from schemas.errors import BrokenSetting
from schemas.wire import LARGEST_MESSAGE

BATCH_BYTES = 900_000
"""What goes to a partition at once; a batch costs a request, and a topic's largest message bounds it."""
TRANSACTION_TIMEOUT_MS = 60_000
"""After which the broker ends the transaction of a worker that was stopped in the middle of it: readers of its topics wait so long."""
REQUEST_TIMEOUT_MS = 20_000


def security(brokers: Brokers) -> dict[str, Any]:
    """How we say who we are; raises BrokenSetting when a file of it cannot be read."""
    said: dict[str, Any] = {"security_protocol": brokers.security}
    context = tls(brokers)
    if context is not None:
        said["ssl_context"] = context
    if brokers.security.startswith("SASL"):
        said |= {"sasl_mechanism": brokers.mechanism, "sasl_plain_username": brokers.user, "sasl_plain_password": brokers.password()}
    return said


def tls(brokers: Brokers) -> ssl.SSLContext | None:
    """The context of an encrypted connection; none where it is not encrypted."""
    if not brokers.security.endswith("SSL"):
        return None
    certificate = brokers.certificate_file
    try:
        context: ssl.SSLContext = create_ssl_context(
            cafile=None if brokers.ca_file is None else str(brokers.ca_file), certfile=None if certificate is None else str(certificate)
        )
    except (OSError, ssl.SSLError) as error:
        raise BrokenSetting(f"a certificate cannot be used: {error}", where=str(brokers.ca_file or certificate or "")) from error
    return context


def transactional_producer(brokers: Brokers, transactional_id: str) -> AIOKafkaProducer:
    """Of the one writer under that id: when it starts, it fences the one before. Made inside a running loop."""
    return AIOKafkaProducer(
        bootstrap_servers=list(brokers.addresses),
        transactional_id=brokers.named(transactional_id),
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
        acks="all",
        compression_type="zstd",
        max_batch_size=BATCH_BYTES,
        max_request_size=LARGEST_MESSAGE,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        **security(brokers),
    )


def consumer(brokers: Brokers) -> AIOKafkaConsumer:
    """Reads what was committed, from partitions that it is told, without a group. Made inside a running loop."""
    return AIOKafkaConsumer(
        bootstrap_servers=list(brokers.addresses),
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=LARGEST_MESSAGE,
        request_timeout_ms=REQUEST_TIMEOUT_MS,
        fetch_max_wait_ms=100,
        **security(brokers),
    )
