"""The closed word lists of the domain (`DESIGN.md` §2, `domain/domain.md` §1–§4), as enumerations with their Chinese names."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """An enumeration whose members carry the Chinese name beside the code."""

    zh: str

    def __new__(cls, code: str, zh: str = "") -> Self:
        """A member: its code, and its Chinese name."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.zh = zh
        return member


class Source(Word):
    """来源渠道: through which channel a report comes."""

    HOTLINE12345 = "hotline12345", "12345热线"
    POLICE110 = "police110", "110非警务"
    CITY_MANAGEMENT = "city_management", "数字城管"
    PETITION = "petition", "信访"
    JOINT_PATROL = "joint_patrol", "大联勤"
    DEPARTMENT = "department", "部门专线"


class Feed(Word):
    """专线: the eleven departments with a line of their own (`domain/domain.md` §0)."""

    WATER = "water", "水务"
    POWER = "power", "供电"
    GAS = "gas", "燃气"
    POLICE = "police", "公安"
    TRAFFIC = "traffic", "交通"
    CULTURE_TOURISM = "culture_tourism", "文旅"
    HEALTH = "health", "卫健"
    FIRE = "fire", "消防"
    ENVIRONMENT = "environment", "生态环境"
    EMERGENCY = "emergency", "应急管理"
    MARKET = "market", "市场监管"


class Operation(Word):
    """What a line does to the report it names."""

    SET = "set", "上报"
    WITHDRAW = "withdraw", "撤回"


class Intent(Word):
    """诉求性质 (axis A of the taxonomy, `domain/domain.md` §2)."""

    INQUIRY = "INQ", "咨询"
    HELP = "HELP", "求助"
    COMPLAINT = "COMP", "投诉"
    ACCUSATION = "REPT", "举报"
    SUGGESTION = "SUGG", "建议"
    PRAISE = "PRAI", "表扬"
    OTHER = "OTHR", "其他"


class Urgency(Word):
    """紧急程度 (axis C). `NONE` is the taxonomy's `-`: nothing to do in a time."""

    U1 = "U1", "特急"
    U2 = "U2", "紧急"
    U3 = "U3", "一般"
    U4 = "U4", "疑难长周期"
    SEALED = "US", "密件"
    NONE = "U-", "无"


class Force(Word):
    """处置力量: what kind of person or team can be sent."""

    POLICE = "police", "民警"
    ENFORCEMENT = "enforcement", "综合执法"
    GRID = "grid", "网格员"
    VOLUNTEER = "volunteer", "志愿者"
    REPAIR = "repair", "抢修养护"
    FIRE = "fire", "消防"
    MEDICAL = "medical", "医疗"
    MEDIATION = "mediation", "调解"


class Crs(Word):
    """Coordinate reference systems in which points arrive. CGCS2000 is treated as WGS-84 (`domain/domain.md` §3)."""

    WGS84 = "wgs84", "WGS-84"
    CGCS2000 = "cgcs2000", "CGCS2000"
    GCJ02 = "gcj02", "GCJ-02"
    BD09 = "bd09", "BD-09"


class Precision(Word):
    """How well a report is placed, best first."""

    POINT = "point", "坐标"
    ADDRESS = "address", "地址"
    COMMUNITY = "community", "社区(约)"
    NONE = "none", "待定位"


class OutcomeKind(Word):
    """What became of one accepted line; each line has exactly one (`DESIGN.md` §4, promise 1)."""

    OPENED = "opened", "立案"
    MERGED = "merged", "并案"
    REVISED = "revised", "更新"
    RESENT = "resent", "重发"
    LATE = "late", "迟到"
    WITHDRAWN = "withdrawn", "撤回"
    SEALED = "sealed", "密件"
    REFUSED = "refused", "拒收"
    DEAD = "dead", "死信"


class TimeKind(Word):
    """时间单位: in which time a limit runs (`domain/domain.md`, Decisions, Hours and days)."""

    ELAPSED = "elapsed", "紧急工作时"
    OFFICE = "office", "工作时"
    WORKING_DAYS = "working_days", "工作日"
    CALENDAR_DAYS = "calendar_days", "自然日"


class Milestone(Word):
    """时限节点: what must have happened by a deadline, in the order in which it usually happens (`domain/domain.md` §1, §4.5, §4.6)."""

    SCREEN = "screen", "甄别"
    ACCEPT = "accept", "受理"
    DISPATCH = "dispatch", "派遣"
    SIGN = "sign", "签收"
    RETURN = "return", "退单"
    RULING = "ruling", "退单裁定"
    CONTACT = "contact", "先行联系"
    DEPART = "depart", "出动"
    ARRIVE = "arrive", "到场"
    INITIAL = "initial", "初报"
    SECURE = "secure", "排险"
    VERIFY = "verify", "核查"
    REVISIT = "revisit", "回访"
    CLOSE = "close", "办结"
    REVIEW = "review", "复查"
    REREVIEW = "rereview", "复核"


