from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.digest import digest
from schemas.personal import Reporter
from schemas.report import Report

AT = datetime(2024, 1, 2, 3, 4, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=3)
TOKEN = st.text("ab/1", max_size=3)
CHANGES: dict[str, st.SearchStrategy[Any]] = {
    "source_id": st.text("ab1", min_size=1, max_size=3),
    "operation": st.sampled_from(["set", "withdraw"]),
    "reported_at": st.integers(0, 3).map(lambda s: AT + timedelta(seconds=s)),
    "text": TEXT,
    "address": TEXT,
    "area_hint": TOKEN,
    "lng": st.none() | st.sampled_from([0.0, 120.0, 120.00000001]),
    "lat": st.none() | st.sampled_from([0.0, 23.0]),
    "crs": st.sampled_from(["wgs84", "gcj02"]),
    "accuracy_m": st.none() | st.sampled_from([0.0, 1.0]),
    "code_standard": TOKEN,
    "code": TOKEN,
    "intent": st.none() | st.sampled_from(["INQ", "COMP"]),
    "urgency_hint": st.none() | st.sampled_from(["U1", "U2"]),
    "part_owner": TOKEN,
    "persons": st.none() | st.integers(1, 3),
    "attachments": st.lists(st.text("ab", max_size=2), max_size=3),
    "call": st.none()
    | st.fixed_dictionaries({"waited_s": st.none() | st.integers(0, 2), "lasted_s": st.none() | st.integers(0, 2), "answered": st.booleans()}),
    "extra": st.dictionaries(st.text("ab", max_size=2), TEXT, max_size=3),
    "reporter": st.none() | st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "phone", "id_number", "home"), TEXT)),
}
REPORTS = st.fixed_dictionaries({}, optional=CHANGES).map(
    lambda fields: Report.model_validate({"source": "petition", "source_id": "A", "reported_at": AT, **fields})
)


@given(REPORTS, REPORTS)
def test_equal_content_has_equal_digests_and_other_content_has_others(one: Report, other: Report) -> None:
    assert (digest(one) == digest(other)) == (one == other)


@given(REPORTS, st.integers(0, 9))
def test_when_it_came_and_in_which_order_is_not_part_of_it(report: Report, n: int) -> None:
    assert digest(report) == digest(report.model_copy(update={"order_key": str(n), "arrived_at": AT + timedelta(hours=n)}))


@given(REPORTS, st.text("abc", max_size=3))
def test_what_of_the_reporter_is_encrypted_is_not_part_of_it_for_it_is_another_each_time(report: Report, other: str) -> None:
    closed = [report.model_copy(update={"reporter": Reporter(phone="199****5678", token="t", key=key, box=key)}) for key in ("k", other)]
    assert digest(closed[0]) == digest(closed[1])
    assert digest(closed[0]) != digest(report.model_copy(update={"reporter": None}))


def test_every_field_is_looked_at() -> None:
    assert set(CHANGES) == set(Report.model_fields) - {"source", "order_key", "arrived_at"}


@pytest.mark.parametrize(
    ("one", "other"), [({"text": "a\x1fb"}, {"text": "a", "address": "b"}), ({"attachments": ["a", "b"]}, {"attachments": ["a"], "extra": {"b": ""}})]
)
def test_what_stands_in_one_field_cannot_look_like_another(one: dict[str, object], other: dict[str, object]) -> None:
    base = {"source": "petition", "source_id": "A", "reported_at": AT}
    assert digest(Report.model_validate({**base, **one})) != digest(Report.model_validate({**base, **other}))
