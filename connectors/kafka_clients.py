"""kafka-python's clients as we need them: who we are, what is durable, what is read, and errors as ours.

kafka-python 3.0 is young. Two things are mended here from outside: it forgets to close the socket of each attempt that fails (a broker
that is away for an hour would cost a worker all its file descriptors), and a client whose making fails leaves its thread behind.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka import errors as kafka_errors
from kafka.net import KafkaNetSocket
from kafka.net.compat import KafkaNetClient

from schemas.brokers import Brokers
from schemas.errors import BrokenSetting, LogUnavailable, NotFound
from schemas.wire import LARGEST_MESSAGE

PATIENCE_S = 10.0
"""After so long without an answer a broker is away."""
_REFUSED = (
    kafka_errors.SaslAuthenticationFailedError,
    kafka_errors.UnsupportedSaslMechanismError,
    kafka_errors.AuthorizationError,
)

# Its library says on standard error what a person is told by our errors, unless somebody has set up logging.
logging.getLogger("kafka").addHandler(logging.NullHandler())


class ClosingSocket(KafkaNetSocket):  # type: ignore[misc]  # kafka-python carries no types
    """A connection without a proxy whose socket is closed when it does not come about; found by the scheme of `proxy_url`."""

    SCHEMES = ("direct",)

    async def sock_connect(self, net: Any, sock: Any, sockaddr: Any, timeout_at: float | None = None) -> Any:  # noqa: ANN401  the library's own, without types
        """Connects, or closes the socket and raises what kept it."""
        try:
            return await super().sock_connect(net, sock, sockaddr, timeout_at=timeout_at)
        except BaseException:
            sock.close()
            raise


class ClosingTlsSocket(ssl.SSLSocket):
    """A connection that is closed when the two do not agree."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002  the standard library's own
        """Agrees on the encryption, or closes the socket and raises what kept it."""
        try:
            super().do_handshake(block)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except BaseException:
            self.close()
            raise


def client_settings(brokers: Brokers) -> dict[str, Any]:
    """What producers, consumers and the administration have in common. The password is read anew; raises BrokenSetting when a file cannot be used."""
    said: dict[str, Any] = {
        "bootstrap_servers": list(brokers.addresses),
        "client_id": brokers.named("ucc"),
        "security_protocol": brokers.security,
        "proxy_url": f"{ClosingSocket.SCHEMES[0]}://",
        "bootstrap_timeout_ms": int(PATIENCE_S * 1000),
        "request_timeout_ms": int(PATIENCE_S * 1000),
        # Half a minute between attempts, as the library has it, is half a minute of lag more after each outage.
        "reconnect_backoff_max_ms": 1_000,
    }
    if brokers.security.endswith("SSL"):
        said["ssl_context"] = _tls(brokers)
    if brokers.security.startswith("SASL"):
        said |= {"sasl_mechanism": brokers.mechanism, "sasl_plain_username": brokers.user, "sasl_plain_password": brokers.password()}
    return said


def _tls(brokers: Brokers) -> ssl.SSLContext:
    named = brokers.ca_file
    try:
        context = ssl.create_default_context(cafile=None if named is None else str(named))
        context.sslsocket_class = ClosingTlsSocket
        if brokers.certificate_file is not None:
            named = brokers.certificate_file
            context.load_cert_chain(named)
    except OSError as error:
        raise BrokenSetting(f"the certificate cannot be used: {error.strerror or error}", where=str(named or "")) from error
    return context


def admin(brokers: Brokers, **more: object) -> Any:  # noqa: ANN401  kafka-python carries no types
    """The administration of topics and groups. Raises LogUnavailable, BrokenSetting. To be closed."""
    return _made(KafkaAdminClient, brokers, more)