class Start(Word):
    """起算点: what starts a clock; never the sign-in (`domain/domain.md` §1.0 a)."""

    RECEIVED = "received", "收到"
    ACCEPTED = "accepted", "受理"
    DISPATCHED = "dispatched", "派遣"
    RETURNED = "returned", "申请退单"
    FED_BACK = "fed_back", "办结反馈"
    REVIEW_ASKED = "review_asked", "申请复查"
    REREVIEW_ASKED = "rereview_asked", "申请复核"


class AlertLevel(Word):
    """预警等级, mildest first."""

    YELLOW = "yellow", "黄"
    ORANGE = "orange", "橙"
    RED = "red", "红"


class CaseState(Word):
    """Where a case stands (`domain/domain.md` §1.0). What is beside the state (suspended, supervised, …) is no state."""

    CLASSIFIED = "CLASSIFIED", "已分类待派"
    DISPATCHED = "DISPATCHED", "已派遣"
    SIGNED = "SIGNED", "已签收"
    CONTACTED = "CONTACTED", "已联系"
    ON_SITE = "ON_SITE", "已到场"
    HANDLING = "HANDLING", "办理中"
    FEEDBACK = "FEEDBACK", "已反馈"
    VERIFYING = "VERIFYING", "核查中"
    REVISITING = "REVISITING", "回访中"
    CLOSED = "CLOSED", "已办结"
    ARCHIVED = "ARCHIVED", "已归档"
    NOT_ACCEPTED = "NOT_ACCEPTED", "不予受理"
    TRANSFERRED = "TRANSFERRED", "已转出"
    VOID = "VOID", "已作废"
    WITHDRAWN = "WITHDRAWN", "来源撤回"
    MERGED = "MERGED", "已并入"


OPEN_STATES = frozenset(
    {
        CaseState.CLASSIFIED,
        CaseState.DISPATCHED,
        CaseState.SIGNED,
        CaseState.CONTACTED,
        CaseState.ON_SITE,
        CaseState.HANDLING,
        CaseState.FEEDBACK,
        CaseState.VERIFYING,
        CaseState.REVISITING,
    }
)
"""Work on the case may go on."""


class Action(Word):
    """What a line of the journal says happened to a case. What a person may command is a row of `transitions.csv`."""

    # what sources say, and what the fold makes of it
    OPENED = "opened", "立案"
    JOINED = "joined", "并入诉求"
    REVISED = "revised", "诉求更新"
    MOVED = "moved", "改属地"
    REPORT_WITHDRAWN = "report_withdrawn", "诉求撤回"
    WITHDRAWN = "withdrawn", "案件撤回"
    REVIVED = "revived", "诉求恢复"
    ABSORBED = "absorbed", "并入他案"
    REPORT_MOVED = "report_moved", "诉求转案"
    # the way of a case
    DISPATCHED = "dispatched", "派遣"
    REASSIGNED = "reassigned", "改派"
    SIGNED = "signed", "签收"
    CONTACTED = "contacted", "先行联系"
    CONTACT_TRIED = "contact_tried", "联系未果"
    ARRIVED = "arrived", "到场"
    HANDLED = "handled", "开始办理"
    INITIAL_REPORT = "initial_report", "初报"
    SECURED = "secured", "排险"
    FED_BACK = "fed_back", "办结反馈"
    VERIFYING = "verifying", "开始核查"
    VERIFIED = "verified", "核查通过"
    REVISITED = "revisited", "回访"
    CLOSED = "closed", "办结"
    ARCHIVED = "archived", "归档"
    REWORKED = "reworked", "返工"
    REOPENED = "reopened", "重办"
    NOT_ACCEPTED = "not_accepted", "不予受理"
    TRANSFERRED = "transferred", "转出"
    VOIDED = "voided", "作废"
    # beside the state
    SUSPENDED = "suspended", "挂账"
    PAUSED = "paused", "停表"
    RESUMED = "resumed", "恢复计时"
    EXTENDED = "extended", "延期"
    SUPERVISED = "supervised", "督办"
    SUPERVISION_ENDED = "supervision_ended", "解除督办"
    RETURN_ASKED = "return_asked", "申请退单"
    RETURN_UPHELD = "return_upheld", "退单成立"
    RETURN_REJECTED = "return_rejected", "退单驳回"
    RULED = "ruled", "会商裁定"
    REVIEW_ASKED = "review_asked", "申请复查"
    REREVIEW_ASKED = "rereview_asked", "申请复核"
    REVIEWED = "reviewed", "复查答复"
    REREVIEWED = "rereviewed", "复核答复"
    # people's hands on merging
    MERGED = "merged", "人工并案"
    UNMERGED = "unmerged", "撤销并案"
    SPLIT = "split", "拆分"
    LINKED = "linked", "关联"
    INCIDENT = "incident", "纳入群发事件"
    # orders to responders
    ORDERED = "ordered", "派员"
    ORDER_TOLD = "order_told", "任务进展"
    ORDER_ASSIGNED = "order_assigned", "指派"
    NEEDED = "needed", "需要力量"
    # time
    PLANNED = "planned", "时限重排"
    WARNED = "warned", "预警"
    ACKNOWLEDGED = "acknowledged", "预警知悉"
    AVAILABILITY = "availability", "在岗状态"


