"""Whom a report complains of, so that it never handles it (`domain/domain.md` §4.3, §7): what the source says, else a narrow reading of the words.

A unit that is wrongly taken for the accused loses a case that is its duty, so words count only where they leave no doubt: a complaint or an
accusation, in which the full name of a unit follows 投诉, 举报, 控告 or 检举 at once; or follows 反映, with what it did wrong at once behind it.
向住建局反映 names who is told; 投诉供电公司门口占道 names a place; 多次投诉城管局无果 says to whom somebody went before. None of these accuses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pipeline.intake.plain import plain
from schemas.event import Why
from schemas.vocabulary import Intent, UnitKind

if TYPE_CHECKING:
    from reference.pack import Reference
    from schemas.report import Report

FIELD = "against"
"""Key of a report's `extra` under which a connector hands on the unit that its source names as complained of."""
ACCUSING = (Intent.COMPLAINT, Intent.ACCUSATION)
_KINDS = (UnitKind.COMPANY, UnitKind.STREET, UnitKind.COMMUNITY, UnitKind.DEPARTMENT)
_WHOLE_NAME = re.compile(r".{2,}(局|公司|企业|部门|办事处|居委会|村委会|委员会|卫健委|发改委|中心|大队|派出所|办公室|[^街]办)")
"""Names that can only be an organisation's: 消防 in 举报消防通道堵塞 is none, 江浦街道 in 投诉江浦街道路灯不亮 is a place."""
_BETWEEN = re.compile(r"[、,;，；/|]")
_NAMED = r"被(?:投诉|举报|反映|诉)(?:单位|对象|方)(?:是|为)?"
_WORDS = ("投诉", "举报", "控告", "检举", "反映", "被诉")
"""Without one of them there is nothing to look for."""
_FIRST = r"(?<![次复直已曾经前再向被不未没])(?<!不是)(?<!没有)"
"""Not what was done before or is not done now: 多次投诉, 未举报."""
_SIGNS = r"[ :“\"《【]*"
_CONDUCT = r"(?=的?(?:不作为|乱作为|慢作为|推诿|推脱|扯皮|敷衍|乱收费|多收|违规|违法|拒不|拒绝|不履行|不处理|不解决|不退|态度|服务态度|服务差|工作人员|员工|负责人|领导))"
_ELSEWHERE = (
    r"(?!\s*(?:门|附近|旁|边|对面|隔壁|周边|楼|大院|院内|宿舍|家属|小区|停车|食堂|东|南|西|北|前|后|路|街|公交|站|辖|管辖|所辖|范围|[0-9]"
    r"|下属|附属|直属|所属|多次|几次|数次|无果|未果|没用|都|也|均|已|过|就|说|称|回|答|告知|让|热线|电话|无人|没人|处理|协调|解决|、|和|与|及))"
)
"""What shows that the name before it is a place, somebody else's, or whom one turned to."""


class Accused(NamedTuple):
    """Ids of the units that are complained of, sorted, and why; none: nobody whom the pack knows."""

    units: tuple[str, ...]
    why: Why | None


NOBODY = Accused((), None)


class Accusations:
    """Finds the accused by the units of one pack. Pure; decisions on the same units share their reason."""

    def __init__(self, reference: Reference) -> None:
        named: dict[str, set[str]] = {}
        for unit in reference.units.values():
            if unit.kind in _KINDS:
                for name in (unit.unit, unit.name, unit.name.removeprefix("区"), *unit.aliases):
                    named.setdefault(plain(name), set()).add(unit.unit)
        self._units = {name: min(ids) for name, ids in named.items() if name and len(ids) == 1}
        areas = {plain(name) for area in reference.areas.values() for name in (area.name, *area.aliases)} - {""}
        within = "|".join(re.escape(name) for name in sorted({*areas, "区", "本区", "我区", "本", "该", "当地"}, key=lambda name: (-len(name), name)))
        whole = sorted((name for name in self._units if _WHOLE_NAME.fullmatch(name)), key=lambda name: (-len(name), name))
        names = "|".join(map(re.escape, whole))
        self._of_area = re.compile(f"(?:{within})")
        named_unit = rf"{_SIGNS}(?:[一-鿿]{{2,3}}市)?(?:{within})?({names})"
        ways = (rf"(?:{_NAMED}|{_FIRST}(?:投诉|举报|控告|检举)了?){named_unit}{_ELSEWHERE}", rf"{_FIRST}反映了?{named_unit}{_CONDUCT}")
        self._accused = tuple(map(re.compile, ways)) if whole else ()
        self._kept: dict[tuple[str, tuple[str, ...]], Accused] = {}

    def of(self, report: Report, text_plain: str, intent: Intent) -> Accused:
        """Whom a report that is not sealed complains of; `text_plain` is its text made plain. What the source says stands above the words."""
        said = report.extra.get(FIELD, "")
        if said:
            return self._because("report/extra/against", tuple(name for part in _BETWEEN.split(plain(said)) if (name := self._known(part.strip()))))
        if intent not in ACCUSING or not any(word in text_plain for word in _WORDS):
            return NOBODY
        return self._because("words/against", tuple(name for way in self._accused for name in way.findall(text_plain)))

    def _known(self, name: str) -> str:
        """A name of the pack's that `name` is, as it stands or without the area before it; empty: none."""
        if name in self._units:
            return name
        area = self._of_area.match(name)
        rest = name[area.end() :] if area else ""
        return rest if rest in self._units else ""

    def _because(self, rule: str, names: tuple[str, ...]) -> Accused:
        names = tuple(sorted(set(names)))
        if not names:
            return NOBODY
        if (rule, names) not in self._kept:
            self._kept[rule, names] = Accused(tuple(sorted({self._units[name] for name in names})), Why(rule=rule, because="、".join(names)))
        return self._kept[rule, names]
