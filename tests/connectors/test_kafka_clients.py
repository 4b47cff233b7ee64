from __future__ import annotations

import gc
import threading
from contextlib import closing
from pathlib import Path

import pytest

from connectors.kafka_clients import admin, client_settings, consumer, producer
from connectors.kafka_publisher import Publisher
from connectors.kafka_reader import KafkaReader
from connectors.kafka_topics import apply
from schemas.brokers import Brokers
from schemas.errors import BrokenSetting, LogUnavailable
from schemas.frame import frame_of
from tests.served.kafka import Broker
from tests.served.process import free_port
from tests.served.secured import PASSWORD, SecuredBroker

TOPIC = "ucc.in.hotline12345"


@pytest.fixture(scope="module")
def allowed(secured: SecuredBroker) -> SecuredBroker:
    """A department may write and read what it delivers, nothing else."""
    apply(secured.brokers("s"), partitions=1)
    secured.allow("WRITE", "TOPIC", f"s.{TOPIC}")
    secured.allow("READ", "TOPIC", f"s.{TOPIC}")
    return secured


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_a_department_sends_and_reads_under_tls_with_its_password(allowed: SecuredBroker, mechanism: str) -> None:
    brokers = allowed.department("s", mechanism)
    with closing(Publisher(brokers)) as publisher:
        offset = publisher.send(TOPIC, 0, frame_of("c", "report", [mechanism.encode()]))
    with closing(KafkaReader(brokers, "c", 0)) as reader:
        assert reader.read(TOPIC, offset - 1, 1)[0].frame.body == mechanism.encode()


def test_what_it_has_no_right_to_is_refused_by_name(allowed: SecuredBroker) -> None:
    with closing(Publisher(allowed.department("s"))) as publisher, pytest.raises(BrokenSetting, match=r"s\.ucc\.raw"):
        publisher.send("ucc.raw", 0, frame_of("c", "report", [b"x"]))


def test_a_wrong_password_and_an_unknown_signer_are_told_apart_from_nobody_there(secured: SecuredBroker, tmp_path: Path) -> None:
    wrong = tmp_path / "password"
    wrong.write_text("another")
    with pytest.raises((BrokenSetting, LogUnavailable), match=r"user(name)? or password"):
        producer(secured.department("s").model_copy(update={"password_file": wrong}))
    with pytest.raises(BrokenSetting, match="CERTIFICATE_VERIFY_FAILED"):
        consumer(secured.department("s").model_copy(update={"ca_file": None}))


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    told = Brokers(addresses=("127.0.0.1:9092",), security="SSL", ca_file=tmp_path / "none.pem")
    with pytest.raises(BrokenSetting, match=r"none\.pem"):
        client_settings(told)
    (tmp_path / "empty.pem").touch()
    with pytest.raises(BrokenSetting, match=r"empty\.pem"):
        client_settings(told.model_copy(update={"ca_file": None, "certificate_file": tmp_path / "empty.pem"}))
    with pytest.raises(BrokenSetting, match="password"):
        client_settings(Brokers.at("h:1", security="SASL_PLAINTEXT", mechanism="PLAIN", user="u", password_file=tmp_path / "gone"))


def test_what_is_said_of_a_password_is_never_it(secured: SecuredBroker) -> None:
    assert PASSWORD not in repr(secured.department("s"))
    assert client_settings(secured.department("s"))["sasl_plain_password"] == PASSWORD


def test_attempts_in_vain_leave_no_thread_and_no_socket_behind() -> None:
    nobody = Brokers(addresses=(f"127.0.0.1:{free_port()}",))
    gc.collect()
    threads, files = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    for kind in (admin, producer, consumer):
        with pytest.raises(LogUnavailable, match=r"no broker answers within 1 s.*ECONNREFUSED"):
            kind(nobody, bootstrap_timeout_ms=1_000)
    assert (threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))) == (threads, files)


def test_one_of_several_addresses_is_enough(broker: Broker) -> None:
    told = Brokers(addresses=(f"127.0.0.1:{free_port()}", broker.address))
    with admin(told) as asked:
        assert len(asked.describe_cluster()["brokers"]) == 1
