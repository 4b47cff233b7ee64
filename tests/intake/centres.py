"""Centres small enough to reckon with by hand, and reports to place and route in them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from pipeline.intake.plain import plain
from reference.load import load
from reference.pack import Reference
from reference.tables import PACKS
from schemas.centre import AddressEntry, Area, Duty, Grid, Matter, Unit
from schemas.report import Report
from schemas.vocabulary import AreaLevel, UnitKind, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pipeline.intake.place import Placement, Placer

AT = datetime(2024, 1, 2, 3, 4, tzinfo=UTC)
SINCE = date(2000, 1, 1)
DISTRICT, STREETS = "9", ("91", "92")


@cache
def pukou() -> Reference:
    """The shipped pack."""
    return load(PACKS / "pukou")


def area(code: str, name: str, *aliases: str, parent: str = "", at: tuple[float, float] | None = None) -> Area:
    """An area whose level is told by its code: 9 a district, 91 a street, 911 a community."""
    level = (AreaLevel.DISTRICT, AreaLevel.STREET, AreaLevel.COMMUNITY)[min(len(code), 3) - 1]
    lng, lat = at or (None, None)
    return Area(code=code, name=name, level=level, parent=parent or code[:-1][:2], aliases=aliases, lng=lng, lat=lat)


def grid(code: str, community: str, *, valid_from: date = SINCE, valid_to: date | None = None) -> Grid:
    """A grid."""
    return Grid(code=code, name=code, community=community, valid_from=valid_from, valid_to=valid_to)


def duty(
    name: str, matter: str, unit: str, *, area: str = "*", owner: str = "*", co: Sequence[str] = (), valid: tuple[date, date | None] = (SINCE, None)
) -> Duty:
    """A duty."""
    return Duty(
        duty=name, matter=matter, area=area, part_owner=owner, unit=unit, co_units=tuple(co), valid_from=valid[0], valid_to=valid[1], basis=f"basis of {name}"
    )


def matter(code: str, kind: str = "event", *, level: str = "department", lead: str = "chengguan", co: Sequence[str] = ()) -> Matter:
    """A matter."""
    said = {"code": code, "name": code, "group": code[:2], "group_name": code[:2], "kind": kind, "level": level, "lead": lead, "co_units": co}
    return Matter.model_validate({**said, "urgency": Urgency.U3, "limit": "5wd"})


UNITS = (
    Unit(unit="desk", name="指挥中心", kind=UnitKind.DESK),
    Unit(unit="chengguan", name="城管局", kind=UnitKind.DEPARTMENT),
    Unit(unit="jiwei", name="纪委监委", kind=UnitKind.DEPARTMENT),
    Unit(unit="ranqi", name="燃气企业", kind=UnitKind.COMPANY),
    Unit(unit="gongshui", name="供水企业", kind=UnitKind.COMPANY),
    Unit(unit="street-91", name="东街道办事处", kind=UnitKind.STREET, area="91"),
    Unit(unit="street-92", name="西街道办事处", kind=UnitKind.STREET, area="92"),
    Unit(unit="community-911", name="甲社区", kind=UnitKind.COMMUNITY, area="911"),
)
AREAS = (area("9", "小区"), area("91", "东街道"), area("92", "西街道"), area("911", "甲社区"), area("912", "乙社区"), area("921", "丙社区"))


def centre(
    grids: Iterable[tuple[Grid, Any]] = (),
    *,
    areas: Iterable[Area] = AREAS,
    addresses: Iterable[AddressEntry] = (),
    duties: Iterable[Duty] = (),
    matters: Iterable[Matter] = (),
    **changed: Any,
) -> Reference:
    """A reference of what is given; the rest is as little as there can be."""
    rows = list(grids) or [(grid("911001", "911"), shapely.box(118.0, 32.0, 118.1, 32.1))]
    polygons = np.empty(len(rows), dtype=object)
    polygons[:] = [polygon for _, polygon in rows]
    known: dict[str, Any] = {
        "name": "small",
        "title": "小区",
        "hash": "0123456789abcdef",
        "time_zone": "Asia/Shanghai",
        "district": DISTRICT,
        "matters": {row.code: row for row in (*matters, matter("1901", "service", lead="jiwei"), matter("1999", "service", lead="desk"))},
        "units": {unit.unit: unit for unit in UNITS},
        "duties": tuple(duties),
        "areas": {row.code: row for row in areas},
        "grids": tuple(row for row, _ in rows),
        "polygons": polygons,
        "responders": (),
        "shifts": {},
        "deadlines": (),
        "calendar": (),
        "source_codes": {},
        "merge_rules": {},
        "gates": (),
        "lexicon": (),
        "addresses": tuple(addresses),
        "metrics": {},
        "manifest": {},
    }
    return Reference(**{**known, **changed})


def report(text: str = "", **fields: Any) -> Report:
    """A report."""
    return Report.model_validate({"source": "hotline12345", "source_id": "A1", "reported_at": AT, "text": text, **fields})


def placed(placer: Placer, *reports: Report) -> list[Placement]:
    """Where reports are."""
    return placer.place(reports, [(plain(said.text), plain(said.address)) for said in reports])
