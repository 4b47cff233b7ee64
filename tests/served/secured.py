"""A Kafka broker as departments reach it: a listener of its own with TLS and passwords, and rights by topic."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from connectors.kafka_clients import admin
from schemas.brokers import Brokers
from tests.served.kafka import Broker
from tests.served.needed import needed
from tests.served.process import free_port

PASSWORD = "for-tests-alone"
USER = "water-board"
"""A department. It may do what it is given rights for; who comes by the other listener may do everything."""


class SecuredBroker(Broker):
    """One node with a second listener, which speaks SASL_SSL (PLAIN and SCRAM-SHA-256) under a certificate of its own."""

    def __init__(self, folder: Path) -> None:
        """Makes certificate and password file in `folder`; nothing is started yet."""
        super().__init__(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.public_port = free_port()
        self.certificate, self.password_file = folder / "certificate.pem", folder / "password"
        self.password_file.write_text(f"{PASSWORD}\n", encoding="utf-8")
        both = _certificate(folder, self.certificate)
        inner, controller, outer = f"PLAINTEXT://{self.address}", f"CONTROLLER://127.0.0.1:{self.controller_port}", f"OUTER://127.0.0.1:{self.public_port}"
        self._settings = {
            "listeners": f"{inner},{controller},{outer}",
            "advertised.listeners": f"{inner},{controller},{outer}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,OUTER:SASL_SSL",
            "listener.name.outer.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
            "listener.name.outer.plain.sasl.jaas.config": f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}="{PASSWORD}";',
            "listener.name.outer.scram-sha-256.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
            "listener.name.outer.ssl.keystore.type": "PEM",
            "listener.name.outer.ssl.keystore.location": both,
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        }

    def start(self, *, wait: bool = True) -> None:
        """Starts it; where it waits, the department's password is known to SCRAM as well on return."""
        super().start(wait=wait)
        if wait:
            with admin(self.brokers()) as asked:
                asked.alter_user_scram_credentials([UserScramCredentialUpsertion(USER, ScramMechanism.SCRAM_SHA_256, PASSWORD, iterations=4096)])

    def allow(self, operation: str, kind: str, prefix: str) -> None:
        """Gives the department a right (READ, WRITE) over what of a kind (TOPIC, GROUP) begins with a prefix."""
        pattern = ResourcePattern(ResourceType[kind], prefix, ACLResourcePatternType.PREFIXED)
        with admin(self.brokers()) as asked:
            asked.create_acls([ACL(f"User:{USER}", "*", ACLOperation[operation], ACLPermissionType.ALLOW, pattern)])

    def department(self, namespace: str, mechanism: str = "PLAIN") -> Brokers:
        """As a department reaches it."""
        return Brokers.at(
            f"127.0.0.1:{self.public_port}",
            namespace=namespace,
            security="SASL_SSL",
            mechanism=mechanism,
            user=USER,
            password_file=self.password_file,
            ca_file=self.certificate,
        )


def _certificate(folder: Path, certificate: Path) -> Path:
    """Signed by itself, for loopback; returns the file of key and certificate together."""
    needed("openssl", shutil.which("openssl") is not None, "install it (Debian: apt-get install openssl)")
    key, both = folder / "key.pem", folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both
