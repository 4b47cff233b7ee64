"""What must hold beside the state before a transition (`transitions.csv`, column guards): each guard is a function that says what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.casework.clocks.rules import Facts
from pipeline.casework.lifecycle.book import Book
from pipeline.casework.lifecycle.work import Work
from pipeline.casework.rows import CaseRow
from schemas.command import Actor, Command
from schemas.limit import read_limit
from schemas.vocabulary import OPEN_STATES, Action, CaseState, Guard, Milestone, Role, Source, Start

REOPENED_WITHIN = timedelta(days=30)
"""So long a closed case may be reopened; then it is archived (`domain/domain.md` §1.6 (14))."""
ASKED_WITHIN = timedelta(days=30)
"""A review is asked for within so many days of the reply, a re-review of the review (《信访工作条例》, `domain/domain.md` §1.4)."""
TRIES, DAYS_OF_TRIES = 3, 2
"""So many attempts on so many days make "cannot be reached" (`domain/domain.md` §1.6 (7))."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An action that is asked for: on which case, by whom, when, under which rules."""

    case: CaseRow
    work: Work
    command: Command
    actor: Actor
    at: datetime
    book: Book
    facts: Facts
    """What the limits of its milestones depend on."""
    zone: ZoneInfo
    other: CaseRow | None = None
    other_work: Work | None = None


def held(guard: Guard, asked: Asked) -> str:
    """Empty where the guard holds; else a sentence that says what to do."""
    return _GUARDS[guard](asked)


def _unit_named(a: Asked) -> str:
    if a.command.unit or (a.command.action is Action.DISPATCHED and a.work.unit):
        return ""  # the first dispatch goes where routing says, unless another is named
    return "name the unit that it goes to"


def _reason(a: Asked) -> str:
    return "" if a.command.reason.strip() else "say why: a reason is kept with it"


def _own_case(a: Asked) -> str:
    if a.actor.role is Role.DESK:
        return ""
    if a.actor.role is Role.RESPONDER:
        return "" if a.actor.responder in a.work.sent else f"{a.actor.responder or 'whoever asks'} has no order for this case"
    if _accused(a):
        return f"{a.actor.unit} is complained of in this case, and may not handle it"
    if _is_of(a, a.work.unit) or any(_is_of(a, unit) for unit in a.work.co_units):
        return ""
    return f"the case is with {a.work.unit or 'the desk'}, not with {a.actor.unit or 'an unnamed unit'}"


def for_lead(a: Asked) -> bool:
    """Whether a unit acts for the lead: it is the lead, or below it, and no co-unit, which has a task of its own (a company below its department)."""
    is_of = a.book.dispatcher.is_of
    lead = frozenset({a.work.unit})
    beside = any(unit != a.work.unit and is_of(a.actor.unit, frozenset({unit})) and is_of(unit, lead) for unit in a.work.co_units)
    return _is_of(a, a.work.unit) and not beside


def _lead(a: Asked) -> str:
    if for_lead(a):
        return ""
    if any(_is_of(a, unit) for unit in a.work.co_units) and a.command.action is Action.FED_BACK:
        return ""  # its own task ends; the case does not
    return f"that is for the lead, {a.work.unit or 'the desk'}, alone"


def _is_of(a: Asked, unit: str) -> bool:
    """Whether whoever acts is that unit, or one below it; whom the case complains of never is."""
    return bool(unit) and a.actor.role is Role.UNIT and a.book.dispatcher.is_of(a.actor.unit, frozenset({unit})) and not _accused(a)


def _accused(a: Asked) -> bool:
    """Whether whoever acts is complained of, or below whom is."""
    return a.book.dispatcher.is_of(a.actor.unit, frozenset(a.work.against))


def _result(a: Asked) -> str:
    known = a.work.result if a.command.action is Action.CLOSED else ""  # what the unit fed back
    return "" if a.command.result.strip() or known else "say what was done: the result goes to whoever reported"


