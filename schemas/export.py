"""JSON Schemas of every model that flows or describes a centre."""

from __future__ import annotations

from typing import Any

from schemas import case, centre, clocks, command, event, issue, order, reading, report, watching
from schemas.fields import Model


def models() -> dict[str, type[Model]]:
    """Every public model, by name."""
    modules = (report, event, command, case, order, issue, reading, centre, clocks, watching)
    own = [(name, value, module) for module in modules for name, value in vars(module).items() if isinstance(value, type) and issubclass(value, Model)]
    return {name: value for name, value, module in own if value.__module__ == module.__name__}


def schemas() -> dict[str, dict[str, Any]]:
    """JSON Schema by model name."""
    return {name: model.json_schema() for name, model in models().items()}
