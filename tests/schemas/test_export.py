from __future__ import annotations

from typing import Any

import orjson
import pytest

from schemas.export import models, schemas
from schemas.topics import TOPICS

WORDS_OF_DESIGN = {
    "Centre",
    "Report",
    "Matter",
    "Grid",
    "Case",
    "Unit",
    "Duty",
    "Responder",
    "Order",
    "Deadline",
    "Return",
    "Issue",
    "Alert",
    "Reading",
    "Indicator",
    "ReportEvent",
    "Transition",
}
"""DESIGN §2; source, intent and urgency are enumerations within them, an event is told by its kinds, the journal by its lines."""


def test_every_word_of_the_design_has_a_schema() -> None:
    assert set(schemas()) >= WORDS_OF_DESIGN


def test_whatever_flows_in_a_topic_has_a_schema() -> None:
    exported = set(models().values())
    assert [topic.name for topic in TOPICS.values() if topic.model is not None and topic.model not in exported] == []


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_schema_stands_alone_and_admits_no_unknown_fields(name: str) -> None:
    schema = schemas()[name]
    assert (schema["title"], schema["type"], schema["additionalProperties"]) == (name, "object", False)
    assert set(schema.get("required", [])) == {field for field, info in models()[name].model_fields.items() if info.is_required()}
    assert set(references(orjson.loads(orjson.dumps(schema)))) <= {f"#/$defs/{known}" for known in schema.get("$defs", {})}
    assert schema["description"]


def references(schema: Any) -> list[str]:
    """All `$ref`s of a schema."""
    if isinstance(schema, dict):
        return [schema["$ref"]] if "$ref" in schema else [found for part in schema.values() for found in references(part)]
    return [found for part in schema for found in references(part)] if isinstance(schema, list) else []


def test_a_schema_names_the_words_that_a_field_may_hold() -> None:
    assert schemas()["Report"]["$defs"]["Crs"]["enum"] == ["wgs84", "cgcs2000", "gcj02", "bd09"]
