"""The 12345 hotline: work orders as a provincial platform pushes them (`domain/domain.md` §1.1).

A work order has two levels of category of the hotline's own catalogue (`source_codes.csv`, standard `hotline12345`), an intent, an urgency, the call's
waiting time and duration, and what the caller said of herself. Points are GCJ-02 (the platform's map) unless the line says otherwise. Each push of an order
has its update time: that is the order in which its revisions stand, whenever they arrive.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pydantic import Field

from connectors.channel import Channel, Said
from connectors.payload import (
    Address,
    Home,
    Label,
    Level,
    NeededTime,
    Note,
    Number,
    Payload,
    PersonName,
    PersonNumber,
    Persons,
    References,
    Seconds,
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
    unknown_of,
)
from pipeline.intake.against import FIELD
from schemas.vocabulary import Crs, Intent, Operation, Source, Urgency

STANDARD: Final = "hotline12345"
"""Whose codes `category_1/category_2` are, in `source_codes.csv`."""

WITHDRAWN = Words(dict.fromkeys(("已撤单", "撤单", "撤销", "已撤销", "撤回", "已撤回", "市民撤诉", "撤诉", "作废"), Operation.WITHDRAW))
"""Any other status is one of the order's own life: the report stands."""
INTENTS = Words(
    {
        **{intent.zh: intent for intent in Intent},
        "咨询类": Intent.INQUIRY,
        "求助类": Intent.HELP,
        "投诉类": Intent.COMPLAINT,
        "举报类": Intent.ACCUSATION,
        "建议类": Intent.SUGGESTION,
        "意见建议": Intent.SUGGESTION,
        "表扬类": Intent.PRAISE,
        "感谢": Intent.PRAISE,
        "其它": Intent.OTHER,
    }
)
URGENCIES = Words({"特急": Urgency.U1, "紧急": Urgency.U2, "加急": Urgency.U2, "急": Urgency.U2, "疑难": Urgency.U4, "一般": None, "普通": None, "平件": None})
"""一般 says nothing: the matter's own urgency stands."""
ANSWERED = Words({"是": True, "否": False, "1": True, "0": False, "true": True, "false": False, "已接通": True, "未接通": False, "接通": True, "放弃": False})
WAYS = Words(
    {
        "电话": "call",
        "微信": "wechat",
        "小程序": "wechat",
        "网站": "web",
        "APP": "app",
        "随手拍": "app",
        "短信": "sms",
        "110转办": "from 110",
        "领导信箱": "mailbox",
    }
)
YES = Words({"是": "yes", "1": "yes", "true": "yes", "否": "", "0": "", "false": ""})


class WorkOrder(Payload):
    """12345 工单: one push of one work order."""

    number: SourceId = Field(alias="work_order_no", title="工单编号", description="The same number again is a revision of the same order.")
    status: Label = Field(
        default="", alias="order_status", title="工单状态", description="已撤单, 撤销, 市民撤诉, 作废 withdraw the order; any other status leaves it standing."
    )
    accepted: NeededTime = Field(alias="accept_time", title="受理时间")
    updated: Time = Field(
        default=None, alias="update_time", title="更新时间", description="Orders the pushes of one order; without it the time of acceptance does."
    )
    pushed: Time = Field(default=None, alias="push_time", title="推送时间")
    channel: Label = Field(default="", alias="accept_channel", title="受理渠道", description="电话, 微信, 网站, APP, 110转办, …")
    title: Note = Field(default="", alias="title", title="标题")
    content: Text = Field(default="", alias="content", title="诉求内容")
    appeal: Label = Field(default="", alias="appeal_type", title="诉求性质", description="咨询, 求助, 投诉, 举报, 建议, 表扬, 其他")
    category: Level = Field(default="", alias="category_1", title="归口大类")
    subcategory: Level = Field(default="", alias="category_2", title="归口小类")
    urgency: Label = Field(default="", alias="urgency_level", title="紧急程度", description="特急, 紧急 (加急), 疑难; 一般 says nothing")
    street: Label = Field(default="", alias="street_name", title="所属街道")
    address: Address = Field(default="", alias="incident_address", title="事发地址")
    lng: Number = Field(default=None, alias="longitude", title="经度")
    lat: Number = Field(default=None, alias="latitude", title="纬度")
    crs: Label = Field(default="", alias="coord_type", title="坐标系", description="GCJ02 (as if not said), BD09, WGS84, CGCS2000")
    people: Persons = Field(default=None, alias="involved_count", title="涉及人数")
    attachments: References = Field(default=(), alias="attachments", title="附件", description="A list of file ids or URLs, or of objects with one.")
    waited: Seconds = Field(default=None, alias="wait_duration", title="等待时长")
    lasted: Seconds = Field(default=None, alias="call_duration", title="通话时长")
    answered: Label = Field(default="", alias="is_answered", title="是否接通")
    caller: PersonName = Field(default="", alias="caller_name", title="诉求人姓名", description="Personal: kept encrypted.")
    phone: PersonNumber = Field(default="", alias="caller_phone", title="联系电话", description="Personal: kept encrypted.")
    id_card: PersonNumber = Field(default="", alias="caller_id_card", title="证件号码", description="Personal: kept encrypted.")
    home: Home = Field(default="", alias="caller_address", title="诉求人住址", description="Personal: kept encrypted; not where the matter is.")
    secret: Label = Field(default="", alias="is_secret", title="是否保密", description="Whether the caller wants not to be named to the unit.")
    repeats: Label = Field(default="", alias="parent_order_no", title="关联工单编号")
    against: Label = Field(default="", alias="complained_unit", title="被反映单位", description="The unit that is complained of: it never handles the order.")


