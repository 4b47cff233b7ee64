from __future__ import annotations

from connectors.http.rate import Bucket, Rates


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_what_it_has_and_then_says_how_long_it_takes_to_fill() -> None:
    clock = Clock()
    bucket = Bucket(10, 20, clock)
    assert [bucket.take(15), bucket.take(5)] == [0, 0]
    assert bucket.take(5) == 0.5
    clock.now += 0.5
    assert bucket.take(5) == 0


def test_a_bucket_never_holds_more_than_its_most() -> None:
    clock = Clock()
    bucket = Bucket(10, 20, clock)
    clock.now += 1_000
    assert bucket.take(20) == 0
    assert bucket.take(1) > 0


def test_who_waits_as_long_as_told_is_let_in() -> None:
    clock = Clock()
    rates = Rates(0.25, 100, 5_000, clock)
    assert rates.requests("a") == 0
    assert rates.requests("a") == 3  # of the burst of five seconds a quarter is left
    clock.now += 3
    assert rates.requests("a") == 0


def test_each_key_has_its_own_and_a_full_request_always_fits_at_first() -> None:
    rates = Rates(1, 10, 5_000, Clock())
    assert rates.lines("a", 5_000) == 0
    assert rates.lines("a", 1) == 1
    assert rates.lines("b", 5_000) == 0
