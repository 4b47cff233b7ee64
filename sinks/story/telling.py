"""A story as a text for people: the head, what happened line by line, the alerts, the reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from schemas.event import Why
from schemas.vocabulary import (
    Action,
    AlertKind,
    AlertLevel,
    AlertStatus,
    CaseState,
    Intent,
    Milestone,
    OutcomeKind,
    Precision,
    Role,
    Source,
    Urgency,
)
from sinks.sayings import Language
from sinks.story.facts import Before, approver, facts
from sinks.story.model import Alerted, NotDone, Step, Story, Telling, WroteBack
from sinks.story.standing import standing
from sinks.story.tongue import WIDTH, Known, Tongue, label

DECISIONS = ("place", "matter", "intent", "urgency", "sealed", "unit", "against")
"""In the order in which they are told."""
_INDENT = " " * 7
_TABLE = "transitions/"
_MOST = 20
"""So many numbers of other cases are told; of an incident there may be hundreds."""
Lines = Iterator[str]


def told(story: Story, language: Language = "zh", *, time_zone: str = "Asia/Shanghai", known: Known | None = None, now: datetime | None = None) -> str:
    """The story as a text, times in `time_zone`, names as `known` has them; deadlines as they stand at `now`, or else at the centre's clock."""
    tongue = Tongue(language, time_zone, known or Known())
    lines = [*_head(story, tongue, max(now or story.clock, story.changed_at)), "", tongue("happened"), *_happened(story, tongue)]
    if story.alerts:
        lines += ["", tongue("alerts"), *(line for alert in story.alerts for line in _alert(alert, tongue))]
    for report in story.reports:
        lines += ["", *_report(report, tongue)]
    return "\n".join(lines) + "\n"


# the head


def _head(story: Story, tongue: Tongue, now: datetime) -> Lines:
    yield f"{tongue('case', number=story.number)}  {tongue.both(CaseState, story.state)}"
    yield label(tongue("matter"), tongue.matter(story.matter))
    yield label(tongue("intent"), tongue.word(Intent, story.intent))
    yield label(tongue("urgency"), tongue.clauses(tongue.both(Urgency, story.urgency), tongue("sealed") if story.sealed else ""))
    flags = [tongue.named("Flag", flag) for flag in story.flags]
    flags += [tongue(name, n=number) for name, number in (("reworked", story.rework), ("returned", story.returns)) if number]
    if flags:
        yield label(tongue("flags"), tongue.several(flags))
    yield label(tongue("lead"), tongue.unit(story.unit))
    if story.co_units:
        yield label(tongue("co_units"), tongue.several(map(tongue.unit, story.co_units)))
    if not story.sealed:
        yield label(tongue("place"), _place(story, tongue))
    yield from _others(story, tongue)
    yield label(tongue("opened"), tongue("opened_at", at=tongue.time(story.opened_at), changed=tongue.time(story.changed_at)))
    if story.closed_at is not None:
        yield label(tongue("closed"), tongue.time(story.closed_at))
    yield label(tongue("reports"), tongue("standing", standing=story.standing, all=len(story.reports)))
    if story.sent:
        yield label(tongue("sent"), tongue.several(map(tongue.responder, story.sent)))
    if story.desk:
        yield label(tongue("missing"), tongue("needs", n=story.desk))
    yield label(tongue("id"), story.case_id)
    if story.deadlines:
        yield f"  {tongue('deadlines', at=tongue.time(now))}"
        yield from (f"  {label(tongue.word(Milestone, one.milestone), standing(one, story, tongue, now))}" for one in story.deadlines)


def _others(story: Story, tongue: Tongue) -> Lines:
    """The cases that it has to do with."""
    for name, numbers in (
        ("merged_into", (story.merged_into,)),
        ("parent", (story.parent,)),
        ("children", tuple(case.number for case in story.children)),
        ("linked", story.linked),
        ("absorbed", tuple(case.number for case in story.absorbed)),
    ):
        if any(numbers):
            more = tongue("more", n=len(numbers) - _MOST) if len(numbers) > _MOST else ""
            yield label(tongue(name), tongue.several([*numbers[:_MOST], *filter(None, [more])]))


# what happened


def _happened(story: Story, tongue: Tongue) -> Lines:
    before: Before = {}
    refused = {seq: [one for one in story.refused if one.seq == seq] for seq in {one.seq for one in story.refused}}
    results = {seq: [one for one in story.results if one.seq == seq] for seq in {one.seq for one in story.results}}
    for step in story.steps:
        yield _step(step, tongue)
        yield from (_INDENT + line for line in facts(step, tongue, before))
        yield from (_INDENT + line for line in _reasons(step, tongue))
        yield from (_INDENT + _result(result, tongue) for result in results.get(step.seq, ()))
        yield from (f"     -  {_refused(one, tongue)}" for one in refused.get(step.seq, ()))


def _step(step: Step, tongue: Tongue) -> str:
    change = f" → {tongue.word(CaseState, step.to_state)}" if step.from_state != step.to_state else ""
    about = f" {tongue.word(Source, step.source)} {step.source_id}" if step.source_id else ""
    other = tongue.beside(_other(step, tongue))
    return f"  {step.seq:>3}  {tongue.time(step.at)}  {tongue.word(Action, step.action)}{about}{other}{change}{tongue('by', who=tongue.actor(step.actor))}"


