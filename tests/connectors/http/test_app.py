"""The door from outside: a real server, a real home behind it."""

from __future__ import annotations

import gzip
import http.client
import json
import threading
from collections import Counter
from pathlib import Path

import pytest

from connectors.http.problem import CODES
from tests.connectors.http.conftest import Open
from tests.served.up import JSON, NDJSON, PROBLEM, Answered, Up, lines, report

PHONE = "19991234567"


def assert_problem(answer: Answered, status: int) -> None:
    """A problem as RFC 9457 has it, with our code."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == PROBLEM
    assert (answer.said["status"], answer.said["code"]) == (status, CODES[status])
    assert answer.said["detail"]


def one(number: int, **also: object) -> bytes:
    return json.dumps(report(number, **also)).encode()


# who may


def test_without_a_key_or_with_a_wrong_one_nobody_comes_in_and_learns_nothing_more(opened: Open) -> None:
    up = opened.up
    wrong = opened.hotline[:-1] + ("A" if opened.hotline[-1] != "A" else "B")
    for key in ("", "wrong", "ucc_", "ucc_x_y", wrong, opened.hotline + "x", "密"):
        answer = up.ask("POST", "/v1/reports/nowhere", key.encode().decode("latin-1"), b"x", "text/plain")
        assert_problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert_problem(up.ask("GET", "/v1/receipts/9dbb69eb-7703-5cc3-99e1-880dc52799f9"), 401)


def test_a_key_opens_the_door_of_its_source_alone(opened: Open) -> None:
    assert_problem(opened.up.push(opened.petition, lines([1])), 403)
    assert_problem(opened.up.push(opened.petition, lines([1]), source="nowhere"), 404)


def test_a_key_that_is_revoked_or_has_expired_opens_nothing_at_once(opened: Open) -> None:
    up = opened.up
    made = json.loads(up.run("keys", "create", "--source", "petition", "--name", "信访窗口", "--json").splitlines()[-1])
    assert up.push(made["key"], lines([10]), source="petition").status == 202
    up.run("keys", "revoke", made["id"])
    assert_problem(up.push(made["key"], lines([10]), source="petition"), 401)
    assert_problem(up.push(up.key("petition", "--expires", "0m"), lines([10]), source="petition"), 401)
    listed = {row["id"]: row for row in map(json.loads, up.run("keys", "list", "--json").splitlines())}
    assert listed[made["id"]]["state"] == "revoked"
    assert made["key"].rpartition("_")[2] not in json.dumps(listed)
    up.run("keys", "revoke", "ffffffff", code=2)


def test_a_receipt_is_shown_to_its_own_source_alone(opened: Open) -> None:
    (receipt,) = opened.up.push(opened.hotline, lines([20])).receipts
    assert opened.up.fates(opened.hotline, [receipt])[receipt]["outcome"] in {"opened", "merged"}
    assert_problem(opened.up.ask("GET", f"/v1/receipts/{receipt}", opened.petition), 404)
    for name in (receipt.upper(), receipt.replace("-", ""), "x", "9dbb69eb-7703-5cc3-99e1-880dc52799f9", "%00"):
        assert_problem(opened.up.ask("GET", f"/v1/receipts/{name}", opened.hotline), 404)


# what is taken


def test_what_the_door_does_not_read_is_refused_with_its_status(opened: Open) -> None:
    up, key = opened.up, opened.hotline
    assert_problem(up.push(key, lines([1]), kind="text/plain"), 415)
    assert_problem(up.push(key, lines([1]), kind="application/json; charset=gbk"), 415)
    assert_problem(up.push(key, lines([1]), Content_Encoding="br"), 415)
    assert_problem(up.push(key, b"x" * (9 << 20)), 413)
    assert_problem(up.push(key, b"{}\n" * 5_001), 413)
    assert_problem(up.push(key, b""), 400)
    assert_problem(up.push(key, b"\n \n"), 400)
    assert_problem(up.push(key, b"not packed", Content_Encoding="gzip"), 400)
    assert_problem(up.ask("GET", "/v1/reports/hotline12345", key), 405)
    assert_problem(up.ask("GET", "/nowhere", key), 404)


def test_where_no_line_can_be_read_each_has_its_reason(opened: Open) -> None:
    answer = opened.up.push(opened.hotline, b'{"source_id": "1"}\n[]\nnull')
    assert_problem(answer, 400)
    assert [(one["line"], one["status"], bool(one["error"]["detail"])) for one in answer.said["receipts"]] == [(n, "refused", True) for n in (1, 2, 3)]


def test_one_report_and_many_packed_and_not_have_the_same_receipts(opened: Open) -> None:
    up, key = opened.up, opened.hotline
    plain = up.push(key, one(30), kind=JSON)
    packed = up.push(key, gzip.compress(one(30)), Content_Encoding="gzip")
    assert plain.receipts == packed.receipts
    assert (plain.statuses, packed.statuses) == (["accepted"], ["resent"])


def test_reasons_repeat_no_number_of_a_person(opened: Open) -> None:
    bad = [one(40, **{PHONE: 1}), one(40, reported_at=PHONE), one(40, source="19991234567"), f'{{"{PHONE}": 1, "{PHONE}": 2}}'.encode(), f'"{PHONE}'.encode()]
    answer = opened.up.push(opened.hotline, b"\n".join(bad))
    assert_problem(answer, 400)
    assert PHONE not in json.dumps(answer.said)
    assert PHONE not in opened.up.said()


def test_a_report_twice_in_one_request_is_one_receipt_the_second_time_as_resent(opened: Open) -> None:
    answer = opened.up.push(opened.hotline, lines([50, 51, 50]))
    assert answer.statuses == ["accepted", "accepted", "resent"]
    assert answer.receipts[0] == answer.receipts[2]
    again = opened.up.push(opened.hotline, lines([50, 52]))
    assert (again.status, again.statuses) == (202, ["resent", "accepted"])


def test_a_revision_has_a_receipt_of_its_own_and_its_outcome(opened: Open) -> None:
    first = opened.up.push(opened.hotline, lines([60])).receipts
    second = opened.up.push(opened.hotline, lines([60], text="第60盏路灯修好又坏了")).receipts
    fates = opened.up.fates(opened.hotline, first + second)
    assert fates[second[0]]["outcome"] == "revised"
    assert fates[second[0]]["revision"] == 2
    assert fates[second[0]]["case_id"] == fates[first[0]]["case_id"]


def test_of_what_is_sealed_the_outcome_alone_is_told(opened: Open) -> None:
    text = "举报街道办主任受贿五万元"
    (receipt,) = opened.up.push(opened.hotline, lines([70], text=text)).receipts
    fate = opened.up.fates(opened.hotline, [receipt])[receipt]
    assert fate == {"receipt_id": receipt, "outcome": "sealed"}


def test_many_clients_at_once_each_get_the_receipts_of_their_own_lines(opened: Open) -> None:
    found: dict[int, list[str]] = {}

    def push(client: int) -> None:
        found[client] = [opened.up.push(opened.hotline, lines([1_000 + 10 * client + n])).receipts[0] for n in range(10)]

    threads = [threading.Thread(target=push, args=(client,)) for client in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    again = opened.up.push(opened.hotline, lines(range(1_000, 1_080)))
    assert set(again.statuses) == {"resent"}
    assert again.receipts == [receipt for client in range(8) for receipt in found[client]]


def test_a_large_request_of_all_lines_that_it_may_have_is_taken(opened: Open) -> None:
    answer = opened.up.push(opened.petition, gzip.compress(lines(range(20_000, 25_000))), source="petition", Content_Encoding="gzip")
    assert (answer.status, Counter(answer.statuses)) == (202, {"accepted": 5_000})


# once


def test_the_same_idempotency_key_gets_the_same_answer_and_another_body_is_refused(opened: Open) -> None:
    up, key = opened.up, opened.hotline
    first = up.push(key, lines([80]), Idempotency_Key="day 1")
    assert first.statuses == ["accepted"]
    assert up.push(key, lines([80]), Idempotency_Key="day 1") == first._replace(headers=up.push(key, lines([80]), Idempotency_Key="day 1").headers)
    assert_problem(up.push(key, lines([81]), Idempotency_Key="day 1"), 422)
    assert up.push(key, lines([80]), Idempotency_Key="day 2").statuses == ["resent"]
    assert_problem(up.push(key, lines([80]), Idempotency_Key="x" * 201), 400)


def test_an_idempotency_key_is_its_sources_own_and_keeps_refusals_too(opened: Open) -> None:
    up = opened.up
    first = up.push(opened.hotline, b"{}", Idempotency_Key="mine")
    assert_problem(first, 400)
    assert up.push(opened.hotline, b"{}", Idempotency_Key="mine").said == first.said
    assert up.push(opened.petition, lines([82]), source="petition", Idempotency_Key="mine").status == 202


# limits


def test_who_sends_more_than_the_key_may_is_told_when_to_come_again(tmp_path: Path) -> None:
    up = Up(tmp_path, door_requests="0.5", door_lines="1")
    key, other = up.key(), up.key("petition")
    up.start()
    try:
        answers = [up.push(key, lines([n])) for n in range(4)]
        assert [answer.status for answer in answers[:2]] == [202, 202]
        assert_problem(answers[3], 429)
        assert 0 < int(answers[3].headers["retry-after"]) <= 2
        assert up.push(other, b"{}\n" * 5_000, source="petition").status == 400
        assert_problem(up.push(other, lines(range(100)), source="petition"), 429)
    finally:
        up.close()


def test_a_client_that_goes_away_in_the_middle_costs_nobody_else_anything(opened: Open) -> None:
    for _ in range(3):
        connection = http.client.HTTPConnection("127.0.0.1", opened.up.port, timeout=10)
        connection.putrequest("POST", "/v1/reports/hotline12345")
        for name, value in (("Authorization", f"Bearer {opened.hotline}"), ("Content-Type", NDJSON), ("Content-Length", "1000000")):
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(lines([90]))
        connection.close()
    assert opened.up.push(opened.hotline, lines([91])).status == 202
    assert "Traceback" not in opened.up.said()


@pytest.mark.parametrize("raw", [b"\x00\x01\x02\r\n\r\n", b"GET /healthz HTTP/9.9\r\n\r\n", b"POST /v1/reports/x HTTP/1.1\r\nContent-Length: -1\r\n\r\n"])
def test_what_is_no_http_is_turned_away(opened: Open, raw: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", opened.up.port, timeout=10)
    connection.connect()
    connection.sock.sendall(raw)
    assert connection.sock.recv(100).startswith(b"HTTP/1.1 4")
    connection.close()
    assert opened.up.is_well()
