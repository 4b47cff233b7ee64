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
    """Where a case stands. The spine opens, merges and withdraws; the states between come with the lifecycle."""

    CLASSIFIED = "CLASSIFIED", "已分类待派"
    WITHDRAWN = "WITHDRAWN", "来源撤回"
    MERGED = "MERGED", "已并入"


class Action(Word):
    """What a line of the journal says happened to a case."""

    OPENED = "opened", "立案"
    JOINED = "joined", "并入诉求"
    REVISED = "revised", "诉求更新"
    MOVED = "moved", "改属地"
    REPORT_WITHDRAWN = "report_withdrawn", "诉求撤回"
    WITHDRAWN = "withdrawn", "案件撤回"
    REVIVED = "revived", "诉求恢复"
    ABSORBED = "absorbed", "并入他案"
    REPORT_MOVED = "report_moved", "诉求转案"


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
    """By which clock a centre lives (`DESIGN.md` §3, Time)."""

    LIVE = "live", "实时"
    STREAM = "stream", "按流时间"


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
