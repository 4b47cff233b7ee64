"""大联勤 / 网格: what grid staff and the joint patrol see on their rounds (`domain/domain.md` §1.5; GB/T 34300, GB/T 31000 9+X).

Events only: whom an event concerns is not taken (no person registers), staff are known by number. The point is the phone's own fix, WGS-84, with its
accuracy. An event that was settled on the spot (自办) is a report like any other: its case opens, and the desk sees that it was settled. The type is one
of the patrol's words, 大类/小类 as in 矛盾纠纷/邻里纠纷; the pack's `source_codes.csv` has them under `joint-patrol`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from connectors.channel import Channel, Said
from connectors.payload import (
    Address,
    Code,
    Label,
    NeededTime,
    Number,
    Payload,
    Persons,
    References,
    SourceId,
    Text,
    Time,
    Words,
    extra_of,
    json_schema,
    order_of,
    read_line,
    report_of,
)
from schemas.vocabulary import Crs, Operation, Source, Urgency

STANDARD = "joint-patrol"
VOID = Words(dict.fromkeys(("作废", "已作废", "撤销", "已撤销", "误报", "无效", "核实不属实"), True))
LEVELS = Words(
    {
        **dict.fromkeys(("G1", "重大", "特别重大", "应急", "红", "红色", "一级"), Urgency.U1),
        **dict.fromkeys(("G2", "较大", "黄", "黄色", "二级"), Urgency.U2),
    }
)
"""事件等级. G3 (一般) and G4 (简易) say nothing of urgency: the matter's own stands."""
HANDLINGS = Words(
    {**dict.fromkeys(("自办", "自行处置", "当场处置", "已自办"), "settled on the spot"), **dict.fromkeys(("上报", "上报处置", "流转"), "passed on")}
)


class Event(Payload):
    """One event of the grid platform."""

    event_no: SourceId = Field(title="事件编号")
    grid_code: Code = Field(default="", title="上报网格", description="Community 12 digits, grid 3.")
    grid_name: Label = Field(default="", title="网格名称")
    collector_no: Label = Field(default="", title="网格员编号", description="Staff number; no name.")
    event_type: Label = Field(default="", title="事件大类", description="矛盾纠纷, 公共安全, 市容环境, 民生服务, …")
    event_subtype: Label = Field(default="", title="事件小类", description="邻里纠纷, 消防通道堵塞, …")
    event_level: Label = Field(default="", title="事件等级", description="G1 to G4, or 重大, 较大, 一般, 简易.")
    handling: Label = Field(default="", title="处置方式", description="自办 or 上报.")
    content: Text = Field(default="", title="事件描述")
    address: Address = Field(default="", title="发生地点")
    street: Label = Field(default="", title="所属街道")
    lng: Number = Field(default=None, title="经度", description="WGS-84 degrees, the phone's own fix.")
    lat: Number = Field(default=None, title="纬度", description="WGS-84 degrees, the phone's own fix.")
    accuracy_m: Number = Field(default=None, title="定位精度", description="Metres.")
    persons: Persons = Field(default=None, title="涉及人数")
    photos: References = Field(default=(), title="照片", description="References: addresses or file ids.")
    happen_time: Time = Field(default=None, title="发生时间")
    report_time: NeededTime = Field(title="上报时间")
    update_time: Time = Field(default=None, title="更新时间", description="Orders several lines about one event.")
    status: Label = Field(default="", title="事件状态", description="作废, 撤销, 误报 and the like take it back; any other stands.")


EXAMPLE: Mapping[str, Any] = {
    "event_no": "DLQ-20260302-00087",
    "grid_code": "320111004001003",
    "grid_name": "新河社区第三网格",
    "collector_no": "WGY-20117",
    "event_type": "公共安全",
    "event_subtype": "消防通道堵塞",
    "event_level": "较大",
    "handling": "上报",
    "content": "巡查发现3栋单元门口疏散通道堆满杂物，消防通道被堵，已劝说，对方要求宽限，请安排人员处理。",
    "address": "江浦街道新河社区3栋",
    "street": "江浦街道",
    "lng": 118.6249,
    "lat": 32.0591,
    "accuracy_m": 12,
    "persons": 2,
    "photos": ["dlq/2026/03/02/87-1.jpg"],
    "happen_time": "2026-03-02 08:40",
    "report_time": "2026-03-02T08:46:31+08:00",
    "update_time": "2026-03-02T08:46:31+08:00",
    "status": "待处置",
}


def read(line: bytes, now: datetime) -> Said:
    """One event as a report. Raises Refused; the sentence names the event's own key."""
    event = read_line(Event, line, now)
    code = "/".join(part for part in (event.event_type, event.event_subtype) if part)
    report = report_of(
        source=Source.JOINT_PATROL,
        source_id=event.event_no,
        operation=Operation.WITHDRAW if VOID.of(event.status) else Operation.SET,
        order_key=order_of(event.update_time) if event.update_time else "",
        reported_at=event.report_time,
        text=event.content,
        address=event.address,
        area_hint=event.street,
        lng=event.lng,
        lat=event.lat,
        crs=Crs.WGS84,
        accuracy_m=event.accuracy_m if event.accuracy_m is not None and event.accuracy_m >= 0 else None,
        code_standard=STANDARD if code else "",
        code=code,
        urgency_hint=LEVELS.of(event.event_level),
        persons=event.persons,
        attachments=event.photos,
        extra=_kept(event),
    )
    return Said(report, None)


def _kept(event: Event) -> dict[str, str]:
    """Numbers and codes beside the fields; the way of handling in words of ours."""
    extra = extra_of(event, "grid_code", "collector_no")
    if event.happen_time:
        extra["happen_time"] = f"{event.happen_time:%Y-%m-%dT%H:%M:%SZ}"
    if event.event_level:
        extra["event_level"] = event.event_level
    if event.handling:
        extra["handling"] = HANDLINGS.of(event.handling) or event.handling
    return extra


def schema() -> dict[str, Any]:
    """JSON Schema of a line."""
    return json_schema(Event)


CHANNEL = Channel(Source.JOINT_PATROL, read, schema, EXAMPLE)