def producer(brokers: Brokers, **more: object) -> Any:  # noqa: ANN401  kafka-python carries no types
    """An idempotent producer: durable on all replicas that are in step, compressed. Raises LogUnavailable, BrokenSetting. To be closed."""
    durable: dict[str, object] = {
        "acks": "all",
        "enable_idempotence": True,
        "compression_type": "zstd",
        "max_request_size": LARGEST_MESSAGE,
        "batch_size": 256 << 10,
        "max_block_ms": int(PATIENCE_S * 1000),
        "delivery_timeout_ms": int(2 * PATIENCE_S * 1000),
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }
    return _made(KafkaProducer, brokers, {**durable, **more})


def consumer(brokers: Brokers, **more: object) -> Any:  # noqa: ANN401  kafka-python carries no types
    """Reads what was committed, from partitions that it is told; a group's offsets are its own business. Raises LogUnavailable, BrokenSetting. To be closed."""
    careful: dict[str, object] = {
        "isolation_level": "read_committed",
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "max_partition_fetch_bytes": LARGEST_MESSAGE,
        "fetch_max_wait_ms": 100,
        "allow_auto_create_topics": False,
        "metrics_enabled": False,
    }
    return _made(KafkaConsumer, brokers, {**careful, **more})


def _made(kind: Callable[..., Any], brokers: Brokers, more: dict[str, object]) -> Any:  # noqa: ANN401  kafka-python carries no types
    """A client; where it does not come about, what it has started is ended."""
    clients: list[Any] = []

    def client(**settings: object) -> Any:  # noqa: ANN401  kafka-python carries no types
        clients.append(KafkaNetClient(**settings))
        return clients[-1]

    settings = client_settings(brokers) | more
    with asking(brokers), _reason() as reason:
        try:
            return kind(**settings, kafka_client=client)
        except kafka_errors.KafkaTimeoutError as error:
            _close(clients)
            refused = next((one for one in reason if isinstance(one, _REFUSED) or "CERTIFICATE_VERIFY_FAILED" in str(one)), None)
            if refused is not None:
                raise BrokenSetting(f"Kafka does not accept who we are, or we do not accept who it is: {refused}", where="UCC_KAFKA_SECURITY") from error
            why = f": {reason[-1]}" if reason else ""
            if brokers.security.startswith("SASL"):
                # The library loses the broker's "no" when the end of the connection comes in the same breath.
                why += " (a wrong user or password may look like this, too)"
            seconds = settings["bootstrap_timeout_ms"] / 1000
            raise LogUnavailable(f"no broker answers within {seconds:g} s{why}", where=",".join(brokers.addresses)) from error
        except BaseException:
            _close(clients)
            raise


class _Reasons(logging.Handler):
    """Keeps what the library says of attempts to connect: its error is "time is over", whether nobody listens or the password is wrong."""

    def __init__(self, found: list[BaseException]) -> None:
        super().__init__()
        self._found = found

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps the error of a message."""
        self._found += [said for said in record.args or () if isinstance(said, BaseException) and not isinstance(said, kafka_errors.KafkaTimeoutError)]


@contextmanager
def _reason() -> Iterator[list[BaseException]]:
    found: list[BaseException] = []
    library, kept = logging.getLogger("kafka.net.manager"), _Reasons(found)
    library.addHandler(kept)
    try:
        yield found
    finally:
        library.removeHandler(kept)


def _close(clients: list[Any]) -> None:
    for left in clients:
        left.close()


@contextmanager
def asking(brokers: Brokers) -> Iterator[None]:
    """Tells the library's errors as ours: LogUnavailable, BrokenSetting (who we are is not accepted), NotFound (no such topic)."""
    where = ",".join(brokers.addresses)
    try:
        yield
    except _REFUSED as error:
        raise BrokenSetting(f"Kafka does not accept who we are, or what we want to do: {_said(error)}", where="UCC_KAFKA_USER") from error
    except kafka_errors.UnknownTopicOrPartitionError as error:
        raise NotFound(f"a topic or partition is not there ({_said(error)}): run `ucc topics apply`", where=where) from error
    except (kafka_errors.KafkaError, OSError) as error:
        raise LogUnavailable(f"Kafka does not answer, or not as it should: {_said(error)}", where=where) from error


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__
