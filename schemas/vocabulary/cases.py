"""The words of a case's way: states, actions, who acts, what must hold (`domain/domain.md` §1.0, §4.5)."""

from __future__ import annotations

from schemas.vocabulary.word import Word


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
    REVIEW_WINDOW = "review_window", "上一级答复三十日内、首次提出"
    REVIEW_OPEN = "review_open", "复查、复核已提出而未答复"