def read(line: bytes, now: datetime) -> Said:
    """One push of a work order; see `connectors.channel.Channel`."""
    order = read_line(WorkOrder, line, now)
    report = report_of(
        source=Source.HOTLINE12345,
        source_id=order.number,
        operation=WITHDRAWN.of(order.status),
        order_key=order_of(order.updated or order.accepted),
        reported_at=order.accepted,
        arrived_at=order.pushed or order.updated,
        text=order.content or order.title,
        address=order.address,
        area_hint=order.street,
        **crs_of(order, lng=order.lng, lat=order.lat, said="crs", default=Crs.GCJ02),
        **code_of(STANDARD, order.category, order.subcategory),
        intent=INTENTS.of(order.appeal),
        urgency_hint=URGENCIES.of(order.urgency),
        persons=order.people,
        attachments=order.attachments,
        call=call_of(waited=order.waited, lasted=order.lasted, answered=ANSWERED.of(order.answered)),
        extra=extra_of(order, "title", "repeats")
        | ({FIELD: order.against} if order.against else {})
        | noted_of(order, channel=WAYS, secret=YES)
        | unknown_of(order, appeal=INTENTS, urgency=URGENCIES),
    )
    return Said(report, personal_of(name=order.caller, phone=order.phone, id_number=order.id_card, home=order.home))


EXAMPLE: Final = {
    "work_order_no": "NJ1234520260302000117",
    "order_status": "已派单",
    "accept_time": "2026-03-02 08:15:00",
    "update_time": "2026-03-02 08:21:36",
    "push_time": "2026-03-02 08:21:40",
    "accept_channel": "电话",
    "title": "反映道路积水问题",
    "content": "市民反映江浦街道文德路与公园北路路口下水道堵塞，路面积水约二十厘米，行人无法通过，希望尽快安排人员疏通。",
    "appeal_type": "求助",
    "category_1": "市政设施",
    "category_2": "雨污水排水堵塞",
    "urgency_level": "紧急",
    "street_name": "江浦街道",
    "incident_address": "南京市浦口区江浦街道文德路与公园北路路口",
    "longitude": "118.628412",
    "latitude": "32.057301",
    "coord_type": "GCJ02",
    "involved_count": 3,
    "attachments": [{"file_id": "F20260302081502001", "file_name": "现场照片.jpg"}],
    "wait_duration": 6,
    "call_duration": "00:03:25",
    "is_answered": "是",
    "caller_name": "测试甲",
    "caller_phone": "19990000001",
    "caller_id_card": "000000190001010018",
    "caller_address": "测试花园0栋000室",
    "is_secret": "否",
}

CHANNEL: Final = Channel(Source.HOTLINE12345, read, lambda: json_schema(WorkOrder), EXAMPLE)
