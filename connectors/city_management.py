"""数字城管: parts (部件) and events (事件) found by inspectors, cameras and the public (`domain/domain.md` §1.3; GB/T 30428, CJ/T 214).

One line is one task (任务号) as the supervision centre (监督中心) has it; the same number again is a revision, ordered by its update time. A line whose
state says that it was found untrue or made void (核实不属实, 不予立案, 作废) takes the report back. Staff are known by number; of citizens nothing is taken.

The type comes as a code, a name, or both: `P0101` / `E0101`, a 10-digit 事件类别码 or a 16-digit 部件标识码 (6 division, 2 大类, 2 小类, …), or 大类 and 小类
by name. Districts number their 小类 differently, but name them alike: so the name counts first, then the code. The pack's `source_codes.csv` has all 158
types of the standard by both, under `gb30428`; a district with a table of its own sends its name as `code_standard`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from connectors.channel import Channel, Said
from connectors.owners import owner_of
from connectors.payload import (
    Address,
    Code,
    Label,
    NeededTime,
    Number,
    Payload,
    References,
    Text,
    Time,
    Words,
    extra_of,
    json_schema,
    order_of,
    read_line,
    report_of,
)
from schemas.errors import InvalidField
from schemas.vocabulary import Crs, Operation, Source, Urgency

STANDARD = "gb30428"
PART, EVENT = "P", "E"
VOID = Words(dict.fromkeys(("作废", "已作废", "不立案", "不予立案", "核实不属实", "不属实", "核实不通过", "撤销", "已撤销", "无效"), True))
LEVELS = Words({**dict.fromkeys(("特急", "特别紧急", "应急", "重大"), Urgency.U1), **dict.fromkeys(("紧急", "急", "加急", "较大"), Urgency.U2)})
"""案卷级别. 一般 and what is not here says nothing of urgency: the matter's own stands."""
KINDS = Words({**dict.fromkeys(("部件", "部件类", "1"), PART), **dict.fromkeys(("事件", "事件类", "2"), EVENT)})
ORIGINS = Words(
    {
        **dict.fromkeys(("监督员上报", "采集员上报", "信息采集员上报", "巡查上报"), "inspector"),
        **dict.fromkeys(("公众举报", "市民上报", "市民举报", "随手拍", "微信上报"), "public"),
        **dict.fromkeys(("视频监控", "视频上报", "智能识别"), "video"),
        **dict.fromkeys(("领导批示", "领导交办", "上级交办"), "leader"),
        **dict.fromkeys(("媒体曝光", "舆情"), "media"),
        **dict.fromkeys(("热线转办", "12345转办", "12319"), "hotline"),
        **dict.fromkeys(("信访", "信访转办"), "petition"),
    }
)
"""问题来源 as words of ours: theirs (举报) would speak for the intent of a report that nobody complained with."""
SYSTEMS = Words(
    {
        **dict.fromkeys(("CGCS2000", "cgcs2000", "国家2000", "EPSG:4490", "2000国家大地坐标系"), Crs.CGCS2000),
        **dict.fromkeys(("WGS84", "wgs84", "WGS-84", "EPSG:4326", "GPS"), Crs.WGS84),
        **dict.fromkeys(("GCJ02", "gcj02", "GCJ-02", "高德", "腾讯", "火星坐标"), Crs.GCJ02),
        **dict.fromkeys(("BD09", "bd09", "BD-09", "百度"), Crs.BD09),
    }
)
_SHORT = re.compile(r"[PE]\d{4}")
_EVENT_CODE, _PART_CODE, _CLASSES = re.compile(r"\d{10}"), re.compile(r"\d{16}"), re.compile(r"\d{4}")


class Task(Payload):
    """One task of the supervision centre."""

    task_no: Label = Field(default="", title="任务号", description="The centre's own number of the task; it, or case_no, is needed.")
    case_no: Label = Field(default="", title="案卷号", description="Given when a file is opened (立案).")
    event_src: Label = Field(default="", title="问题来源", description="监督员上报, 公众举报, 视频监控, 领导批示, 媒体曝光, 热线转办, 信访转办.")
    rec_type: Label = Field(default="", title="案卷类型", description="部件 or 事件.")
    code_standard: Label = Field(default="", title="分类标准", description="Whose codes they are; without it gb30428 (GB/T 30428.2).")
    type_code: Code = Field(default="", title="类别码", description="P0101, E0102, or the 10 digits of an 事件类别码.")
    part_code: Code = Field(default="", title="部件标识码", description="The 16 digits of the part.")
    main_type: Label = Field(default="", title="大类名称")
    sub_type: Label = Field(default="", title="小类名称", description="As GB/T 30428.2 names it: 暴露垃圾, 污水井盖.")
    event_desc: Text = Field(default="", title="问题描述")
    address: Address = Field(default="", title="位置描述")
    street_name: Label = Field(default="", title="街道名称")
    cell_code: Code = Field(default="", title="单元网格码", description="15 digits: district 6, street 3, community 3, serial 3.")
    coordinate_x: Number = Field(default=None, title="经度", description="Degrees.")
    coordinate_y: Number = Field(default=None, title="纬度", description="Degrees.")
    crs: Label = Field(default="", title="坐标系", description="CGCS2000 (also without it), WGS84, GCJ02, BD09.")
    patrol_no: Label = Field(default="", title="上报人员编号", description="The inspector's staff number; no name.")
    level: Label = Field(default="", title="案卷级别", description="一般, 紧急, 特急.")
    owner_unit: Label = Field(default="", title="部件权属单位", description="By name or by unit id.")
    photos: References = Field(default=(), title="照片", description="References: addresses or file ids.")
    report_time: NeededTime = Field(title="上报时间")
    file_time: Time = Field(default=None, title="立案时间")
    push_time: Time = Field(default=None, title="推送时间")
    update_time: Time = Field(default=None, title="更新时间", description="Orders several lines about one task.")
    state: Label = Field(default="", title="案卷状态", description="作废, 不予立案, 核实不属实 and the like take it back; any other stands.")


