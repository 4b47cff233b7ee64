from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import BrokenSetting
from sinks.clickhouse_address import Server


def test_what_an_address_leaves_out_is_as_a_server_is_shipped() -> None:
    plain, secure = Server.at("clickhouse://localhost"), Server.at("clickhouses://localhost")
    assert (plain.hosts, plain.http_port, plain.user, plain.database, plain.secure) == ((("localhost", 9000),), 8123, "default", "ucc", False)
    assert (secure.hosts, secure.http_port, secure.secure) == ((("localhost", 9440),), 8443, True)


def test_everything_may_be_said() -> None:
    server = Server.at("clickhouse://sink%40north@ch-1:9001,ch-2,[::1]:9003/city?http_port=8124", namespace="north", cluster="all")
    assert server.hosts == (("ch-1", 9001), ("ch-2", 9000), ("::1", 9003))
    assert (server.user, server.database, server.http_port, server.cluster) == ("sink@north", "north_city", 8124, "all")
    assert str(server) == "ch-1:9001,ch-2:9000,::1:9003"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("clickhouse://", "no address"),
        ("http://localhost", "no address"),
        ("clickhouse://ucc:secret@localhost", "holds no password"),
        ("clickhouse://localhost:port", "no host:port"),
        ("clickhouse://localhost:9000,/ucc", "no host:port"),
        ("clickhouse://localhost/a-b", "no name of a database"),
        ("clickhouse://localhost/a/b", "no address"),
        ("clickhouse://localhost/ucc?compression=0", "compression is not usable"),
        ("clickhouse://localhost/ucc?http_port=x", "http_port=x is not usable"),
    ],
)
def test_an_address_that_is_none_is_an_error_that_shows_no_password(url: str, said: str) -> None:
    with pytest.raises(BrokenSetting, match=said) as caught:
        Server.at(url)
    assert caught.value.where == "UCC_WAREHOUSE"
    assert "secret" not in str(caught.value)


def test_a_password_is_read_anew_each_time_and_shown_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" first \n")
    server = Server.at("clickhouse://ucc@localhost", password_file=file)
    assert server.password() == "first"
    file.write_text("second")
    assert server.password() == "second"
    assert "second" not in repr(server) + str(server)


def test_a_password_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BrokenSetting, match="password cannot be read"):
        Server.at("clickhouse://ucc@localhost", password_file=tmp_path / "none").password()
    assert Server.at("clickhouse://ucc@localhost").password() == ""
