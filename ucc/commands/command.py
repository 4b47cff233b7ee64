"""`ucc command`: works on a case from the terminal."""

from __future__ import annotations

import getpass
import uuid
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from schemas.command import Actor, Command, Verdict
from schemas.errors import BrokenSetting, Refused
from schemas.vocabulary import Action, Availability, CaseState, Milestone, NotAcceptedReason, OrderAct, ReturnReason, Role, Source, VerdictKind
from ucc.settings import brokers, home, settings

if TYPE_CHECKING:
    from schemas.vocabulary import Word

REFUSED, LATER = 1, 75
"""Exit codes: the fold refused it; no verdict yet."""


def command(
    action: Annotated[str, typer.Argument(help="What is done, in English or Chinese: signed or 签收, dispatched or 派遣, …; any other word lists them.")],
    case: Annotated[str, typer.Argument(help="The case's number or id; none for availability.")] = "",
    as_: Annotated[str, typer.Option("--as", help="Who acts: role:name, and @ of which unit or responder. The desk under your login, when not given.")] = "",
    unit: Annotated[str, typer.Option(help="To which unit it goes, or which is suggested.")] = "",
    co_unit: Annotated[list[str] | None, typer.Option(help="A unit that helps; may be said several times.")] = None,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    reason_code: Annotated[ReturnReason | None, typer.Option(help="Of a return.")] = None,
    clause: Annotated[str, typer.Option(help="Of a return: the clause it rests on; of a ruling: its basis.")] = "",
    precedent: Annotated[bool, typer.Option(help="Of a ruling: routing follows it from now on.")] = True,
    not_accepted: Annotated[NotAcceptedReason | None, typer.Option(help="Why it is not accepted.")] = None,
    approver: Annotated[str, typer.Option(help="Who approved a pause, a suspension, an extension.")] = "",
    milestone: Annotated[Milestone, typer.Option(help="Of an extension: which deadline.")] = Milestone.CLOSE,
    limit: Annotated[str, typer.Option(help="Of an extension: so much longer, as deadlines.csv writes it.")] = "none",
    level: Annotated[int, typer.Option(help="Of supervision; 0: the next one.")] = 0,
    result: Annotated[str, typer.Option(help="What was done, in words that may reach who reported.")] = "",
    evidence: Annotated[list[str] | None, typer.Option(help="A reference, never a content; may be said several times.")] = None,
    reached: Annotated[bool, typer.Option(help="Of a contact or revisit: whether somebody answered.")] = True,
    solved: Annotated[bool | None, typer.Option(help="Of a revisit.")] = None,
    satisfied: Annotated[bool | None, typer.Option(help="Of a revisit.")] = None,
    counted: Annotated[bool, typer.Option(help="Of a revisit: whether it counts among the three rates.")] = True,
    other: Annotated[str, typer.Option(help="The other case: its number or id.")] = "",
    report: Annotated[list[str] | None, typer.Option(help="Of a split: source:source_id; may be said several times.")] = None,
    need: Annotated[str, typer.Option(help="Which need of the run card: C-0203-U1-grid/1.")] = "",
    order: Annotated[int | None, typer.Option(help="Which order of the need, from 0; the standing one, when not given.")] = None,
    act: Annotated[OrderAct | None, typer.Option(help="What the responder says of its order.")] = None,
    responder: Annotated[str, typer.Option(help="Whom the desk sends, or whose availability it is.")] = "",
    availability: Annotated[Availability | None, typer.Option(help="Of a responder.")] = None,
    alert: Annotated[str, typer.Option(help="Which alert is acknowledged.")] = "",
    expect_state: Annotated[CaseState | None, typer.Option(help="Refused when the case stands elsewhere.")] = None,
    expect_seq: Annotated[int | None, typer.Option(help="Refused when the journal of the case has gone on.")] = None,
    command_id: Annotated[str, typer.Option("--id", help="Of the command, to send it again; made, when not given.")] = "",
    centre: Annotated[str, typer.Option(help="Which centre (UCC_CENTRE).")] = "",
    timeout: Annotated[float, typer.Option(min=0.0, max=300.0, help="Seconds to wait for the verdict.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="The verdict as a JSON object.")] = False,
) -> None:
    """Does something with a case, in its place in the order of its centre, and says what became of it.

    Exit codes: 0 done (or done before), 1 refused, 75 no verdict yet: send it again with the same --id, it is done once.
    Examples: `ucc command dispatched PUKOU-20260105-00042 --unit street-320111004 --reason 属地`,
    `ucc command signed PUKOU-20260105-00042 --as unit:值班员@street-320111004`.
    """
    from ucc.commanding import commanded

    wanted = _command(
        command_id=command_id or str(uuid.uuid4()),
        action=_action(action),
        case=case,
        actor=_actor(as_),
        expect_state=expect_state,
        expect_seq=expect_seq,
        reason=reason,
        unit=unit,
        co_units=tuple(co_unit) if co_unit else None,
        reason_code=reason_code,
        clause=clause,
        precedent=precedent,
        not_accepted=not_accepted,
        approver=approver,
        milestone=milestone,
        limit=limit,
        level=level,
        result=result,
        evidence=tuple(evidence or ()),
        reached=reached,
        solved=solved,
        satisfied=satisfied,
        counted=counted,
        other=other,
        reports=tuple(map(_report, report or ())),
        need=need,
        order=order,
        act=act,
        responder=responder,
        availability=availability,
        alert=alert,
    )
    where = home()
    verdict = commanded(where, brokers(), where.centre(centre or settings().centre), wanted, timeout, again=bool(command_id))
    if verdict is None:
        typer.echo(f"ucc: no verdict yet; ask again with --id {wanted.command_id}", err=True)
        raise typer.Exit(LATER)
    typer.echo(verdict.model_dump_json() if as_json else told(verdict))
    raise typer.Exit(REFUSED if verdict.verdict is VerdictKind.REFUSED else 0)


def told(verdict: Verdict) -> str:
    """A verdict for the person who commanded, in Chinese and English."""
    said = [_both(verdict.verdict), _both(verdict.action)]
    if verdict.number or verdict.case_id:
        said.append(verdict.number or verdict.case_id)
    if verdict.state is not None:
        said.append(f"{_both(verdict.state)} (seq {verdict.seq})")
    line = " · ".join(said)
    return f"{line}\n{verdict.detail} [{verdict.code}]" if verdict.detail else line


def _both(word: Word) -> str:
    return f"{word.zh} {word.value}"


def _command(**said: Any) -> Command:  # noqa: ANN401  the fields of a command
    from connectors.figures import refusal

    try:
        return Command(**said)
    except ValidationError as error:
        raise BrokenSetting(str(refusal(error, Command)), where="command") from None


def _action(text: str) -> Action:
    for action in Action:
        if text in (action.value, action.zh):
            return action
    raise BrokenSetting(f"there is no such action; there are {', '.join(f'{action.value} {action.zh}' for action in Action)}", where="action")


def _actor(text: str) -> Actor:
    """`role:name`, `unit:name@unit`, `responder:name@responder`."""
    from ucc.commanding import PEOPLE, actor_of

    role, _, rest = (text or f"{Role.DESK.value}:{getpass.getuser()}").partition(":")
    name, _, of = rest.partition("@")
    if role not in PEOPLE:
        raise BrokenSetting("say who acts as role:name, with desk, unit or responder for the role", where="--as")
    return actor_of(Role(role), name, unit=of if role == Role.UNIT else "", responder=of if role == Role.RESPONDER else "", where="--as")


def _report(text: str) -> dict[str, str]:
    source, _, source_id = text.partition(":")
    if source not in list(Source) or not source_id:
        raise Refused("say which report as source:source_id, with the source's own id", where="--report")
    return {"source": source, "source_id": source_id}
