"""Reads a story out of the warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import TypeAdapter

from schemas.errors import NotFound
from schemas.event import Why
from schemas.ports import Questions
from schemas.vocabulary import Milestone
from sinks.sql import kept
from sinks.story.model import Absorbed, Alerted, Deadline, NotDone, Step, Story, Telling, WroteBack

_WHYS: TypeAdapter[dict[str, Why]] = TypeAdapter(dict[str, Why])
_OF_CASE = (
    *("case_id", "number", "centre", "state", "flags", "sealed", "matter", "intent", "urgency", "unit", "co_units", "street", "community", "grid"),
    *("precision", "lng", "lat", "opened_at", "changed_at", "closed_at", "sent", "desk", "rework", "returns"),
)
_ORDER = {milestone.value: number for number, milestone in enumerate(Milestone)}


def story(warehouse: Questions, case: str) -> Story:
    """The story of the case with this number or id. Raises NotFound, WarehouseUnavailable.

    When its milestones were reached is not in it: see `settled`. Of a sealed case it has the steps and nothing that was said, decided or told.
    """
    found = _rows(warehouse, "case_named", wanted=case.strip())
    if not found:
        raise NotFound("there is no case with this number or id in the warehouse", where=case)
    row = found[0]
    key = {"centre": row["centre"], "case_id": row["case_id"]}
    journal = _rows(warehouse, "case_journal", **key)
    numbers = {line["case_id"]: line["number"] for line in _rows(warehouse, "case_numbers", **key)}
    made = Story(
        **{name: row[name] for name in _OF_CASE},
        pack=journal[-1]["pack"] if journal else row["pack"],
        clock=_rows(warehouse, "centre_clock", centre=row["centre"])[0]["at"],
        merged_into=numbers.get(row["merged_into"], row["merged_into"]),
        parent=numbers.get(row["parent"], row["parent"]),
        linked=tuple(numbers.get(one, one) for one in row["linked"]),
        standing=row["reports"],
        steps=tuple(_step(line, numbers) for line in journal),
        reports=tuple(_telling(line) for line in _rows(warehouse, "case_reports", **key)),
        absorbed=tuple(Absorbed(**line) for line in _rows(warehouse, "case_merged", **key)),
    )
    if made.sealed:
        return made
    return made.model_copy(
        update={
            "deadlines": tuple(
                Deadline(**line) for line in sorted(_rows(warehouse, "case_deadlines", **key), key=lambda line: _ORDER.get(line["milestone"], 0))
            ),
            "alerts": tuple(Alerted(**line) for line in _rows(warehouse, "case_alerts", **key)),
            "results": tuple(WroteBack(**line) for line in _rows(warehouse, "case_results", **key)),
            "refused": tuple(NotDone(**line) for line in _rows(warehouse, "case_refused", **key)),
            "children": tuple(Absorbed(**line) for line in _rows(warehouse, "case_children", **key)),
        }
    )


def _rows(warehouse: Questions, name: str, **values: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in warehouse.query(kept(name, **values), "JSONEachRow").splitlines()]


def _step(line: Mapping[str, Any], numbers: Mapping[str, str]) -> Step:
    kept_fields = {name: line[name] for name in ("seq", "at", "action", "from_state", "to_state", "actor", "source", "source_id")}
    return Step(
        **kept_fields,
        other_case=numbers.get(line["other_case"], line["other_case"]),
        why=Why.model_validate_json(line["why"]) if line["why"] else None,
        data=orjson.loads(line["data"]),
    )


def _telling(line: Mapping[str, Any]) -> Telling:
    kept_fields = {name: line[name] for name in Telling.model_fields if name != "why"}
    return Telling(**kept_fields, why=_WHYS.validate_json(line["why"]) if line["why"] else {})