class Role(Word):
    """Who may act on a case."""

    DESK = "desk", "指挥中心"
    UNIT = "unit", "承办单位"
    RESPONDER = "responder", "处置力量"
    SOURCE = "source", "来源渠道"
    CLOCK = "clock", "系统时钟"


class ReturnReason(Word):
    """退单理由 (`domain/domain.md` §4.5)."""

    R1 = "R1", "职责不符"
    R2 = "R2", "属地不符"
    R3 = "R3", "权属不清"
    R4 = "R4", "要素不全"
    R5 = "R5", "重复件"
    R6 = "R6", "已办结"
    R7 = "R7", "法定途径"
    R8 = "R8", "不可抗力"


class NotAcceptedReason(Word):
    """不予受理理由 (`domain/domain.md` §1.1, Not accepted)."""

    N1 = "N1", "诉讼仲裁纪检复议信息公开等法定途径"
    N2 = "N2", "已进入信访程序"
    N3 = "N3", "涉密、隐私或违反公序良俗"
    N4 = "N4", "不属行政职权"
    N5 = "N5", "同一事项正在办理或已依法办结且无新事实"
    N6 = "N6", "骚扰或无实质诉求"


class VerdictKind(Word):
    """What became of a command."""

    DONE = "done", "已执行"
    DONE_BEFORE = "done_before", "此前已执行"
    REFUSED = "refused", "未执行"


class AlertKind(Word):
    """What somebody must look at."""

    DUE_SOON = "due_soon", "临期"
    OVERDUE = "overdue", "超期"
    UNSIGNED = "unsigned", "未签收"
    NO_RESPONDER = "no_responder", "无人可派"
    NO_UNIT = "no_unit", "无承办单位"
    SIX_IN_30_DAYS = "six_in_30_days", "30天6次"
    THREE_IN_3_DAYS = "three_in_3_days", "三天三单"
    SURGE = "surge", "同类激增"
    INCIDENT = "incident", "群发事件"
    CONSULTATION = "consultation", "疑难会商"
    SUPERVISION = "supervision", "督办到期"
    BROKEN_TIMER = "broken_timer", "计时故障"


class AlertStatus(Word):
    """Where an alert stands."""

    OPEN = "open", "待知悉"
    ACKNOWLEDGED = "acknowledged", "已知悉"
    OVER = "over", "已解除"


class Guard(Word):
    """守则: what must hold beside the state before a transition; each is a function in `pipeline/casework/lifecycle/guards.py`."""

    UNIT_NAMED = "unit_named", "指明承办单位"
    REASON = "reason", "写明理由"
    OWN_CASE = "own_case", "本单位承办（主办或协办）"
    LEAD = "lead", "主办单位"
    RESULT = "result", "写明办理结果"
    SPOKEN = "spoken", "已联系诉求人，或不少于两天内三次联系未果"
    IN_RETURN_WINDOW = "in_return_window", "退单窗口内"
    RETURN_COMPLETE = "return_complete", "理由代码、依据条款、建议单位齐全"
    FIRST_RETURN = "first_return", "本单位首次退单"
    NO_RETURN_OPEN = "no_return_open", "无待裁定退单"
    RETURN_OPEN = "return_open", "有待裁定退单"
    DISPUTED = "disputed", "已进入疑难会商"
    NOT_ACCEPTED_REASON = "not_accepted_reason", "不予受理理由代码"
    APPROVED = "approved", "有审批人"
    CLOCK_RUNS = "clock_runs", "计时中"
    CLOCK_STANDS = "clock_stands", "已停表或挂账"
    EXTENDABLE = "extendable", "延期规则允许"
    SUPERVISED = "supervised", "在督办中"
    REOPEN_WINDOW = "reopen_window", "办结三十日内"
    NOT_SEALED = "not_sealed", "非密件"
    NEEDS_DONE = "needs_done", "无在途派员"
    OTHER_CASE = "other_case", "指明另一案件"
    OTHER_OPEN = "other_open", "另一案件未结且可并"
    HAS_REPORTS = "has_reports", "指明本案诉求"
    PETITION = "petition", "信访件"


