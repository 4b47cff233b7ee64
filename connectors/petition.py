"""Petitions (信访), as the petition information system hands them on, in its Chinese field names (`domain/domain.md` §1.4).

A petition has a content category of the national tree (`source_codes.csv`, standard `xinfang`), a form, a purpose, flags (联名, 扬言, 保密) and, rarely, a
point: then its system must be said. What accuses public officials (检举控告), and what is marked secret, is sealed from here on. The system's fields of
the person who is complained about are never read.
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
    NeededTime,
    Note,
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
from schemas.vocabulary import Intent, Operation, Source, Urgency

STANDARD: Final = "xinfang"
"""Whose codes 内容分类 are, in `source_codes.csv`."""

WITHDRAWN = Words(dict.fromkeys(("撤回", "已撤回", "撤诉", "已撤诉", "撤件", "信访人撤回", "撤销", "已撤销", "作废"), Operation.WITHDRAW))
INTENTS = Words(
    {
        "求决": Intent.HELP,
        "求决类": Intent.HELP,
        "申诉": Intent.COMPLAINT,
        "申诉求决": Intent.COMPLAINT,
        "投诉请求": Intent.COMPLAINT,
        "揭发控告": Intent.ACCUSATION,
        "检举控告": Intent.ACCUSATION,
        "意见建议": Intent.SUGGESTION,
        "建议意见": Intent.SUGGESTION,
        "咨询": Intent.INQUIRY,
        "感谢": Intent.PRAISE,
        "表扬": Intent.PRAISE,
        "其他": Intent.OTHER,
    }
)
URGENCIES = Words({"特急": Urgency.U1, "紧急": Urgency.U2, "急": Urgency.U2, "加急": Urgency.U2, "一般": None, "普通": None, "平件": None})
YES = Words({"是": True, "1": True, "true": True, "有": True, "y": True})
ACCUSATIONS = Words({"检举控告": True})
"""The legal class of what accuses public officials; the older 揭发控告 is wider, and the gates look at its text."""

FORMS = Words({"来信": "letter", "来访": "visit", "网上信访": "online", "网信": "online", "电话": "call"})
AGAIN = Words({"初件": "", "初信初访": "", "重件": "again", "重复": "again", "重信重访": "again"})


class Letter(Payload):
    """信访件: one push of one petition."""

    number: SourceId = Field(alias="信访件编号", title="信访件编号")
    state: Label = Field(
        default="", alias="办理状态", title="办理状态", description="撤回, 撤诉, 撤件, 作废 withdraw the petition; any other state leaves it standing."
    )
    registered: NeededTime = Field(alias="登记时间", title="登记时间")
    petitioned: Time = Field(default=None, alias="信访日期", title="信访日期", description="When people said it; without it the time of registration.")
    updated: Time = Field(
        default=None, alias="更新时间", title="更新时间", description="Orders the pushes of one petition; without it the time of registration does."
    )
    form: Label = Field(default="", alias="信访形式", title="信访形式", description="来信, 来访, 网上信访, 电话")
    purpose: Label = Field(default="", alias="信访目的", title="信访目的", description="求决, 申诉, 意见建议, 检举控告 (sealed), 揭发控告, 其他")
    category: Code = Field(
        default="", alias="内容分类", title="内容分类", description="Levels of the national tree, joined by '/': 城乡建设/住房保障与房地产/物业服务"
    )
    summary: Note = Field(default="", alias="概况", title="概况")
    content: Text = Field(default="", alias="反映内容", title="反映内容")
    urgency: Label = Field(default="", alias="紧急程度", title="紧急程度", description="特急, 紧急, 一般")
    threat: Label = Field(default="", alias="是否扬言", title="是否扬言", description="是: somebody may come to harm; very urgent.")
    secret: Label = Field(default="", alias="是否保密", title="是否保密", description="是: sealed.")
    kind: Label = Field(default="", alias="初重件", title="初件或重件", description="初件, 重件")
    people: Persons = Field(default=None, alias="信访人数", title="信访人数", description="Of a joint petition: how many signed.")
    street: Label = Field(default="", alias="问题属地", title="问题属地", description="The street or town that it is about.")
    address: Address = Field(default="", alias="问题发生地", title="问题发生地")
    lng: Number = Field(default=None, alias="经度", title="经度")
    lat: Number = Field(default=None, alias="纬度", title="纬度")
    crs: Label = Field(default="", alias="坐标系", title="坐标系", description="Needed where there is a point: WGS84, CGCS2000, GCJ02, BD09")
    attachments: References = Field(default=(), alias="附件", title="附件", description="File ids or URLs, parted by ;")
    name: PersonName = Field(default="", alias="信访人姓名", title="信访人姓名", description="Personal: kept encrypted.")
    phone: PersonNumber = Field(default="", alias="联系电话", title="联系电话", description="Personal: kept encrypted.")
    id_number: PersonNumber = Field(default="", alias="证件号码", title="证件号码", description="Personal: kept encrypted.")
    home: Home = Field(default="", alias="住址", title="住址", description="Personal: kept encrypted.")


def read(line: bytes, now: datetime) -> Said:
    """One push of a petition; see `connectors.channel.Channel`."""
    letter = read_line(Letter, line, now)
    report = report_of(
        source=Source.PETITION,
        source_id=letter.number,
        operation=WITHDRAWN.of(letter.state),
        order_key=order_of(letter.updated or letter.registered),
        reported_at=letter.petitioned or letter.registered,
        arrived_at=letter.updated or letter.registered,
        text=letter.content or letter.summary,
        address=letter.address,
        area_hint=letter.street,
        **crs_of(letter, lng=letter.lng, lat=letter.lat, said="crs"),
        **code_of(STANDARD, *letter.category.split("/")),
        intent=INTENTS.of(letter.purpose),
        urgency_hint=_urgency(letter),
        persons=letter.people,
        attachments=letter.attachments,
        extra=extra_of(letter, "summary") | noted_of(letter, form=FORMS, kind=AGAIN) | unknown_of(letter, purpose=INTENTS, urgency=URGENCIES),
    )
    return Said(report, personal_of(name=letter.name, phone=letter.phone, id_number=letter.id_number, home=letter.home))


def _urgency(letter: Letter) -> Urgency | None:
    """Sealed before all else (《信访工作条例》: it may not reach the accused); then what threatens harm (`domain/domain.md` §1.6, 10)."""
    if ACCUSATIONS.of(letter.purpose) or YES.of(letter.secret):
        return Urgency.SEALED
    return Urgency.U1 if YES.of(letter.threat) else URGENCIES.of(letter.urgency)


EXAMPLE: Final = {
    "信访件编号": "XF3201112026030200035",
    "办理状态": "已登记",
    "登记时间": "2026年3月2日 10时05分",
    "信访日期": "2026-03-01",
    "更新时间": "2026-03-02 10:20:00",
    "信访形式": "网上信访",
    "信访目的": "求决",
    "内容分类": "城乡建设/住房保障与房地产/物业服务",
    "概况": "反映小区物业服务问题",
    "反映内容": "我们小区十二户业主反映：物业公司长期不清扫楼道，电梯故障半年未修，多次联系无果，请求有关部门督促物业公司履行服务合同。",
    "紧急程度": "一般",
    "是否扬言": "否",
    "是否保密": "否",
    "初重件": "初件",
    "信访人数": "１２",
    "问题属地": "汤泉街道",
    "问题发生地": "浦口区汤泉街道银泉路100号",
    "经度": "",
    "纬度": "",
    "坐标系": "",
    "附件": "XF/2026/03/00035-1.pdf;XF/2026/03/00035-2.jpg",
    "信访人姓名": "测试丙",
    "联系电话": "１９９９００００００３",
    "证件号码": "000000190001010034",
    "住址": "测试家园0栋000室",
}

CHANNEL: Final = Channel(Source.PETITION, read, lambda: json_schema(Letter), EXAMPLE)
