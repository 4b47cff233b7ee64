"""Commands by chance: with all that they need, or with anything. For the state machine."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from pipeline.casework.lifecycle.work import Work
from schemas.command import Actor, Command, ReportName
from schemas.vocabulary import Action, CaseState, Milestone, NotAcceptedReason, OrderAct, ReturnReason, Role, Source
from tests.casework.lifecycle.centre import DESK

UNITS = ("shuiwu", "chengguan", "gongshui", "zhengshou", "street-320111004")
BY_COMMAND = (Role.DESK, Role.UNIT, Role.RESPONDER)


@dataclass(frozen=True)
class Known:
    """What is known of a case when somebody wants something done to it."""

    number: str = ""
    members: tuple[str, ...] = ()
    work: Work | None = None
    others: tuple[str, ...] = ()
    """Numbers of all cases."""
    responders: tuple[str, ...] = ()


def chosen(chance: Random, known: Known, action: Action, actor: Actor, name: str, *, right: bool) -> Command:
    """A command of that id, with what it needs (`right`), or with anything."""
    needs = [] if known.work is None else [need.need for need in known.work.needs]
    some = known.members[: chance.randint(1, 2)]
    reports = tuple(ReportName(source=Source(key.partition("\x1f")[0]), source_id=key.partition("\x1f")[2]) for key in some)
    return Command(
        command_id=name,
        action=action,
        case=known.number,
        actor=actor,
        expect_state=None if right else chance.choice((None, None, None, CaseState.HANDLING)),
        expect_seq=None if right else chance.choice((None, None, None, 3)),
        reason="有理由" if right else chance.choice(("有理由", "")),
        unit=chance.choice(UNITS if right else (*UNITS, "", "nobody")),
        co_units=None if right else chance.choice((None, (), ("gongshui", "zhujian"))),
        reason_code=chance.choice((ReturnReason.R1, ReturnReason.R2, ReturnReason.R5, *(() if right else (None,)))),
        clause="三定方案" if right else chance.choice(("三定方案", "")),
        not_accepted=NotAcceptedReason.N4 if right else chance.choice((NotAcceptedReason.N4, None)),
        approver="值班长" if right else chance.choice(("值班长", "")),
        milestone=Milestone.CLOSE if right else chance.choice((Milestone.CLOSE, Milestone.SIGN)),
        limit=chance.choice(("1ewh", "1wd")) if right else chance.choice(("1wd", "30d", "none")),
        level=0 if right else chance.choice((0, 2, 9)),
        result="已处理" if right else chance.choice(("已处理", "")),
        reached=right or chance.choice((True, False)),
        other=chance.choice(known.others) if known.others else "",
        reports=reports if right or chance.random() < 0.5 else (),
        need=chance.choice(["", *needs]),
        order=None if right else chance.choice((None, 0, 1)),
        act=chance.choice(list(OrderAct)),
        responder=chance.choice(["", *known.responders]) if action is Action.ORDER_ASSIGNED else "",
        precedent=chance.choice((True, False)),
    )


def somebody(chance: Random, role: Role, known: Known) -> Actor:
    """Who has that role: mostly who has to do with the case."""
    work = known.work
    if role is Role.UNIT:
        mine = (work.unit if work is not None else "") or "shuiwu"
        others = ("jiaotong",) if work is None else (*work.co_units, "jiaotong")
        return Actor(role=role, name="经办人", unit=mine if chance.random() < 0.8 else chance.choice(others))
    if role is Role.RESPONDER:
        sent = work.sent if work is not None else ()
        return Actor(role=role, name="处置人", responder=chance.choice(sent or known.responders))
    return DESK if role is Role.DESK else Actor(role=role, name="某处")
