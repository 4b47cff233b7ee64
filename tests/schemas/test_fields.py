from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.fields import FreeText, Instant, Token
from schemas.report import Report
from tests.schemas.strategies import INSTANTS, PRINTABLE, SAYABLE

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
TOKEN: TypeAdapter[str] = TypeAdapter(Token)
FREE_TEXT: TypeAdapter[str] = TypeAdapter(FreeText)
UNSAYABLE = st.characters(categories=["Cc", "Cf", "Co", "Zl", "Zp"])


@given(INSTANTS)
def test_an_instant_of_any_zone_is_the_same_instant_in_utc(at: datetime) -> None:
    kept = INSTANT.validate_python(at)
    assert kept == at
    assert kept.tzinfo is UTC
    assert INSTANT.validate_json(INSTANT.dump_json(kept)) == kept


@pytest.mark.parametrize("text", ["2024-01-02T03:04:05", "2024-01-02", "yesterday", ""])
def test_a_time_without_a_zone_is_no_instant(text: str) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(text)


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+08:00",  # has no name in UTC at all
        "9999-12-31T23:59:59-08:00",
        "1899-12-31T23:59:59Z",
        "2299-12-31T00:00:00Z",
    ],
)
def test_an_instant_that_the_warehouse_cannot_keep_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="1900 to 2299"):
        INSTANT.validate_json(f'"{text}"')


def test_the_instants_at_the_ends_of_what_can_be_kept_are_taken() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert INSTANT.validate_python(datetime(1900, 1, 1, 8, tzinfo=shanghai)) == datetime(1900, 1, 1, tzinfo=UTC)
    assert INSTANT.validate_python(datetime(2299, 12, 30, 23, 59, tzinfo=UTC)).year == 2299


@given(st.text(PRINTABLE))
def test_a_token_of_signs_that_can_be_seen_is_kept_as_it_is(text: str) -> None:
    assert TOKEN.validate_python(text) == text


@given(st.text(PRINTABLE), UNSAYABLE, st.text(PRINTABLE))
def test_a_token_with_a_control_a_zero_width_sign_or_a_line_break_is_refused(before: str, sign: str, after: str) -> None:
    with pytest.raises(ValidationError):
        TOKEN.validate_python(before + sign + after)


@pytest.mark.parametrize("sign", ["\n", "\r", "\t", "\x00", "\x1f", "\x7f", "\u200b", "\u200e", "\ufeff", "\u2028", "\u2029", "\ue000"])
def test_a_source_id_with_a_sign_that_cannot_be_seen_is_refused_wherever_it_stands(sign: str) -> None:
    for source_id in (f"{sign}A1", f"A{sign}1", f"A1{sign}"):
        with pytest.raises(ValidationError):
            Report.model_validate({"source": "petition", "source_id": source_id, "reported_at": "2024-01-02T03:04:05Z"})


@given(st.text(SAYABLE))
def test_what_people_write_is_kept_to_the_letter(text: str) -> None:
    assert FREE_TEXT.validate_python(text) == text


@pytest.mark.parametrize("text", ["\x00", "a\x00", "\x00\n", "多行\n\x00"])
def test_nul_is_refused_in_what_people_write(text: str) -> None:
    with pytest.raises(ValidationError):
        FREE_TEXT.validate_python(text)


def test_half_a_sign_is_refused_in_what_people_write() -> None:
    with pytest.raises(ValidationError):
        FREE_TEXT.validate_python("\ud800")
