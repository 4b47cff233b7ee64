"""The words of dispatch (`domain/domain.md` §4.2, §4.3)."""

from __future__ import annotations

from schemas.vocabulary.word import Word


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
