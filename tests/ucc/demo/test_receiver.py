from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from connectors.write_back.http_end import signature
from ucc.demo.receiver import Receiver

SECRET = b"a secret of sixteen bytes and more"


def post(url: str, body: bytes, name: str, signed: str) -> int:
    headers = {"Idempotency-Key": name, "X-UCC-Timestamp": "1772400000", "X-UCC-Signature": signed}
    request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310  loopback
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  loopback
        return int(answer.status)


def test_what_is_signed_is_taken_and_counts_once_however_often_it_comes() -> None:
    with Receiver(SECRET) as receiver:
        for name in ("a", "b", "a"):
            assert post(receiver.url, b"{}", name, signature(SECRET, 1772400000, b"{}")) == 204
        assert receiver.taken() == (2, 0)


@pytest.mark.parametrize("signed", ["", "sha256=00", signature(b"another secret of many bytes", 1772400000, b"{}"), signature(SECRET, 1772400001, b"{}")])
def test_what_is_not_signed_with_the_secret_is_refused(signed: str) -> None:
    with Receiver(SECRET) as receiver:
        with pytest.raises(urllib.error.HTTPError, match="401"):
            post(receiver.url, b"{}", "a", signed)
        assert receiver.taken() == (0, 1)
