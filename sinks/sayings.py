"""The sentences that the core writes as reasons, evidence and answers, in English and in Chinese.

The core writes each in English, with codes and UTC instants. Here stands for each the same sentence in both languages; told again, instants are in the
centre's zone and codes are words. What is no sentence of the core's (what people wrote, the basis of a rule) stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Literal, NamedTuple

Language = Literal["zh", "en"]
Convert = Callable[[str, str], str]
"""What is in a hole, told: its kind and the text that stands there."""

_KINDS = {
    "n": r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?",
    "t": r"\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z)",
    "code": r"\S+?",
    "case": r"[A-Z0-9-]+",
    "need": r"\S+/\d+",
    "counts": r"\d+ [a-z_]+(?:, \d+ [a-z_]+)*",
    "first": r"(?: \([a-z_]+ by [^()]*\))?",
    "say": r".+",
    "words": r".+?",
}
"""What may stand in a hole of a kind; of a kind that is not here: one code of a list of words, `Milestone`; several with `s`: `CaseStates`."""
_CODE, _CODES = r"[A-Za-z_][A-Za-z0-9_-]*", r"[A-Za-z_][A-Za-z0-9_]*(?:(?:, | or )[A-Za-z_][A-Za-z0-9_]*)*"
_HOLE = re.compile(r"\{(\w+):(\w+)\}")
_IN_ENGLISH = {"not extended: {why:NotExtended} ({zh:words})": "not extended: {why}"}
"""What is told in other words than it was written in."""

_NEAR = "the same address or {m:n} m apart at most"
SAYINGS: tuple[tuple[str, str], ...] = (
    # whom to send
    ("{eta:n} s on the way ({m:n} m)", "路程{eta}秒（{m}米）"),
    ("answers for the grid -{s:n}", "责任网格减{s}"),
    ("{load:n} orders on hand +{s:n}", "在手任务{load}件加{s}"),
    ("{today:n} orders today +{s:n}", "当日任务{today}件加{s}"),
    ("nobody of its force stay round about +{s:n}", "附近无同类力量留守加{s}"),
    ("{stay:n} of its force stay round about +{s:n}", "附近同类力量留守{stay}人加{s}"),
    ("{n:n} of {of:n} {force:Force} missing with the skill {skills:words}: {why:say}", "缺{force}{n}名（应派{of}名，须会 {skills}）：{why}"),
    ("{n:n} of {of:n} {force:Force} missing: {why:say}", "缺{force}{n}名（应派{of}名）：{why}"),
    ("{all:counts}", "{all}"),
    ("nobody of this force belongs to the centre", "本中心无此类力量"),
    ("ring {ring:n}, no answer until {at:t}: {then:say}", "第{ring}圈，{at}前无人接单则{then}"),
    ("ring {ring:n}: whoever is there within {min:n} min", "扩至第{ring}圈（{min}分钟内可到者）"),
    ("the desk telephones", "由值班员电话派员"),
    ("nobody answered in {n:n} rings: telephone", "{n}圈均无人接单，请电话派员"),
    ("whom the desk chose has it {state:OrderState}", "值班员指派者：{state}"),
    ("at {urgency:Urgency} a person sends", "{urgency}件由值班员派员"),
    ("{need:need}: {why:say}", "{need}：{why}"),
    ("chosen by the desk", "值班员指派"),
    ("the desk chose another", "值班员改派他人"),
    ("may not serve it any more: {reason:NotSent}", "不再适合：{reason}"),
    ("nobody is sent at this urgency", "此紧急程度不派员"),
    ("the case went to another unit", "案件已改派其他单位"),
    ("the case is described differently now", "案情已变"),
    ("the case is sealed", "案件转为密件"),
    ("the case is {state:CaseState}", "案件{state}"),
    ("merged into {case:case}", "已并入 {case}"),
    ("the unit has fed back", "承办单位已反馈"),
    ("the incident is over", "群发事件已结束"),
    ("the incident's parent has ended", "群发事件母案已结束"),
    ("whoever goes to {case:case} goes for it, too", "由赴 {case} 者一并处置"),
    # deadlines, warnings, supervision
    ("the case was opened", "立案"),
    ("the reports describe the case differently now", "诉求内容已变"),
    ("a person has made it a case of its own", "经人工另立为一案"),
    ("another reference pack has taken effect", "新规则包生效"),
    ("{milestone:Milestone} of {case:case} is due at {at:t} ({rule:code})", "{case} 应于{at}前{milestone}（{rule}）"),
    ("{milestone:Milestone} of {case:case} was due at {at:t} ({rule:code})", "{case} 本应于{at}前{milestone}（{rule}）"),
    ("closing: {level:AlertLevel}", "办结{level}色预警"),
    ("{case:case} has not ended within the time of supervision level {level:n}", "{case} 在{level}级督办时限内未了结"),
    ("its timers cannot be fired: {why:words}", "计时无法执行：{why}"),
    # across cases
    (
        "{place:say} and {h:n} h apart from {source:Source} {id:words}; allowed {m:n} m, {hours:n} h",
        "与{source} {id} {place}、相隔{h}小时；规则许可{m}米、{hours}小时",
    ),
    ("{place:say} and {h:n} h apart from {source:Source} {id:words}", "与{source} {id} {place}、相隔{h}小时"),
    ("the same address", "地址相同"),
    ("{m:n} m away", "相距{m}米"),
    ("{source:Source} {id:words} is near reports of both: {near:say}", "{source} {id} 与两案诉求均相近：{near}"),
    ("its own case", "其自身案件"),
    (
        "{n:n} cases of {group:code} near each other and at nearly one time: {case:case} is the parent",
        "{group} 类{n}件案件时间、地点相近：以 {case} 为母案",
    ),
    ("the same event as {case:case}", "与 {case} 为同一事件"),
    ("{case:case} has ended otherwise than by closing: on its own again", "{case} 未经办结而终止：本案单独办理"),
    ("closed with the incident's parent {case:case}", "随群发事件母案 {case} 一并办结"),
    ("{case:case} was returned by {n:n} units: {units:units}", "{case} 已被{n}个单位退回：{units}"),
    ("{case:case} is with the desk ({rule:code}): a person finds out whose it is", "{case} 在指挥中心（{rule}）：由人工查明承办单位"),
    ("a leader has instructed it", "领导批示"),
    ("the source says that it belongs to {case:case}", "来源标明与 {case} 相关"),
    (
        "nobody's duty is known for this matter at this place: a person names the unit",
        "此事项在此地点没有职责规则可依：由值班员指明承办单位",
    ),
    (
        f"{{n:n}} reports in {{cases:n}} cases through {{channels:n}} channels within {{days:n}} days, {{quick:n}} cases within {{short:n}} days, {_NEAR}",
        "{days}天内{cases}案{n}件诉求、{channels}个渠道，{short}天内{quick}案，同一地址或相距不超过{m}米",
    ),
    (
        "{n:n} cases in the last hour, {usual:n} are usual: {ratio:n} times as many; probability {p:n}",
        "最近1小时{n}件，平时{usual}件：为平时的{ratio}倍；概率{p}",
    ),
    (
        "{n:n} cases in the last {hours:n} hours, {usual:n} are usual: {ratio:n} times as many; probability {p:n}",
        "最近{hours}小时{n}件，平时{usual}件：为平时的{ratio}倍；概率{p}",
    ),
    ("ruled on {day:words} in {case:case}: {basis:words}", "{day}于 {case} 裁定：{basis}"),
    # place, matter, intent, urgency, unit of a report
    ("the point lies in its polygon", "坐标在该网格内"),
    ("the point lies in its polygon, too", "坐标也在该网格内"),
    ("its border is less than {m:n} m away", "距其边界不足{m}米"),
    ("longitude and latitude were exchanged", "经纬度颠倒，已对调"),
    ("converted from {crs:words}", "由{crs}转换"),
    ("no grid holds the point", "坐标不在任何网格内"),
    ("there is no point", "无坐标"),
    ("the point is zero or out of the world", "坐标为零或超出范围"),
    ("neither address nor text names a known place", "地址和内容均无已知地名"),
    ("{field:Field} names it", "{field}提到该地"),
    ("{field:Field} names {name:words}: its centre, approximate", "{field}提到{name}：取其中心，约略"),
    ("it is called {name:words}, too", "也叫{name}"),
    ("{words:words}, of it neighbours {n:n}", "{words}，其中邻近事项{n}"),
    ("{words:words} + by night", "{words} + 夜间"),
    ("{words:words} + many people", "{words} + 多人"),
    ("probability {p:n}", "概率{p}"),
    ("no code, gate or word decides", "代码、词表均无从判定"),
    ("words speak for several matters alike, or too weakly", "词语所指事项不一，或不足以判定"),
    ("a sealed gate holds", "命中密件词"),
    ("every report of this matter is sealed", "此事项一律为密件"),
    ("the source sealed it", "来源定为密件"),
    ("a sealed report has no other urgency", "密件不另定紧急程度"),
    ("sealed", "密件"),
    ("sealed: discipline inspection alone", "密件：仅由纪检监察办理"),
    ("the source says so", "来源标明"),
    ("the source says {urgency:Urgency}", "来源标明为{urgency}"),
    ("{matter:code} is {urgency:Urgency}", "{matter} 属{urgency}"),
    ("it is not known where it is; the desk asks and places it", "地点不明；由指挥中心询问定位"),
    ("{unit:unit} is complained of and does not handle it (回避)", "{unit} 被投诉，回避不办"),
    ("{rule:code} complained of (回避)", "{rule} 被投诉，回避"),
    ("no rule of duty names a unit; the desk takes it (兜底)", "无职责规则指明承办单位；由指挥中心兜底"),
    # why a command was refused
    ("{by:actor} was first", "{by}已先行"),
    ("the case is {state:CaseState} at {seq:n} by now{first:first}: look at it again", "案件现为{state}（第{seq}条）{first}：请重新查看"),
    ("{action:Action} is possible in {states:CaseStates}; the case is {state:CaseState}{first:first}", "可{action}的状态为{states}；案件现为{state}{first}"),
    ("{action:Action} is possible in no state: nobody commands this; the case is {state:CaseState}{first:first}", "{action}不由人下令；案件现为{state}{first}"),
    ("{action:Action} is for {who:Roles}, not for {role:Role}", "{action}只可由{who}办理，不可由{role}办理"),
    ("this case is not worked on here", "此案不在本中心办理"),
    ("no unit has the id {unit:words}: look it up in units.csv", "没有代码为 {unit} 的承办单位：请查 units.csv"),
    ("{unit:unit} is complained of in this case, and may not handle it", "{unit} 在本案中被投诉，须回避"),
    ("sealed: nobody is sent", "密件：不派单"),
    ("supervision has the levels {levels:words}", "督办等级有：{levels}"),
    ("name the unit that it goes to", "请指明承办单位"),
    ("say why: a reason is kept with it", "请写明理由"),
    ("whoever asks has no order for this case", "下令者没有本案任务"),
    ("{who:words} has no order for this case", "{who} 没有本案任务"),
    ("the case is with {unit:unit}, not with an unnamed unit", "案件由 {unit} 承办，未指明以何单位名义办理"),
    ("the case is with {unit:unit}, not with {other:unit}", "案件由 {unit} 承办，不由 {other} 承办"),
    ("that is for the lead, {unit:unit}, alone", "只可由主办单位 {unit} 办理"),
    ("say what was done: the result goes to whoever reported", "请写明办理结果：结果要告知诉求人"),
    (
        "speak to whoever reported first; or try {tries:n} times on {days:n} days ({n:n} times on {on:n} so far)",
        "请先联系诉求人；或在{days}天内尝试{tries}次（目前{on}天{n}次）",
    ),
    ("the time to return it ended at {at:t}: it counts as accepted ({rule:code})", "退单时限已于{at}截止：视为接收（{rule}）"),
    ("a return names {missing:Fields}, too", "退单还须写明：{missing}"),
    ("this unit has returned the case before: once a unit", "本单位已退过一次：每单位限一次"),
    ("a return waits for its ruling", "有退单待裁定"),
    ("no return waits for a ruling", "没有待裁定的退单"),
    ("a second return is for the consultation: rule on it", "第二次退单由疑难会商裁定"),
    ("the case is in no consultation", "本案未进入疑难会商"),
    ("name the ground on which it is not accepted (N1 to N6)", "请指明不予受理理由（N1至N6）"),
    ("name who approved it", "请指明审批人"),
    ("its clock stands already ({kind:Action})", "计时已停（{kind}）"),
    ("its clock runs", "正在计时"),
    (
        "say by how much, in the limit's own kind of time, of a milestone that has a deadline",
        "请指明有时限的节点，并按原时限的时间单位写明延长多少",
    ),
    ("not extended: {why:NotExtended} ({zh:words})", "不予延期：{why}"),
    ("it is not supervised", "本案未被督办"),
    ("it was closed more than {days:n} days ago: a new report opens a new case", "办结已超过{days}天：新诉求另立新案"),
    ("sealed: it is handed over on paper, and nobody is sent", "密件：纸质移交，不派员"),
    ("{who:words} still have an order: let them finish, or withdraw it", "{who} 尚有任务：待其完成，或予撤回"),
    ("name the other case", "请指明另一案件"),
    ("that is the case itself", "所指即本案"),
    ("that case is sealed", "该案为密件"),
    ("a return of that case waits for its ruling", "该案有退单待裁定"),
    ("{case:case} is {state:CaseState}: it takes no reports any more", "{case} {state}：不再并入诉求"),
    ("{case:case} is {state:CaseState}: it stays as it is", "{case} {state}：不再变动"),
    ("one report that stands goes, and one stays, at least", "至少须有一件在案诉求转出、一件留下"),
    ("none of the reports that it gave stands in {case:case} any more: there is nothing to take back", "其诉求均已不在 {case}：无可收回"),
    ("name the reports (source and id) that go into a case of their own", "请指明要另立案件的诉求（来源和编号）"),
    ("{n:n} of the reports are not in this case", "有{n}件诉求不在本案"),
    ("one report at least stays", "至少须留一件诉求"),
    ("a consultation has ruled whose it is: that is carried out", "疑难会商已裁定承办单位：照此执行"),
    ("it was asked for before, and is asked for once", "此前已申请：限一次"),
    ("a re-review is of a review: that comes first", "先复查，后复核"),
    ("it is asked for within {n:n} days", "须在{n}天内申请"),
    ("no {milestone:Milestone} waits for its answer", "没有待答复的{milestone}"),
    ("reviews are for petitions (信访)", "复查复核只适用于信访"),
    ("this pack sends nobody to such a case", "规则包不为此类案件派员"),
    ("the case needs nobody", "本案无需派员"),
    ("the case needs {needs:words}", "本案需要：{needs}"),
    ("say accept, decline, depart, arrive, finish or withdraw", "请说明接单、谢绝、出发、到场、完成或撤回"),
    ("the order is somebody else's", "任务不属本人"),
    ("no such order of this case: name the need, and the order's number or its responder", "本案没有这一任务：请指明需要，以及任务序号或处置力量"),
    ("the order is {state:OrderState}: {act:OrderAct} comes too late or too early; look at it again", "任务{state}：此时不可{act}，请重新查看"),
    ("{act:OrderAct} of an order that is {state:OrderState} is for {who:Roles}, not for {role:Role}", "任务{state}时，{act}只可由{who}办理，不可由{role}办理"),
    ("the order is {state:OrderState}", "任务{state}"),
    ("no responder has this id: look it up in responders.csv", "没有此处置力量：请查 responders.csv"),
    (
        "its unit is complained of in this case, and may not handle it: choose somebody of another unit",
        "其单位在本案中被投诉，须回避：请选其他单位人员",
    ),
    ("the need is for {need:Force}, this is {force:Force}: choose one of that force", "需要{need}，所选为{force}：请选相应力量"),
    ("nobody is needed any more: it is done or called off", "已无需派员：已完成或已取消"),
    ("it has an order for this case already", "其已有本案任务"),
)
"""English as the core writes it, and Chinese; `{name:kind}` stands for what differs."""


class _Saying(NamedTuple):
    fits: re.Pattern[str]
    told: dict[Language, str]
    kinds: dict[str, str]


def say(text: str, language: Language, convert: Convert) -> str:
    """What the core wrote, told in a language; what it did not write as it is. Several sentences are told one by one."""
    found = _told(text, language, convert)
    if found is not None:
        return found
    for between, joined in (("; ", "；"), (", ", "，")):
        parts = text.split(between)
        told = [_told(part, language, convert) for part in parts]
        if len(parts) > 1 and between == "; ":
            return (joined if language == "zh" else between).join(say(part, language, convert) for part in parts)
        if len(parts) > 1 and None not in told:
            return (joined if language == "zh" else between).join(part for part in told if part is not None)
    return text


def _told(text: str, language: Language, convert: Convert) -> str | None:
    for saying in _sayings():
        match = saying.fits.fullmatch(text)
        if match is not None:
            holes = {
                name: say(match[name], language, convert)
                if kind == "say"
                else match[name]
                if kind in ("n", "code", "case", "need", "words")
                else convert(kind, match[name])
                for name, kind in saying.kinds.items()
            }
            return saying.told[language].format(**holes)
    return None


@cache
def _sayings() -> tuple[_Saying, ...]:
    return tuple(_saying(english, chinese) for english, chinese in SAYINGS)


def _saying(english: str, chinese: str) -> _Saying:
    kinds = dict(_HOLE.findall(english))
    parts, last = [], 0
    for hole in _HOLE.finditer(english):
        name, kind = hole.groups()
        several = kind.endswith("s") and kind[0].isupper()
        inside = _KINDS.get(kind, _CODES if several else _CODE if kind[0].isupper() else r".+?")
        parts += [re.escape(english[last : hole.start()]), f"(?P<{name}>{inside})"]
        last = hole.end()
    parts.append(re.escape(english[last:]))
    return _Saying(re.compile("".join(parts), re.DOTALL), {"en": _HOLE.sub(r"{\1}", _IN_ENGLISH.get(english, english)), "zh": chinese}, kinds)
