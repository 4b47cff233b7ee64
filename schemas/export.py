"""JSON Schemas of every model that flows or describes a centre."""

from __future__ import annotations

from typing import Any

from schemas import case, centre, event, issue, order, reading, report
from schemas.fields import Model


def models() -> dict[str, type[Model]]:
    """Every public model, by name."""
    found: dict[str, type[Model]] = {}
    for module in (report, event, case, order, issue, reading, centre):
        for name, value in vars(module).items():
            if isinstance(value, type) and issubclass(value, Model) and value is not Model and value.__module__ == module.__name__:
                found[name] = value
    return found


def schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema by model name."""
    return {name: model.schema_json() for name, model in models().items()}
