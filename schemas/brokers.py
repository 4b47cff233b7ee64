"""Which Kafka an installation speaks to, and how the names of its topics, groups and transactions are made there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.errors import BrokenSetting
from schemas.fields import Model

SCHEME = "kafka://"


class Brokers(Model):
    """Addresses, namespace and how we say who we are. Secrets are read from files when a client is made, and never shown."""

    addresses: Annotated[tuple[str, ...], Field(min_length=1, description="host:port of some of the brokers.")]
    namespace: str = Field(default="", description="Prefix of topics, groups and transactional ids, where installations share a Kafka.")
    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = ""
    user: str = ""
    password_file: Path | None = Field(default=None, description="Holds the password alone; outer white space is left out.")
    ca_file: Path | None = Field(default=None, description="PEM of who signed the brokers' certificates; none: the system's.")
    certificate_file: Path | None = Field(default=None, description="PEM of our certificate and its key, where brokers ask for one.")

    @model_validator(mode="after")
    def _whole(self) -> Brokers:
        if self.security.startswith("SASL") and not (self.mechanism and self.user and self.password_file):
            raise ValueError("with SASL a mechanism, a user and a password file are needed")
        return self

    @classmethod
    def at(cls, url: str, **others: object) -> Brokers:
        """From `kafka://host:port,host:port`; raises BrokenSetting when there is no host or port in it."""
        addresses = tuple(part.strip() for part in url.removeprefix(SCHEME).rstrip("/").split(",") if part.strip())
        for address in addresses or ("",):
            host, _, port = address.rpartition(":")
            if not host or not port.isdigit():
                raise BrokenSetting(f"{address!r} is no host:port; write kafka://host:port, several parted by commas", where="UCC_LOG")
        return cls.model_validate({"addresses": addresses, **others})

    def named(self, name: str) -> str:
        """A topic, group or transactional id in this installation's namespace."""
        return f"{self.namespace}.{name}" if self.namespace else name

    def password(self) -> str:
        """Read anew each time, so that a rotated one is taken; raises BrokenSetting when the file cannot be read."""
        if self.password_file is None:
            return ""
        try:
            return self.password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BrokenSetting(f"the password cannot be read: {error.strerror}", where=str(self.password_file)) from error
