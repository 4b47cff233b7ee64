"""Loads a reference pack and validates it as a whole: a broken rule stops the start, never a case (`DESIGN.md` §4, promise 5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reference import clocks, duties, run_cards, transitions, watching
from reference import draft as drafts
from reference.coherence import Checks, most_specific
from reference.draft import HASH_LENGTH, Draft
from reference.pack import Reference
from reference.problem import Problem, broken
from reference.tables import (
    ADDRESSES,
    AREAS,
    BASE,
    CALENDAR,
    DAY_SPANS,
    DEADLINES,
    DISPATCH_RULES,
    DUTIES,
    EXTENSIONS,
    FORCES,
    GATES,
    INCIDENT_RULES,
    LEXICON,
    MATTERS,
    MERGE_RULES,
    METRICS,
    OFFICE_HOURS,
    RESPONDERS,
    RUN_CARDS,
    SHIFTS,
    SOURCE_CODES,
    SOURCE_WORDS,
    SUPERVISION,
    TRANSITIONS,
    UNITS,
    WARNINGS,
    WATCH_RULES,
    ZONES,
)
from schemas.errors import NotFound

if TYPE_CHECKING:
    from pathlib import Path

_ON_SHELF = re.compile(rf"(?P<name>.+)-(?P<hash>[0-9a-f]{{{HASH_LENGTH}}})")


def load(folder: Path, *, base: Path = BASE) -> Reference:
    """The pack in `folder`, over the rows of `base` unless it is complete.

    Raises BrokenReference, whose detail lists every problem (50 at most), each with file, row, field, value and what is
    allowed; NotFound when there is no such folder.
    """
    draft, problems = _read(folder, base)
    if problems:
        raise broken(problems, folder.name)
    return _reference(draft)


def check(folder: Path, *, base: Path = BASE) -> list[Problem]:
    """Every problem of the pack in `folder`, by file and row; none: `load` succeeds. Raises NotFound when there is no such folder."""
    return _read(folder, base)[1]


def read_valid(folder: Path, *, base: Path = BASE) -> tuple[Reference, dict[str, bytes]]:
    """As `load`, with the files of the complete pack beside it: name → bytes, what the hash covers."""
    draft, problems = _read(folder, base)
    if problems:
        raise broken(problems, folder.name)
    return _reference(draft), draft.contents


def _read(folder: Path, base: Path) -> tuple[Draft, list[Problem]]:
    if not folder.is_dir():
        raise NotFound("there is no such folder; a reference pack is a folder with pack.yaml, areas.csv and grids.geojson in it", where=str(folder))
    problems: list[Problem] = []
    draft = drafts.read(folder, base, problems)
    Checks(draft, folder.name, problems).run()
    duties.check(draft, folder.name, problems)
    run_cards.check(draft, folder.name, problems)
    clocks.check(draft, folder.name, problems)
    transitions.check(draft, folder.name, problems)
    watching.check(draft, folder.name, problems)
    shelved = _ON_SHELF.fullmatch(folder.name)
    if draft.manifest is not None and draft.manifest.complete and shelved is not None and shelved["hash"] != draft.hash:
        wrong = f"was changed after it was put on the shelf: its content has the hash {draft.hash}"
        problems.insert(0, Problem(folder.name, 0, "", "", wrong, "packs of the shelf as they are; change the source and put it to use again"))
    return draft, sorted(problems)


def _reference(draft: Draft) -> Reference:
    """A draft without problems as what decisions rest on."""
    manifest = draft.manifest
    if manifest is None:
        raise AssertionError("a pack without a manifest has a problem")
    matters = {matter.code: matter for matter in draft.of(MATTERS).items}
    return Reference(
        name=manifest.name,
        title=manifest.title,
        hash=draft.hash,
        time_zone=manifest.time_zone,
        district=manifest.district,
        matters=matters,
        units={unit.unit: unit for unit in draft.of(UNITS).items},
        duties=tuple(draft.of(DUTIES).items),
        areas={area.code: area for area in draft.of(AREAS).items},
        grids=tuple(draft.grids.items),
        polygons=draft.polygons,
        responders=tuple(draft.of(RESPONDERS).items),
        shifts={shift.shift: shift for shift in draft.of(SHIFTS).items},
        deadlines=tuple(draft.of(DEADLINES).items),
        calendar=tuple(sorted(draft.of(CALENDAR).items, key=lambda row: row.day)),
        source_codes={(code.standard, code.code): code for code in draft.of(SOURCE_CODES).items},
        merge_rules=most_specific(draft.of(MERGE_RULES).items, matters),
        gates=tuple(draft.of(GATES).items),
        lexicon=tuple(draft.of(LEXICON).items),
        addresses=tuple(draft.of(ADDRESSES).items),
        metrics={metric.code: metric for metric in draft.of(METRICS).items},
        manifest=manifest.model_dump(mode="json", exclude={"complete"}),
        run_cards=tuple(draft.of(RUN_CARDS).items),
        forces={rule.force: rule for rule in draft.of(FORCES).items},
        dispatch_rules={rule.urgency: rule for rule in draft.of(DISPATCH_RULES).items},
        office_hours=tuple(draft.of(OFFICE_HOURS).items),
        day_spans={span.span: span for span in draft.of(DAY_SPANS).items},
        zones={zone.area: zone.zone for zone in draft.of(ZONES).items},
        warnings=tuple(draft.of(WARNINGS).items),
        supervision=tuple(sorted(draft.of(SUPERVISION).items, key=lambda step: step.level)),
        extensions=tuple(draft.of(EXTENSIONS).items),
        transitions=tuple(draft.of(TRANSITIONS).items),
        source_words={(word.source, word.state): word for word in draft.of(SOURCE_WORDS).items},
        watching=watching.watching(draft.of(WATCH_RULES).items),
        incident_rules=tuple(draft.of(INCIDENT_RULES).items),
    )
