"""The words of reports, places and centres (`DESIGN.md` §2, `domain/domain.md` §1, §2)."""

from __future__ import annotations

from schemas.vocabulary.word import Word


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