def _other(step: Step, tongue: Tongue) -> str:
    if not step.other_case:
        return ""
    phrase = {
        Action.ABSORBED: "into_case",
        Action.MERGED: "into_case",
        Action.LINKED: "with_case",
        Action.INCIDENT: "parent_case",
        Action.CLOSED: "parent_case",
    }
    return tongue(phrase.get(Action(step.action), "from_case"), case=step.other_case)


def _reasons(step: Step, tongue: Tongue) -> Lines:
    """Why the step was done: of a person its own words, of the machine rule and evidence."""
    why = step.why
    if why is None:
        return
    if step.actor.partition(":")[0] not in (Role.DESK, Role.UNIT, Role.RESPONDER):
        if why.because or not why.rule.startswith(_TABLE):
            yield from _why(why, tongue)
        return
    approved = approver(step)
    reason = why.because.removesuffix(f"approved by {approved}").removesuffix("; ") if approved else why.because
    clause = str(step.data.get("clause", ""))
    if clause:
        reason = reason.removesuffix(clause).removesuffix("; ")
    if reason:
        yield tongue("reason", reason=" ".join(tongue.say(reason).split()))
    if approved:
        yield tongue("approved", who=approved)


def _result(result: WroteBack, tongue: Tongue) -> str:
    kind = "final" if result.final else "again" if result.again else ""
    phrase = "wrote_back_result" if result.result else "wrote_back"
    said = tongue(phrase, source=tongue.word(Source, result.source), id=result.source_id, said=result.said, result=" ".join(result.result.split()))
    return said + tongue.beside(tongue(kind) if kind else "")


def _refused(one: NotDone, tongue: Tongue) -> str:
    action, who = tongue.word(Action, one.action), tongue.actor(one.actor)
    return f"{tongue.time(one.at)}  {tongue('refused', action=action, who=who, why=tongue.say(one.detail), code=one.code)}"


# alerts


def _alert(alert: Alerted, tongue: Tongue) -> Lines:
    status = tongue.word(AlertStatus, alert.status)
    if alert.status != AlertStatus.OPEN:
        status = f"{status} {tongue.clock(alert.changed_at, alert.at)}"
    if alert.by:
        acknowledged = "" if alert.status == AlertStatus.ACKNOWLEDGED else tongue.word(AlertStatus, AlertStatus.ACKNOWLEDGED)
        status = tongue.clauses(status, " ".join(part for part in (acknowledged, tongue("by_whom", who=tongue.actor(alert.by))) if part))
    kind, level = tongue.word(AlertKind, alert.kind), tongue.word(AlertLevel, alert.level)
    if alert.milestone and alert.kind != AlertKind.UNSIGNED:
        kind = tongue("alert_of", milestone=tongue.word(Milestone, alert.milestone), kind=kind)
    yield "  " + tongue("alert", at=tongue.time(alert.at), kind=kind, level=level, status=status)
    yield _INDENT + tongue("tells", tells=tongue.several(tongue.named("Post", post) for post in alert.tells))
    yield from (_INDENT + line for line in _why(Why(rule=alert.rule, because=alert.evidence), tongue))


# reports


def _report(report: Telling, tongue: Tongue) -> Lines:
    withdrawn = "" if report.standing else tongue.clauses(" ", tongue.word(OutcomeKind, OutcomeKind.WITHDRAWN)).lstrip()
    source, at = tongue.word(Source, report.source), tongue.time(report.reported_at)
    yield tongue("report", source=source, id=report.source_id, revision=report.revision, withdrawn=withdrawn, at=at)
    if report.replayed and report.replayed_at is not None:
        phrase = "replayed_one" if report.replayed == 1 else "replayed_some"
        yield label(tongue("replayed"), tongue(phrase, n=report.replayed, at=tongue.time(report.replayed_at)))
    if report.sealed:
        yield f"  {tongue('nothing_shown')}"
        return
    for name, said in (("text", report.text), ("address", report.address)):
        if said.strip():
            yield label(tongue(name), " ".join(said.split()))
    shown = {
        "place": _place(report, tongue),
        "matter": tongue.matter(report.matter),
        "intent": tongue.word(Intent, report.intent),
        "urgency": tongue.both(Urgency, report.urgency),
        "unit": tongue.units(report.unit, report.co_units),
    }
    for decision in DECISIONS:
        if decision in shown or decision in report.why:
            yield label(tongue(decision), shown.get(decision, "")).rstrip()
            yield from (" " * (WIDTH + 2) + line for line in _why(report.why.get(decision), tongue))
    yield label(tongue("rules"), tongue("pack", pack=report.pack))


def _place(of: Story | Telling, tongue: Tongue) -> str:
    parts = [part for part in (of.street, of.community, tongue("grid", grid=of.grid) if of.grid else "") if part]
    point = f"{of.lng:.6f}, {of.lat:.6f}" if of.lng is not None and of.lat is not None else tongue("no_point")
    return (" ".join(parts) or tongue("not_placed")) + tongue.beside(tongue.clauses(point, tongue.word(Precision, of.precision) if of.precision else ""))


# both


def _why(why: Why | None, tongue: Tongue) -> Lines:
    if why is None:
        return
    yield f"{tongue('because', why=tongue.say(why.because))} [{why.rule}]" if why.because else tongue("by_rule", rule=why.rule)
    for other in why.runners_up:
        score = "" if other.score is None else tongue("score", score=f"{other.score:g}")
        considered = tongue.clauses(tongue("considered", choice=tongue.choice(other.choice)), score)
        yield considered + tongue.beside(tongue.say(other.because))
