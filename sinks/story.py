"""The story of a case: what happened to it, in order, and why each decision fell as it did (`DESIGN.md` §4, promise 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from pydantic import Field, TypeAdapter

from schemas.errors import NotFound
from schemas.event import Why
from schemas.fields import Instant, Model
from schemas.ports import Questions
from schemas.vocabulary import Action, CaseState, Intent, OutcomeKind, Precision, Source, Urgency, Word
from sinks.sql import kept

_WHYS: TypeAdapter[dict[str, Why]] = TypeAdapter(dict[str, Why])
DECISIONS = ("place", "matter", "intent", "urgency", "sealed", "unit")
"""In the order in which they are made."""


class Step(Model):
    """One line of the case's journal."""

    seq: int
    at: Instant
    action: str
    from_state: str = ""
    to_state: str
    actor: str
    source: str = ""
    source_id: str = ""
    other_case: str = Field(default="", description="Number of the other case of a merge or a move, where the warehouse has it; else its id.")
    why: Why | None = None


class Telling(Model):
    """One report of the case as it stands, with the reasons of its decisions."""

    source: str
    source_id: str
    revision: int
    standing: bool
    sealed: bool
    reported_at: Instant
    text: str
    address: str
    lng: float | None
    lat: float | None
    precision: str
    grid: str
    community: str
    street: str
    matter: str
    intent: str
    urgency: str
    unit: str
    co_units: tuple[str, ...] = ()
    pack: str
    replayed: int = Field(default=0, description="Lines of it that could not go on at first, and were replayed.")
    replayed_at: Instant | None = None
    why: dict[str, Why] = Field(default_factory=dict)


class Absorbed(Model):
    """A case that this one absorbed."""

    case_id: str
    number: str
    opened_at: Instant


class Story(Model):
    """All that is known of a case. Instants are UTC."""

    case_id: str
    number: str
    centre: str
    state: str
    merged_into: str = ""
    sealed: bool
    matter: str
    intent: str
    urgency: str
    unit: str
    street: str
    community: str
    opened_at: Instant
    changed_at: Instant
    standing: int
    steps: tuple[Step, ...]
    reports: tuple[Telling, ...]
    absorbed: tuple[Absorbed, ...]


def story(warehouse: Questions, case: str) -> Story:
    """The story of the case with this number or id. Raises NotFound, WarehouseUnavailable."""
    found = _rows(warehouse, "case_named", wanted=case.strip())
    if not found:
        raise NotFound("there is no case with this number or id in the warehouse", where=case)
    row = found[0]
    key = {"centre": row["centre"], "case_id": row["case_id"]}
    journal = _rows(warehouse, "case_journal", **key)
    numbers = {line["case_id"]: line["number"] for line in _rows(warehouse, "case_numbers", **key)}
    return Story(
        **{
            name: row[name]
            for name in (
                "case_id",
                "number",
                "centre",
                "state",
                "sealed",
                "matter",
                "intent",
                "urgency",
                "unit",
                "street",
                "community",
                "opened_at",
                "changed_at",
            )
        },
        merged_into=numbers.get(row["merged_into"], row["merged_into"]),
        standing=row["reports"],
        steps=tuple(_step(line, numbers) for line in journal),
        reports=tuple(_telling(line) for line in _rows(warehouse, "case_reports", **key)),
        absorbed=tuple(
            Absorbed(case_id=line["case_id"], number=line["number"], opened_at=line["opened_at"]) for line in _rows(warehouse, "case_merged", **key)
        ),
    )


def _rows(warehouse: Questions, name: str, **values: str) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in warehouse.query(kept(name, **values), "JSONEachRow").splitlines()]


def _step(line: Mapping[str, Any], numbers: Mapping[str, str]) -> Step:
    kept_fields = {name: line[name] for name in ("seq", "at", "action", "from_state", "to_state", "actor", "source", "source_id")}
    return Step(
        **kept_fields, other_case=numbers.get(line["other_case"], line["other_case"]), why=Why.model_validate_json(line["why"]) if line["why"] else None
    )


def _telling(line: Mapping[str, Any]) -> Telling:
    kept_fields = {name: line[name] for name in Telling.model_fields if name != "why"}
    return Telling(**kept_fields, why=_WHYS.validate_json(line["why"]) if line["why"] else {})


# as text


