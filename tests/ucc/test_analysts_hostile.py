"""Whoever sends nonsense to the analysts' door, or nothing, or does not listen, costs himself alone."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.ucc.analysts_door import Knocking, knocking
from ucc import analysts
from ucc.analysts_request import LARGEST_BODY


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knocking]:
    with knocking(tmp_path_factory.mktemp("analysts"), frames=2) as found:
        yield found


@pytest.fixture(autouse=True)
def _good_ones_are_answered_afterwards(here: Knocking) -> Iterator[None]:
    yield
    assert here.knock("SELECT 1").body == b"1\n"


def sent(here: Knocking, data: bytes, *, then_silent: bool = False) -> bytes:
    """Sends bytes as they are; what came back until the other side closed."""
    with socket.create_connection(("127.0.0.1", here.door.port), timeout=60) as connection:
        connection.sendall(data)
        got = b""
        with suppress(OSError):  # the other side may have closed by then
            if not then_silent:
                connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionResetError):
            while piece := connection.recv(65536):
                got += piece
        return got


def request(here: Knocking, *fields: str, body: bytes = b"SELECT 1", line: str = "POST / HTTP/1.1") -> bytes:
    credentials = f"Authorization: {here.basic['Authorization']}"
    return "\r\n".join([line, "Host: x", credentials, *fields, "Connection: close", "", ""]).encode() + body


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["Content-Length: many"], 400),
        (["Content-Length: -1"], 400),
        (["Content-Length: +8"], 400),
        (["Content-Length: 8, 9"], 400),
        (["Content-Length: 8", "Content-Length: 9"], 400),
        (["Content-Length: ８"], 400),
        (["Content-Length: 99"], 400),
        (["Content-Length: 99999999999999999999"], 413),
        ([f"Content-Length: {LARGEST_BODY + 1}"], 413),
        (["Content-Length: 8", "Transfer-Encoding: chunked"], 400),
        (["Transfer-Encoding: gzip, chunked"], 400),
        (["Content-Length: 8", "Content-Encoding: gzip"], 500),
    ],
)
def test_a_body_whose_length_cannot_be_told_is_refused(here: Knocking, fields: list[str], expected: int) -> None:
    answer = sent(here, request(here, *fields))
    assert status(answer) == expected
    assert b"X-ClickHouse-Exception-Code" in answer


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"7\r\nSELECT \r\n1\r\n1\r\n0\r\n\r\n", 200),
        (b"8;so=what\r\nSELECT 1\r\n0\r\nAfter: all\r\n\r\n", 200),
        (b"zz\r\nSELECT 1\r\n0\r\n\r\n", 400),
        (b"-8\r\nSELECT 1\r\n0\r\n\r\n", 413),
        (b"FFFFFFFF\r\nSELECT 1", 413),
        (b"8\r\nSELECT 1??0\r\n\r\n", 400),
        (b"80\r\nSELECT 1", 400),
        (b"\r\n", 400),
        (b"1" * 5_000, 413),
    ],
)
def test_bodies_in_chunks_are_read_and_bent_ones_refused(here: Knocking, body: bytes, expected: int) -> None:
    assert status(sent(here, request(here, "Transfer-Encoding: chunked", body=body))) == expected


def test_a_question_larger_than_allowed_is_refused_and_the_largest_is_answered(here: Knocking) -> None:
    start = b"SELECT 1 /*"
    largest = start + b"x" * (LARGEST_BODY - len(start) - 2) + b"*/"
    assert here.knock(largest).body == b"1\n"
    chunks = b"".join(b"%x\r\n%b\r\n" % (LARGEST_BODY, b"x" * LARGEST_BODY) for _ in range(2))
    assert status(sent(here, request(here, "Transfer-Encoding: chunked", body=chunks + b"0\r\n\r\n"))) == 413


@pytest.mark.parametrize("body", [b"SELECT '\xff'", b"\x80\x81", "SELECT '路灯'".encode("gb18030"), b"SELECT '\0'", b"\0"])
def test_what_is_no_text_is_refused(here: Knocking, body: bytes) -> None:
    answer = here.knock(body)
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (400, "6")


@pytest.mark.parametrize(
    "line",
    [
        "GET /?query=%ff HTTP/1.1",
        "GET /?query=SELECT%001 HTTP/1.1",
        "GET /?" + "&".join(f"param_{n}=1" for n in range(2_000)) + " HTTP/1.1",
        "POST /?client_protocol_version=-1 HTTP/1.1",
        "POST /?client_protocol_version=٣ HTTP/1.1",
    ],
)
def test_addresses_that_cannot_be_read_are_refused(here: Knocking, line: str) -> None:
    body = b"" if line.startswith("GET") else b"SELECT 1"
    assert status(sent(here, request(here, f"Content-Length: {len(body)}", line=line, body=body))) == 400


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"BREW / HTTP/1.1\r\n\r\n", 501),
        (b"GET /etc/passwd HTTP/1.1\r\nConnection: close\r\n\r\n", 404),
        (b"PUT / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", 501),
    ],
)
def test_requests_that_are_none_are_refused(here: Knocking, data: bytes, expected: int) -> None:
    assert status(sent(here, data)) == expected


@pytest.mark.parametrize(
    "data",
    [b"", b"\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\xff" * 1_000 + b"\r\n\r\n"],
)
def test_what_is_no_http_is_dropped(here: Knocking, data: bytes) -> None:
    answer = sent(here, data)
    assert b"200" not in answer.split(b"\r\n", 1)[0]


def test_chance_finds_nothing_that_breaks_it(here: Knocking) -> None:
    rng = random.Random(20180105)
    good = request(here, "Content-Length: 8", "Accept-Encoding: gzip", line="POST /?query=&compress=1&param_x=5 HTTP/1.1")
    for _ in range(150):
        bent = bytearray(good)
        for _ in range(rng.randrange(1, 12)):
            bent[rng.randrange(len(bent))] = rng.randrange(256)
        answer = sent(here, bytes(bent[: rng.randrange(len(bent)) + 1]))
        assert not answer.startswith(b"HTTP/1") or status(answer) < 500 or status(answer) in (501, 505), bytes(bent)  # no such method, no such HTTP
    assert here.knock("SELECT 1").body == b"1\n"


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (
            b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\nSELECT {x:String}\r\n--b\r\nContent-Disposition: form-data; name="param_x"\r\n\r\ny\r\n--b--\r\n',
            200,
        ),
        (b'--b\r\nContent-Disposition: form-data; name="t"; filename="t"\r\n\r\n1\r\n--b--\r\n', 501),
        (b"--b\r\n\r\nSELECT 1\r\n--b--\r\n", 400),
        (b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\n\xff\r\n--b--\r\n', 400),
        (b"no form at all", 400),
        (b"--b\r\n" * 5_000, 400),
    ],
)
def test_forms_are_read_and_bent_ones_refused(here: Knocking, form: bytes, expected: int) -> None:
    answer = sent(here, request(here, "Content-Type: multipart/form-data; boundary=b", f"Content-Length: {len(form)}", body=form))
    assert status(answer) == expected


def test_one_connection_carries_many_questions_and_errors_do_not_end_it(here: Knocking) -> None:
    connection = here.connection()
    for sql, expected in (("SELECT 1", 200), ("SELECT nothing", 404), ("DROP TABLE x", 500), ("SELECT 2", 200)):
        connection.request("POST", "/", sql, here.basic)
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (expected, True)
    connection.close()


def test_silent_connections_make_room_for_those_who_ask(here: Knocking) -> None:
    silent = [socket.create_connection(("127.0.0.1", here.door.port), timeout=60) for _ in range(analysts.MOST_CONNECTIONS + 40)]
    for connection in silent[::2]:
        connection.sendall(b"POST / HTTP/1.1\r\nX-Slow")
    assert [here.knock("SELECT 1").body for _ in range(5)] == [b"1\n"] * 5
    assert silent[0].recv(1) == b"", "the one that was silent for longest is cut off"
    for connection in silent:
        connection.close()


@pytest.mark.parametrize("start", [b"", b"POST / HTTP/1.1\r\nHost: x\r\n", b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nSELECT"])
def test_who_does_not_end_his_request_is_cut_off(here: Knocking, monkeypatch: pytest.MonkeyPatch, start: bytes) -> None:
    monkeypatch.setattr(analysts, "IDLE_S", 0.2)
    monkeypatch.setattr(analysts, "READING_S", 0.2)
    assert b"200" not in sent(here, start, then_silent=True)


def test_who_does_not_listen_is_cut_off(here: Knocking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysts, "WRITING_S", 0.2)
    with socket.create_connection(("127.0.0.1", here.door.port), timeout=60) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sql = b"SELECT repeat('x', 1000) FROM numbers(30000) FORMAT RowBinary"
        connection.sendall(request(here, f"Content-Length: {len(sql)}", body=sql))
        assert connection.recv(10) == b"HTTP/1.1 2"
        assert here.door.connections.quiet(60)


def test_who_leaves_before_the_answer_leaves_nothing_behind(here: Knocking) -> None:
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", here.door.port), timeout=60) as connection:
            sql = b"SELECT repeat('x', 1000), sleepEachRow(0.01) FROM numbers(10)"
            connection.sendall(request(here, f"Content-Length: {len(sql)}", body=sql))
    assert here.door.connections.quiet(60)
    assert [file.name for file in here.folder.iterdir() if file.name.startswith("tmp")] == []


def test_a_disk_without_room_for_the_answer_costs_that_answer(here: Knocking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here.door, "spool", here.folder / "nowhere")
    answer = here.knock("SELECT repeat('x', 1000) FROM numbers(30000) FORMAT RowBinary")
    assert (answer.status, answer.headers["X-ClickHouse-Exception-Code"]) == (500, "243")