def _spoken(a: Asked) -> str:
    if a.work.spoken or a.command.actor.role is Role.DESK or _co_only(a):
        return ""
    days = {at.astimezone(a.zone).date() for at in a.work.tries}
    if len(a.work.tries) >= TRIES and len(days) >= DAYS_OF_TRIES:
        return ""
    if a.facts.source in (Source.JOINT_PATROL.value, Source.CITY_MANAGEMENT.value, Source.DEPARTMENT.value):
        return ""  # staff and machines reported it: there is nobody to speak to
    return f"speak to whoever reported first; or try {TRIES} times on {DAYS_OF_TRIES} days ({len(a.work.tries)} times on {len(days)} so far)"


def _co_only(a: Asked) -> bool:
    return not for_lead(a)


def _in_return_window(a: Asked) -> str:
    window = a.work.plan(Milestone.RETURN)
    if window is None or window.due is None or a.at <= window.due:
        return ""
    return f"the time to return it ended at {window.due.isoformat()}: it counts as accepted ({window.rule})"


def _return_complete(a: Asked) -> str:
    missing = [name for name, there in (("reason_code", a.command.reason_code), ("clause", a.command.clause.strip()), ("unit", a.command.unit)) if not there]
    return f"a return names {', '.join(missing)}, too" if missing else ""


def _first_return(a: Asked) -> str:
    if Action.RULED.value in a.work.done:
        return "a consultation has ruled whose it is: that is carried out"
    return "this unit has returned the case before: once a unit" if any(one.unit == a.work.unit for one in a.work.returns) else ""


def _no_return_open(a: Asked) -> str:
    return "a return waits for its ruling" if a.work.returning is not None else ""


def _return_open(a: Asked) -> str:
    if a.work.returning is None:
        return "no return waits for a ruling"
    return "a second return is for the consultation: rule on it" if a.work.disputed else ""


def _disputed(a: Asked) -> str:
    return "" if a.work.disputed and a.work.returning is not None else "the case is in no consultation"


def _not_accepted_reason(a: Asked) -> str:
    return "" if a.command.not_accepted is not None else "name the ground on which it is not accepted (N1 to N6)"


def _approved(a: Asked) -> str:
    return "" if a.command.approver.strip() else "name who approved it"


def _clock_runs(a: Asked) -> str:
    return "" if a.work.stands is None else f"its clock stands already ({a.work.stands.kind})"


def _clock_stands(a: Asked) -> str:
    return "" if a.work.stands is not None else "its clock runs"


def _extendable(a: Asked) -> str:
    try:
        wanted = read_limit(a.command.limit)
    except ValueError:
        wanted = None
    deadline = a.book.timetable.deadline(a.command.milestone, a.facts, a.work.running())
    if wanted is None or deadline is None:
        return "say by how much, in the limit's own kind of time, of a milestone that has a deadline"
    earlier = [limit for grant in a.work.grants if grant.milestone is a.command.milestone and (limit := read_limit(grant.limit)) is not None]
    refused = a.book.extensions.refused(deadline, a.facts, wanted, a.at, earlier)
    return "" if refused is None else f"not extended: {refused.value} ({refused.zh})"


def _supervised(a: Asked) -> str:
    return "" if a.work.supervision is not None else "it is not supervised"


def _reopen_window(a: Asked) -> str:
    closed = a.work.closed_at
    if closed is not None and a.at - closed <= REOPENED_WITHIN:
        return ""
    return f"it was closed more than {REOPENED_WITHIN.days} days ago: a new report opens a new case"


def _not_sealed(a: Asked) -> str:
    return "sealed: it is handed over on paper, and nobody is sent" if a.case.facts.sealed else ""


def _needs_done(a: Asked) -> str:
    return f"{', '.join(a.work.sent)} still have an order: let them finish, or withdraw it" if a.work.sent else ""


