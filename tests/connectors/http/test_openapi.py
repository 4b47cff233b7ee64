"""The door does what its OpenAPI document says, whatever it is asked (schemathesis), and the document says what there is."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.generation import GenerationMode

from schemas.vocabulary import Source
from tests.connectors.http.conftest import Open

load_all_checks()
LEFT_OUT = {"positive_data_acceptance"}
"""A body is in the source's own words: that it is a JSON object makes it no report."""
CHECKED: Any = CHECKS.get_by_names([name for name in CHECKS.get_all_names() if name not in LEFT_OUT])
few = settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("/v1/reports/{source}", GenerationMode.POSITIVE),
        ("/v1/reports/{source}", GenerationMode.NEGATIVE),
        ("/v1/receipts/{receipt_id}", GenerationMode.POSITIVE),
        ("/v1/receipts/{receipt_id}", GenerationMode.NEGATIVE),
        ("/healthz", GenerationMode.POSITIVE),  # there is nothing in it that could be wrong
    ],
)
def test_schemathesis_finds_no_fault(opened: Open, path: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{opened.up.port}/openapi.json")
    (operation,) = schema[path].values()

    @few
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {opened.hotline}"}, checks=CHECKED)

    asked()


def test_the_document_names_the_sources_the_limits_and_every_answer(opened: Open) -> None:
    said = opened.up.ask("GET", "/openapi.json").said
    push = said["paths"]["/v1/reports/{source}"]["post"]
    assert push["parameters"][0]["schema"]["enum"] == [source.value for source in Source]
    assert set(push["responses"]) == {"202", "400", "401", "403", "404", "408", "409", "413", "415", "422", "429", "500", "503"}
    assert push["security"]
    assert "HTTPValidationError" not in str(said)
