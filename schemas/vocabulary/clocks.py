"""The words of clocks and alerts (`domain/domain.md` §1, §4.6)."""

from __future__ import annotations

from schemas.vocabulary.word import Word


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


class AlertLevel(Word):
    """预警等级, mildest first."""

    YELLOW = "yellow", "黄"
    ORANGE = "orange", "橙"
    RED = "red", "红"


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
