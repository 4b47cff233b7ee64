"""Lines in the sources' own fields and words, as they push them. Synthetic: no person in them is anybody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

Payload = dict[str, Any]
PUSHED = timedelta(seconds=30)
"""So long after it was said a line is pushed."""


def alarm(number: str, at: datetime, words: str, kind: str, point: tuple[float, float], **more: str) -> Payload:
    """110 接警单, said at `at`, in CGCS2000; `kind`: `公共设施险情/电线杆倾倒`."""
    category, _, name = kind.partition("/")
    pushed = f"{at + PUSHED:%Y%m%d%H%M%S}"
    own = {"JJDBH": number, "JQZT": "已分流", "BJSJ": f"{at:%Y%m%d%H%M%S}", "GXSJ": pushed, "TSSJ": pushed, "JQXZ": "非警务", "BJNR": words}
    return {**own, "BJLBMC": category, "BJLXMC": name, "JQDJ": "三级", "JD": f"{point[0]:.6f}", "WD": f"{point[1]:.6f}", **more}


def work_order(number: str, at: datetime, words: str, kind: str, point: tuple[float, float] | None, **more: Any) -> Payload:
    """12345 工单, said at `at`; the point in WGS-84; `kind`: `市政设施/井盖缺失破损`, empty for none."""
    first, _, second = kind.partition("/")
    pushed = f"{at + PUSHED:%Y-%m-%d %H:%M:%S}"
    own = {"work_order_no": number, "order_status": "已派单", "accept_time": f"{at:%Y-%m-%d %H:%M:%S}", "update_time": pushed, "push_time": pushed}
    place = {} if point is None else {"longitude": f"{point[0]:.6f}", "latitude": f"{point[1]:.6f}", "coord_type": "WGS84"}
    return {**own, "content": words, "appeal_type": "求助", "category_1": first, "category_2": second, "urgency_level": "一般", **place, **more}


def letter(number: str, at: datetime, words: str, kind: str, **more: Any) -> Payload:
    """信访件, registered at `at`; `kind`: `城乡建设/住房保障与房地产/物业服务`."""
    own = {"信访件编号": number, "办理状态": "已登记", "登记时间": f"{at:%Y-%m-%d %H:%M:%S}", "更新时间": f"{at:%Y-%m-%d %H:%M:%S}", "信访形式": "来信"}
    return {**own, "信访目的": "求决", "内容分类": kind, "反映内容": words, **more}


def task(number: str, at: datetime, words: str, kind: str, point: tuple[float, float], **more: Any) -> Payload:
    """数字城管 task, reported at `at` by an inspector; the point in CGCS2000; `kind`: a type of GB/T 30428.2 by name, `污水井盖`."""
    pushed = f"{at + PUSHED:%Y-%m-%d %H:%M:%S}"
    own = {"task_no": number, "event_src": "监督员上报", "report_time": f"{at:%Y-%m-%d %H:%M:%S}", "push_time": pushed, "update_time": pushed}
    return {**own, "sub_type": kind, "event_desc": words, "coordinate_x": point[0], "coordinate_y": point[1], "state": "待派遣", **more}


def patrol(number: str, at: datetime, words: str, kind: str, point: tuple[float, float], **more: Any) -> Payload:
    """大联勤 event, reported at `at`; the phone's own fix; `kind`: `矛盾纠纷/邻里纠纷`."""
    first, _, second = kind.partition("/")
    own = {"event_no": number, "report_time": f"{at:%Y-%m-%dT%H:%M:%S+08:00}", "event_type": first, "event_subtype": second, "content": words}
    return {**own, "lng": point[0], "lat": point[1], "accuracy_m": 10, "status": "待处置", **more}