EXAMPLE: Mapping[str, Any] = {
    "task_no": "RW202603020000123",
    "case_no": "浦数城管〔2026〕000123",
    "event_src": "监督员上报",
    "rec_type": "部件",
    "type_code": "P0102",
    "part_code": "3201110102000457",
    "main_type": "公用设施",
    "sub_type": "污水井盖",
    "event_desc": "巨龙路与文德路交叉口东侧污水井盖破损下沉，车辆碾压有响声。",
    "address": "江浦街道巨龙路与文德路交叉口东50米",
    "street_name": "江浦街道",
    "cell_code": "320111004001012",
    "coordinate_x": 118.62531,
    "coordinate_y": 32.05874,
    "crs": "CGCS2000",
    "patrol_no": "JDY-0417",
    "level": "紧急",
    "owner_unit": "排水公司",
    "photos": ["https://dcg.example/files/8f21.jpg", "https://dcg.example/files/8f22.jpg"],
    "report_time": "2026-03-02 09:14:20",
    "file_time": "2026-03-02 09:21:00",
    "push_time": "2026-03-02 09:21:05",
    "update_time": "2026-03-02 09:21:00",
    "state": "待派遣",
}


def read(line: bytes, now: datetime) -> Said:
    """One task as a report. Raises Refused; the sentence names the task's own key."""
    task = read_line(Task, line, now)
    number = task.task_no or task.case_no
    if not number:
        raise InvalidField("both are blank; every line needs one of them", where="task_no, case_no")
    crs = SYSTEMS.of(task.crs) if task.crs else Crs.CGCS2000
    if crs is None:
        raise InvalidField("is none of CGCS2000, WGS84, GCJ02, BD09; points are never guessed at", where="crs")
    kind, code = classified(task)
    owner = owner_of(task.owner_unit)
    report = report_of(
        source=Source.CITY_MANAGEMENT,
        source_id=number,
        operation=Operation.WITHDRAW if VOID.of(task.state) else Operation.SET,
        order_key=order_of(task.update_time) if task.update_time else "",
        reported_at=task.report_time,
        arrived_at=task.push_time,
        text=task.event_desc,
        address=task.address,
        area_hint=task.street_name,
        lng=task.coordinate_x,
        lat=task.coordinate_y,
        crs=crs,
        code_standard=(task.code_standard or STANDARD) if code else "",
        code=code,
        urgency_hint=LEVELS.of(task.level),
        part_owner=owner,
        attachments=task.photos,
        extra=_kept(task, kind, owner),
    )
    return Said(report, None)


def classified(task: Task) -> tuple[str, str]:
    """Part or event (`P`, `E`, "" where it does not say), and the code of its type: code and name, joined by '/', whichever there are."""
    kind = KINDS.of(task.rec_type) or ""
    if task.code_standard not in {"", STANDARD}:
        return kind, "/".join(part for part in (task.type_code or task.part_code, task.sub_type or task.main_type) if part)
    short = short_code(task.type_code, kind) or short_code(task.part_code, PART)
    own = "" if short else task.type_code
    return kind or short[:1], "/".join(part for part in (short or own, task.sub_type or task.main_type) if part)


def short_code(code: str, kind: str) -> str:
    """`P0101` or `E0101` out of a code of the standard; "" where it is none. `kind` tells what four digits, or ten, are of."""
    code = code.upper().replace("-", "")
    if _SHORT.fullmatch(code):
        return code
    if _PART_CODE.fullmatch(code):
        return PART + code[6:10]
    if _EVENT_CODE.fullmatch(code):
        return (kind or EVENT) + code[6:10]
    if _CLASSES.fullmatch(code) and kind:
        return kind + code
    return ""


def _kept(task: Task, kind: str, owner: str) -> dict[str, str]:
    """What stands beside the fields: numbers and codes, and words only where they are not understood."""
    extra = extra_of(task, "cell_code", "patrol_no", "part_code", *(() if owner else ("owner_unit",)))
    if task.task_no and task.case_no:
        extra["case_no"] = task.case_no
    if kind:
        extra["kind"] = "part" if kind == PART else "event"
    if task.event_src:
        extra["event_src"] = ORIGINS.of(task.event_src) or task.event_src
    if task.level not in {"", "一般", "普通"} and LEVELS.of(task.level) is None:
        extra["level"] = task.level
    if task.file_time:
        extra["file_time"] = f"{task.file_time:%Y-%m-%dT%H:%M:%SZ}"
    return extra


def schema() -> dict[str, Any]:
    """JSON Schema of a line."""
    return json_schema(Task)


CHANNEL = Channel(Source.CITY_MANAGEMENT, read, schema, EXAMPLE)
