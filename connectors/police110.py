"""110's non-police calls (非警务警情), as the police's receiving system hands them on: GA field names in pinyin (`domain/domain.md` §1.2).

What 110 finds to be nobody's crime is pushed as a work order: its three levels of alarm category are words of the police's own (`source_codes.csv`, standard
`police110`). Times are Asia/Shanghai without separators, points CGCS2000. A call that was taken back (撤警) withdraws its report.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import Field

from connectors.channel import Channel, Said
from connectors.payload import (
    Address,
    Code,
    Home,
    Label,
    Level,
    NeededTime,
    Number,
    Payload,
    PersonName,
    PersonNumber,
    Persons,
    References,
    SourceId,
    Text,
    Time,
    Words,
    call_of,
    code_of,
    crs_of,
    extra_of,
    json_schema,
    noted_of,
    order_of,
    personal_of,
    read_line,
    report_of,
    seconds_between,
    unknown_of,
)
from schemas.report import CallFacts
from schemas.vocabulary import Crs, Intent, Operation, Source, Urgency

STANDARD: Final = "police110"
"""Whose codes `BJLBMC/BJLXMC` are, in `source_codes.csv`."""

WITHDRAWN = Words(dict.fromkeys(("撤警", "已撤警", "撤销", "已撤销", "撤单", "撤回", "取消报警", "报警人取消"), Operation.WITHDRAW))
INTENTS = Words(
    {
        "咨询": Intent.INQUIRY,
        "群众求助": Intent.HELP,
        "求助": Intent.HELP,
        "公共设施险情": Intent.HELP,
        "灾害事故": Intent.HELP,
        "纠纷": Intent.HELP,
        "投诉": Intent.COMPLAINT,
        "投诉监督": Intent.COMPLAINT,
        "举报": Intent.ACCUSATION,
        "举报投诉": Intent.COMPLAINT,
        "建议": Intent.SUGGESTION,
        "表扬": Intent.PRAISE,
        "其他": Intent.OTHER,
        "其他警情": Intent.OTHER,
    }
)
"""By the category (BJLBMC): 110 notes no intent of its own."""
_GRADES: Final = (("一", "1", Urgency.U1), ("二", "2", Urgency.U2), ("三", "3", None), ("四", "4", None))
URGENCIES = Words(
    {
        **{word: urgency for sign, digit, urgency in _GRADES for word in (f"{sign}级", f"{digit}级", digit)},
        "特急": Urgency.U1,
        "紧急": Urgency.U2,
        "一般": None,
    }
)
"""三级 and below say nothing: the matter's own urgency stands."""
WAYS = Words({"电话报警": "call", "电话": "call", "短信报警": "sms", "短信": "sms", "微信": "wechat", "网络报警": "web", "12110": "sms"})
NATURES = Words({"非警务": "", "非警务警情": "", "警务": "police", "混合": "police and service"})


class Alarm(Payload):
    """110 接警单: one push of one call."""

    number: SourceId = Field(alias="JJDBH", title="接警单编号")
    first: Label = Field(default="", alias="ZJJDBH", title="主接警单编号", description="Of a call about something that another call has reported.")
    state: Label = Field(default="", alias="JQZT", title="警情状态", description="撤警, 撤销, 取消报警 withdraw the call; any other state leaves it standing.")
    received: NeededTime = Field(alias="BJSJ", title="报警时间")
    updated: Time = Field(default=None, alias="GXSJ", title="更新时间", description="Orders the pushes of one call; without it the time of the call does.")
    pushed: Time = Field(default=None, alias="TSSJ", title="推送时间")
    how: Label = Field(default="", alias="BJFSMC", title="报警方式名称", description="电话报警, 短信报警, 12110, 微信, …")
    nature: Label = Field(default="", alias="JQXZ", title="警情性质", description="非警务, 警务, 混合")
    content: Text = Field(default="", alias="BJNR", title="报警内容")
    category: Level = Field(default="", alias="BJLBMC", title="报警类别名称", description="群众求助, 纠纷, 举报投诉, 公共设施险情, 灾害事故, 咨询, …")
    kind: Level = Field(default="", alias="BJLXMC", title="报警类型名称")
    detail: Level = Field(default="", alias="BJXLMC", title="报警细类名称")
    grade: Label = Field(default="", alias="JQDJ", title="警情等级", description="一级, 二级, 三级, 四级")
    street: Label = Field(default="", alias="SSJD", title="所属街道")
    address: Address = Field(default="", alias="AFDD", title="案发地点")
    lng: Number = Field(default=None, alias="JD", title="经度", description="CGCS2000")
    lat: Number = Field(default=None, alias="WD", title="纬度", description="CGCS2000")
    accuracy: Number = Field(default=None, alias="DWJD", title="定位精度（米）")
    people: Persons = Field(default=None, alias="SSRS", title="涉事人数")
    attachments: References = Field(default=(), alias="FJ", title="附件", description="File ids or URLs.")
    rang: Time = Field(default=None, alias="HRSJ", title="呼入时间")
    answered: Time = Field(default=None, alias="YDSJ", title="应答时间")
    hung_up: Time = Field(default=None, alias="GJSJ", title="挂机时间")
    caller: PersonName = Field(default="", alias="BJRXM", title="报警人姓名", description="Personal: kept encrypted.")
    phone: PersonNumber = Field(default="", alias="BJDH", title="报警电话", description="Personal: kept encrypted.")
    id_number: PersonNumber = Field(default="", alias="BJRZJH", title="报警人证件号", description="Personal: kept encrypted.")
    home: Home = Field(default="", alias="BJRLXDZ", title="报警人联系地址", description="Personal: kept encrypted; not where it happened.")
    station: Code = Field(default="", alias="GXDWDM", title="管辖单位代码")


