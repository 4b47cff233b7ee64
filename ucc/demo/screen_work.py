"""The tables of the demo that tell of the work on cases: where they stand, who goes there, what comes back, what a person has to look at."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from schemas.vocabulary import Action, AlertKind, AlertLevel, CaseState, Milestone, OrderState, Role, Source, Urgency
from ucc.demo.ended import Delivered
from ucc.demo.figures import Rows, first
from ucc.demo.tables import table, word

RULINGS = {"": "待裁定 not ruled yet", "upheld": "成立 upheld", "rejected": "驳回 rejected"}
STYLES = {AlertLevel.YELLOW: "yellow", AlertLevel.ORANGE: "dark_orange", AlertLevel.RED: "red"}
WANTS = {
    Action.DISPATCHED.value: ("无承办单位 no unit", "--unit {unit}"),
    Action.RETURN_REJECTED.value: ("退单待裁定 returned", "--reason 退单理由不成立"),
    Action.VERIFIED.value: ("已反馈待核查 answered, to be verified", "--reason 电话核查属实"),
    Action.RULED.value: ("疑难会商 disputed", "--unit {unit} --reason 会商裁定 --clause 会商纪要"),
}
"""Why a case waits for a person, and what else that person types."""
ANY_UNIT = "chengguan"
"""Where the matter names no unit of its own."""
SHORT, LONG = 7, 12
"""Characters of a name that are shown."""


def states(found: Rows) -> Table:
    """Cases by state, in the order of the states."""
    made = table("案件状态  cases by state", "状态 state", "案件 cases")
    numbers = {row["state"]: int(row["number"]) for row in found}
    for state in CaseState:
        if numbers.get(state.value):
            made.add_row(word(CaseState, state.value), f"{numbers[state.value]:,}")
    return made


def orders(found: Rows) -> Table:
    """Orders by state."""
    made = table("派遣任务  orders to responders", "状态 state", "任务 orders")
    numbers = {row["state"]: int(row["number"]) for row in found}
    for state in OrderState:
        if numbers.get(state.value):
            made.add_row(word(OrderState, state.value), f"{numbers[state.value]:,}")
    return made


def alerts(found: Rows) -> Table:
    """Alerts by kind and level."""
    made = table("预警  alerts", "类型 kind", "黄", "橙", "红", "待知悉 open")
    for row in found:
        made.add_row(word(AlertKind, row["kind"]), *(f"{int(row[level]):,}" if int(row[level]) else "" for level in ("yellow", "orange", "red", "open")))
    return made


def returns(found: Mapping[str, Rows], delivered: Delivered) -> Table:
    """What comes back: returns and their rulings, closings, what sources were told."""
    made = table("退单 办结 回传  returns, closings, write-back", "", "")
    for row in found["returns"]:
        made.add_row(f"退单 return: {RULINGS.get(row['ruling'], row['ruling'])}", f"{int(row['number']):,}")
    closed = found["closed"][0] if found["closed"] else {"number": 0, "with_limit": 0, "on_time": 0}
    made.add_row("办结 closed", f"{int(closed['number']):,}")
    if int(closed["with_limit"]):
        made.add_row("按时办结 on time", f"{int(closed['on_time']) / int(closed['with_limit']):.1%}")
    if found["results"]:
        made.add_row("结果 results", f"{sum(int(row['number']) for row in found['results']):,}")
        made.add_row("最终结果 final results", f"{sum(int(row['final']) for row in found['results']):,}")
    made.add_row("回传文件 told in files", f"{delivered.in_files:,}")
    made.add_row(f"回传HTTP told by HTTP ({Source.HOTLINE12345.zh})", f"{delivered.by_http:,}")
    return made


def commands(found: Rows) -> Table:
    """Commands by who gave them."""
    made = table("指令  commands", "谁 who", "指令", "未执行 refused")
    for row in found:
        made.add_row(word(Role, row["role"]), f"{int(row['number']):,}", f"{int(row['refused']):,}" if int(row["refused"]) else "")
    return made


def latest_orders(found: Rows, matters: Mapping[str, str], posts: Mapping[str, str]) -> Table:
    """Who is sent where, newest first."""
    made = table("在途任务  orders: who is sent where, and expected when", "案件 case", "事项", "街道", "谁 who", "状态", "派", "出发", "预计", "到场", words=9)
    for row in found:
        who = posts.get(row["responder"], row["responder"]).removesuffix("（合成）")
        matter = matters.get(row["matter"], row["matter"])
        of = (row["number"], matter[:SHORT], row["street"][:SHORT], who[:LONG], OrderState(row["state"]).zh)
        made.add_row(*of, *(row[at] or "" for at in ("offered", "departed", "expected", "arrived")))
    return made


def latest_alerts(found: Rows, matters: Mapping[str, str]) -> Table:
    """Alerts that nobody has acknowledged, newest first."""
    made = table("最新预警  newest alerts", "时刻", "级", "类型 kind", "节点", "案件 case", "事项", words=6)
    for row in found:
        level = AlertLevel(row["level"])
        milestone = Milestone(row["milestone"]).zh if row["milestone"] in set(Milestone) else ""
        made.add_row(
            row["at"], Text(level.zh, STYLES[level]), word(AlertKind, row["kind"]), milestone, row["number"], matters.get(row["matter"], row["matter"])[:SHORT]
        )
    return made


def waiting(found: Rows, all_: Rows, command: str, units: Mapping[str, str], matters: Mapping[str, str]) -> list[Text]:
    """What waits for a person, with what that person may type in another terminal; after some hours the simulated desk does it. No command: the day is over."""
    if not found:
        return []
    if not command:
        return [Text(f"待处理  waits for the desk: {int(first(all_)):,}", style="bold")]
    lines = [Text(f"待您处理  waits for you: {int(first(all_)):,}. In another terminal, before the simulated desk does it:", style="bold")]
    for row in found:
        why, more = WANTS[row["action"]]
        named = f"{row['number']} {word(Urgency, row['urgency'])} {matters.get(row['matter'], row['matter'])} {row['street']}: {why}"
        typed = f"{command} {row['action']} {row['number']} {more.format(unit=units.get(row['matter'], ANY_UNIT))}"
        lines += [Text(f"  {named}"), Text(f"    {typed}", style="cyan", no_wrap=True)]
    return lines
