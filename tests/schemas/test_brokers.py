from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from schemas.brokers import Brokers
from schemas.errors import BrokenSetting


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("kafka://127.0.0.1:9092", ("127.0.0.1:9092",)),
        ("kafka://a:1,b:2 , c:3/", ("a:1", "b:2", "c:3")),
        ("kafka://[::1]:9092", ("[::1]:9092",)),
    ],
)
def test_a_url_names_some_of_the_brokers(url: str, addresses: tuple[str, ...]) -> None:
    assert Brokers.at(url).addresses == addresses


@pytest.mark.parametrize("url", ["kafka://", "kafka:///", "kafka://host", "kafka://:9092", "kafka://a:1,b", "kafka://a:b"])
def test_a_url_without_host_or_port_says_what_to_write(url: str) -> None:
    with pytest.raises(BrokenSetting, match=r"^UCC_LOG: '.*' is no host:port; write kafka://host:port, several parted by commas"):
        Brokers.at(url)


def test_names_are_in_the_installations_namespace() -> None:
    assert Brokers.at("kafka://a:1").named("ucc.raw") == "ucc.raw"
    assert Brokers.at("kafka://a:1", namespace="north").named("ucc.raw") == "north.ucc.raw"


def test_who_says_who_we_are_needs_all_of_it(tmp_path: Path) -> None:
    file = tmp_path / "password"
    whole = {"security": "SASL_SSL", "mechanism": "SCRAM-SHA-512", "user": "ucc", "password_file": file}
    assert Brokers.at("kafka://a:1", **whole).user == "ucc"
    for missing in ("mechanism", "user", "password_file"):
        with pytest.raises(ValidationError, match="with SASL a mechanism, a user and a password file are needed"):
            Brokers.at("kafka://a:1", **{name: value for name, value in whole.items() if name != missing})


def test_the_password_is_read_anew_each_time_and_shown_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "password"
    brokers = Brokers.at("kafka://a:1", security="SASL_SSL", mechanism="PLAIN", user="ucc", password_file=file)
    for word in ("first", "second"):
        file.write_text(f"  {word}\n")
        assert brokers.password() == word
        assert word not in repr(brokers) + brokers.model_dump_json()
    file.unlink()
    with pytest.raises(BrokenSetting, match="the password cannot be read: No such file"):
        brokers.password()
    assert Brokers.at("kafka://a:1").password() == ""