class ClockEffect(Word):
    """What a transition does to the clocks of a case; none resets one."""

    START_DISPATCHED = "start_dispatched", "首派起算"
    SEND_AGAIN = "send_again", "再派：签收、联系、到场另计，办结时限不变"
    START_RETURNED = "start_returned", "裁定时限起算"
    CREDIT_REVIEW = "credit_review", "退单成立：审核时间不计"
    START_FED_BACK = "start_fed_back", "核查回访起算"
    STOP = "stop", "停表"
    GO = "go", "续计"
    PUT_OFF = "put_off", "延长"
    START_REVIEW = "start_review", "复查起算"
    START_REREVIEW = "start_rereview", "复核起算"
    REACH_SIGN = "reach_sign", "签收达成"
    REACH_CONTACT = "reach_contact", "联系达成"
    REACH_ARRIVE = "reach_arrive", "到场达成"
    REACH_INITIAL = "reach_initial", "初报达成"
    REACH_SECURE = "reach_secure", "排险达成"
    REACH_VERIFY = "reach_verify", "核查达成"
    REACH_REVISIT = "reach_revisit", "回访达成"
    REACH_CLOSE = "reach_close", "办结达成"
    REACH_RULING = "reach_ruling", "裁定达成"
    REACH_REVIEW = "reach_review", "复查达成"
    REACH_REREVIEW = "reach_rereview", "复核达成"
    END = "end", "全部终止"


class AreaLevel(Word):
    """Levels of areas above the grid."""

    DISTRICT = "district", "区"
    STREET = "street", "街道"
    COMMUNITY = "community", "社区"


class UnitKind(Word):
    """What a unit is; a matter that departments must handle never goes to a street or community (`domain/domain.md` §4.1)."""

    DEPARTMENT = "department", "部门"
    STREET = "street", "街道"
    COMMUNITY = "community", "社区"
    COMPANY = "company", "企业"
    DESK = "desk", "指挥中心"


class Mode(Word):
    """By which clock a centre lives (`DESIGN.md` §3, Time), and whether its cases are worked on: a stream of the past is looked at, not worked on."""

    LIVE = "live", "实时"
    STREAM = "stream", "按流时间"
    SIMULATED = "simulated", "仿真"


class Availability(Word):
    """Whether a responder could be called now, as the responder or its desk says (`domain/domain.md` §4.3)."""

    FREE = "free", "空闲"
    INTERRUPTIBLE = "interruptible", "可中断"
    BUSY = "busy", "忙碌"
    RESTING = "resting", "休息"


class OrderState(Word):
    """Where one order to one responder stands."""

    OFFERED = "offered", "待接单"
    ACCEPTED = "accepted", "已接单"
    ON_THE_WAY = "on_the_way", "已出发"
    ARRIVED = "arrived", "已到场"
    DONE = "done", "已完成"
    DECLINED = "declined", "已谢绝"
    WITHDRAWN = "withdrawn", "已撤回"
    EXPIRED = "expired", "超时未接"


class OrderAct(Word):
    """What happens to an order."""

    ACCEPT = "accept", "接单"
    DECLINE = "decline", "谢绝"
    DEPART = "depart", "出发"
    ARRIVE = "arrive", "到场"
    FINISH = "finish", "完成"
    WITHDRAW = "withdraw", "撤回"
    EXPIRE = "expire", "超时"


class NeedState(Word):
    """Where one of those stands whom a run card wants. Nobody seeks for longer than an instant."""

    SEEKING = "seeking", "待选派"
    SERVED = "served", "已派"
    WAITING = "waiting", "等候"
    DESK = "desk", "转值班员"
    CALLED_OFF = "called_off", "已取消"


class NotSent(Word):
    """Why a responder is not sent; the first that holds, in this order, is kept."""

    OTHER_FORCE = "other_force", "力量不符"
    COMPLAINED_OF = "complained_of", "被投诉单位回避"
    ASKED = "asked", "本案已派或已谢绝"
    NO_SKILL = "no_skill", "技能不符"
    OTHER_UNIT = "other_unit", "非承办单位"
    OFF_SHIFT = "off_shift", "不当班"
    RESTING = "resting", "休息"
    BUSY = "busy", "忙碌"
    FULL = "full", "在手任务已满"
    NO_FIX = "no_fix", "无定位"
    STALE = "stale", "定位过旧"
    INACCURATE = "inaccurate", "定位不准"
    NO_PLACE = "no_place", "案件无坐标"
    TOO_FAR = "too_far", "超出末圈"