def told(story: Story, *, time_zone: str = "Asia/Shanghai", matters: Mapping[str, str] | None = None, units: Mapping[str, str] | None = None) -> str:
    """The story as a text for people, times in `time_zone`; `matters` and `units` give the (Chinese) names of codes."""
    named = _Names(ZoneInfo(time_zone), matters or {}, units or {})
    lines = [
        f"Case {story.number}  {named.word(CaseState, story.state)}{f' {story.merged_into}' if story.merged_into else ''}",
        f"  id        {story.case_id}",
        f"  matter    {named.matter(story.matter)}, {named.word(Intent, story.intent)}, {named.word(Urgency, story.urgency)}{', sealed' if story.sealed else ''}",
        f"  unit      {named.unit(story.unit)}",
        f"  place     {' '.join(part for part in (story.street, story.community) if part) or 'not known'}",
        f"  opened    {named.time(story.opened_at)}, last changed {named.time(story.changed_at)}",
        f"  reports   {story.standing} standing of {len(story.reports)}",
    ]
    if story.absorbed:
        lines.append(f"  absorbed  {', '.join(case.number for case in story.absorbed)}")
    lines += ["", "What happened"]
    for step in story.steps:
        lines += _step_lines(step, named)
    for report in story.reports:
        lines += ["", *_report_lines(report, named)]
    return "\n".join(lines) + "\n"


class _Names:
    """How codes and instants are shown."""

    def __init__(self, zone: ZoneInfo, matters: Mapping[str, str], units: Mapping[str, str]) -> None:
        self._zone = zone
        self._matters = matters
        self._units = units

    def time(self, at: datetime) -> str:
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")

    def word(self, words: type[Word], code: str) -> str:
        return f"{words(code).zh} {code}" if code in list(words) else code

    def matter(self, code: str) -> str:
        return f"{self._matters[code]} {code}" if code in self._matters else code

    def unit(self, code: str) -> str:
        return "the desk (指挥中心)" if not code else f"{self._units[code]} {code}" if code in self._units else code


def _step_lines(step: Step, named: _Names) -> list[str]:
    change = f" → {named.word(CaseState, step.to_state)}" if step.from_state != step.to_state else ""
    about = f" {step.source} {step.source_id}" if step.source_id else ""
    other = f" ({'into' if step.action == Action.ABSORBED else 'from'} {step.other_case})" if step.other_case else ""
    head = f"  {step.seq:>3}  {named.time(step.at)}  {named.word(Action, step.action)}{about}{other}{change}, by {step.actor}"
    return [head, *(f"       {line}" for line in _why_lines("because", step.why))]


def _report_lines(report: Telling, named: _Names) -> list[str]:
    withdrawn = "" if report.standing else f", {OutcomeKind.WITHDRAWN.zh} withdrawn"
    lines = [f"Report {named.word(Source, report.source)} {report.source_id}, revision {report.revision}{withdrawn}, said {named.time(report.reported_at)}"]
    if report.replayed and report.replayed_at is not None:
        of_it = "a line of it was a dead letter" if report.replayed == 1 else f"{report.replayed} lines of it were dead letters"
        lines.append(f"  replayed  {of_it}, replayed by {named.time(report.replayed_at)}")
    if report.sealed:
        return [*lines, "  sealed (密件): what it says and where is not shown"]
    lines += [f"  text      {' '.join(report.text.split())}", f"  address   {' '.join(report.address.split())}"]
    point = f"{report.lng:.6f}, {report.lat:.6f}" if report.lng is not None and report.lat is not None else "no point"
    place = " ".join(part for part in (report.street, report.community, report.grid) if part) or "not placed"
    shown = {
        "place": f"{place} ({point}, {named.word(Precision, report.precision)})",
        "matter": named.matter(report.matter),
        "intent": named.word(Intent, report.intent),
        "urgency": named.word(Urgency, report.urgency),
        "unit": named.unit(report.unit) + (f", with {', '.join(map(named.unit, report.co_units))}" if report.co_units else ""),
    }
    for decision in DECISIONS:
        if decision in shown or decision in report.why:
            lines.append(f"  {decision:<9} {shown.get(decision, '')}".rstrip())
            lines += [f"            {line}" for line in _why_lines("because", report.why.get(decision))]
    return [*lines, f"  rules     reference pack {report.pack}"]


def _why_lines(word: str, why: Why | None) -> Sequence[str]:
    if why is None:
        return []
    lines = [f"{word} {why.because or why.rule}{f' [{why.rule}]' if why.because else ''}"]
    for other in why.runners_up:
        score = "" if other.score is None else f", score {other.score:g}"
        lines.append(f"also considered: {other.choice}{score}{f' ({other.because})' if other.because else ''}")
    return lines