def _other_case(a: Asked) -> str:
    missing = _another(a)
    if missing or a.other is None:
        return missing
    return "" if a.book.row(a.command.action, CaseState(a.other.state)) is not None else f"{a.other.number} is {a.other.state}: it stays as it is"


def _another(a: Asked) -> str:
    if a.other is None or a.other_work is None:
        return "name the other case"
    return "that is the case itself" if a.other.ordinal == a.case.ordinal else ""


def _other_open(a: Asked) -> str:
    missing = _another(a)
    if missing:
        return missing
    assert a.other is not None  # noqa: S101  the guard above
    assert a.other_work is not None  # noqa: S101
    if a.other.facts.sealed:
        return "that case is sealed"
    if a.other_work.returning is not None:
        return "a return of that case waits for its ruling"
    return "" if CaseState(a.other.state) in OPEN_STATES else f"{a.other.number} is {a.other.state}: it takes no reports any more"


def _has_reports(a: Asked) -> str:
    if not a.command.reports:
        return "name the reports (source and id) that go into a case of their own"
    names = {f"{one.source.value}\x1f{one.source_id}" for one in a.command.reports}
    strangers = names - set(a.case.members)
    if strangers:
        return f"{len(strangers)} of the reports are not in this case"
    return "one report at least stays" if names == set(a.case.members) else ""


def _petition(a: Asked) -> str:
    return "" if a.facts.source == Source.PETITION.value else "reviews are for petitions (信访)"


def _review_window(a: Asked) -> str:
    first = a.command.action is Action.REVIEW_ASKED
    asked, since = (Start.REVIEW_ASKED, a.work.closed_at) if first else (Start.REREVIEW_ASKED, a.work.reached.get(Milestone.REVIEW.value))
    if asked.value in a.work.started:
        return "it was asked for before, and is asked for once"
    if since is None:
        return "a re-review is of a review: that comes first"
    return "" if a.at - since <= ASKED_WITHIN else f"it is asked for within {ASKED_WITHIN.days} days"


def _review_open(a: Asked) -> str:
    asked, answer = (Start.REVIEW_ASKED, Milestone.REVIEW) if a.command.action is Action.REVIEWED else (Start.REREVIEW_ASKED, Milestone.REREVIEW)
    if asked.value in a.work.started and answer.value not in a.work.reached:
        return ""
    return f"no {answer.value} waits for its answer"


_GUARDS: Mapping[Guard, Callable[[Asked], str]] = {
    Guard.UNIT_NAMED: _unit_named,
    Guard.REASON: _reason,
    Guard.OWN_CASE: _own_case,
    Guard.LEAD: _lead,
    Guard.RESULT: _result,
    Guard.SPOKEN: _spoken,
    Guard.IN_RETURN_WINDOW: _in_return_window,
    Guard.RETURN_COMPLETE: _return_complete,
    Guard.FIRST_RETURN: _first_return,
    Guard.NO_RETURN_OPEN: _no_return_open,
    Guard.RETURN_OPEN: _return_open,
    Guard.DISPUTED: _disputed,
    Guard.NOT_ACCEPTED_REASON: _not_accepted_reason,
    Guard.APPROVED: _approved,
    Guard.CLOCK_RUNS: _clock_runs,
    Guard.CLOCK_STANDS: _clock_stands,
    Guard.EXTENDABLE: _extendable,
    Guard.SUPERVISED: _supervised,
    Guard.REOPEN_WINDOW: _reopen_window,
    Guard.NOT_SEALED: _not_sealed,
    Guard.NEEDS_DONE: _needs_done,
    Guard.OTHER_CASE: _other_case,
    Guard.OTHER_OPEN: _other_open,
    Guard.HAS_REPORTS: _has_reports,
    Guard.PETITION: _petition,
    Guard.REVIEW_WINDOW: _review_window,
    Guard.REVIEW_OPEN: _review_open,
}
