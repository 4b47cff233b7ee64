from __future__ import annotations

from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.report import Accepted, Report, order_key, place_of
from tests.schemas.strategies import ACCEPTED, REPORT_FIELDS

NUMBERS = st.integers(0, 10**18 - 1)
BASE = {"source": "petition", "source_id": "A", "reported_at": "2024-01-02T03:04:05Z"}


@given(st.lists(NUMBERS, unique=True))
def test_the_order_of_keys_is_the_order_of_the_numbers(numbers: list[int]) -> None:
    ordered = sorted(numbers)
    assert sorted(map(order_key, numbers)) == [order_key(number) for number in ordered]
    assert all(order_key(low) < order_key(high) for low, high in pairwise(ordered))
    assert all(order_key(low).encode() < order_key(high).encode() for low, high in pairwise(ordered)), "the warehouse compares bytes"


@given(NUMBERS)
def test_a_key_holds_its_number_and_fits_a_report(number: int) -> None:
    key = order_key(number)
    assert int(key) == number
    assert Report.model_validate({**BASE, "order_key": key}).order_key == key


@pytest.mark.parametrize("number", [-1, 10**18])
def test_a_number_out_of_bounds_has_no_key(number: int) -> None:
    with pytest.raises(ValueError, match="whole number from 0"):
        order_key(number)


def test_text_is_its_own_key() -> None:
    assert order_key("2018-01-05T00:00:00.000000Z") == "2018-01-05T00:00:00.000000Z"


@given(ACCEPTED)
def test_an_accepted_report_comes_back_from_its_line(accepted: Accepted) -> None:
    line = accepted.to_json()
    assert b"\n" not in line
    assert Accepted.model_validate_json(line) == accepted
    assert Accepted.model_validate_json(accepted.line(accepted.report.to_json())) == accepted


def test_a_line_that_is_no_replay_says_nothing_of_one() -> None:
    report = Report.model_validate(BASE)
    first = Accepted(receipt_id="r", accepted_at=report.reported_at, report=report)
    again = first.model_copy(update={"replays": "letter", "first_place": place_of(12, 3)})
    assert set(orjson.loads(first.to_json())) == set(orjson.loads(first.line(report.to_json()))) == {"receipt_id", "accepted_at", "report"}
    assert orjson.loads(again.to_json())["first_place"] == orjson.loads(again.line(report.to_json()))["first_place"] == "#000000000000000012.000003"


@pytest.mark.parametrize("place", ["12.3", "#12.3", "#000000000000000012.0000031", "x"])
def test_a_place_that_does_not_sort_is_none(place: str) -> None:
    with pytest.raises(ValidationError):
        Accepted.model_validate({"receipt_id": "r", "accepted_at": "2024-01-02T03:04:05Z", "report": BASE, "first_place": place})


def test_the_strategy_fills_every_field_of_a_report() -> None:
    assert set(REPORT_FIELDS) | {"source", "source_id", "reported_at"} == set(Report.model_fields)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source_id", ""),
        ("source_id", "x" * 201),
        ("source", "fax"),
        ("lng", float("nan")),
        ("lat", float("inf")),
        ("accuracy_m", -1),
        ("persons", 0),
        ("text", "x" * 20_001),
        ("address", "x" * 1_001),
        ("attachments", ["x"] * 21),
        ("extra", {str(n): "" for n in range(41)}),
        ("reported_at", "2024-01-02T03:04:05"),
        ("phone", "13800000000"),
    ],
)
def test_what_lies_out_of_bounds_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        Report.model_validate({**BASE, field: value})
    assert [error["loc"][0] for error in caught.value.errors()] == [field]