def read(line: bytes, now: datetime) -> Said:
    """One push of a call; see `connectors.channel.Channel`."""
    alarm = read_line(Alarm, line, now)
    report = report_of(
        source=Source.POLICE110,
        source_id=alarm.number,
        operation=WITHDRAWN.of(alarm.state),
        order_key=order_of(alarm.updated or alarm.received),
        reported_at=alarm.received,
        arrived_at=alarm.pushed or alarm.updated,
        text=alarm.content,
        address=alarm.address,
        area_hint=alarm.street,
        **crs_of(alarm, lng=alarm.lng, lat=alarm.lat, default=Crs.CGCS2000),
        accuracy_m=alarm.accuracy if alarm.accuracy is not None and alarm.accuracy >= 0 else None,
        **code_of(STANDARD, alarm.category, alarm.kind, alarm.detail),
        intent=INTENTS.of(alarm.category),
        urgency_hint=URGENCIES.of(alarm.grade),
        persons=alarm.people,
        attachments=alarm.attachments,
        call=_call(alarm),
        extra=extra_of(alarm, "first", "station") | noted_of(alarm, how=WAYS, nature=NATURES) | unknown_of(alarm, category=INTENTS, grade=URGENCIES),
    )
    return Said(report, personal_of(name=alarm.caller, phone=alarm.phone, id_number=alarm.id_number, home=alarm.home))


def _call(alarm: Alarm) -> CallFacts | None:
    """Waiting is from the first ring to the answer, or to hanging up where nobody answered."""
    if alarm.rang is None:
        return None
    return call_of(
        waited=seconds_between(alarm.rang, alarm.answered or alarm.hung_up),
        lasted=seconds_between(alarm.answered, alarm.hung_up),
        answered=alarm.answered is not None,
    )


EXAMPLE: Final = {
    "JJDBH": "3201112026030215300042",
    "ZJJDBH": "",
    "JQZT": "已分流",
    "BJSJ": "20260302153012",
    "GXSJ": "20260302153255",
    "TSSJ": "20260302153258",
    "BJFSMC": "电话报警",
    "JQXZ": "非警务",
    "BJNR": "报警人称桥林街道步月路和兰花路交叉口一根通信电线杆被风吹倒，横在慢车道上，没有人员受伤，请派人处理。",
    "BJLBMC": "公共设施险情",
    "BJLXMC": "电线杆倾倒",
    "BJXLMC": "",
    "JQDJ": "二级",
    "SSJD": "桥林街道",
    "AFDD": "浦口区桥林街道步月路与兰花路交叉口",
    "JD": "118.519637",
    "WD": "31.951208",
    "DWJD": "25",
    "SSRS": "1",
    "FJ": "110/20260302/3201112026030215300042_1.jpg",
    "HRSJ": "20260302153004",
    "YDSJ": "20260302153010",
    "GJSJ": "20260302153142",
    "BJRXM": "测试乙",
    "BJDH": "19990000002",
    "BJRZJH": "",
    "BJRLXDZ": "",
    "GXDWDM": "320111540000",
}

CHANNEL: Final = Channel(Source.POLICE110, read, lambda: json_schema(Alarm), EXAMPLE)
