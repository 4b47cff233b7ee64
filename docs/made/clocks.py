"""Writes `docs/clocks.md`, the clocks of the shipped pack as tables: `python -m docs.made.clocks`. The same bytes every time."""  # noqa: INP001  a script of the docs

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.casework.clocks.calendar import OfficeCalendar
from pipeline.casework.clocks.reckoning import Due, Reckoner, clock
from reference.load import load
from reference.pack import Reference
from reference.tables import PACKS
from schemas.centre import DeadlineRule
from schemas.limit import read_limit
from schemas.vocabulary import Intent, Milestone, Source, Urgency

PAGE = Path(__file__).parents[1] / "clocks.md"
HEAD = """# Clocks · 时限

For whoever answers for a centre's deadlines. This page is made from the shipped pack (`reference/packs/base`, `reference/packs/pukou`) by
`python -m docs.made.clocks`; a test holds it to the data. The numbers are starting values, not the law of your district: change the
tables ([a centre as data](reference.md)), not this page.
"""
EXAMPLES = (
    ("2024-01-27 10:00", "5wd", ()),
    ("2025-01-27 10:00", "5wd", ()),
    ("2026-01-27 10:00", "5wd", ()),
    ("2026-03-02 09:00", "60d", ()),
    ("2026-03-02 09:00", "60d", ("30d",)),
    ("2026-03-02 17:55", "4wh", ()),
    ("2026-02-13 17:55", "4wh", ()),
    ("2026-06-30 17:55", "4wh", ()),
    ("2026-02-16 23:30", "2ewh", ()),
    ("2026-12-31 10:00", "1wd", ()),
)
"""Starts in the centre's time, limits, grants: among them the vectors of the decisions."""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "、") for cell in line) + " |" for line in lines) + "\n"


def kinds(reference: Reference) -> str:
    """How each kind of time is counted, and examples that the program reckons itself."""
    rows = [
        ("紧急工作时", "`30min`, `2ewh`", "from the instant itself, round the clock", "连续计时"),
        ("工作时", "`4wh`", "from the instant itself, while the office is open", "办公时间内计时"),
        ("工作日", "`5wd`", "the day of the start left out; ends at the close of office on the last day", "当日不计，末日下班时止"),
        ("自然日", "`60d`", "likewise, at 24:00; rolls to the end of the next working day where the last day is none", "当日不计，末日24时止，遇休顺延"),
    ]
    reckoner, zone = Reckoner(OfficeCalendar.of(reference)), ZoneInfo(reference.time_zone)
    examples = [(start, " + ".join((limit, *grants)), shown(reckoner, zone, start, limit, grants)) for start, limit, grants in EXAMPLES]
    return (
        "## How time is counted · 计时\n\n"
        + table(("kind", "written", "counted", "计法"), rows)
        + "\n"
        + "A clock is never reset. Time is credited by an approved pause or ruling alone; each end of a day that lies in a pause makes 工作日 and 自然日 a day later.\n\n"
        + table(("starts", "limit", "due"), examples)
    )


def shown(reckoner: Reckoner, zone: ZoneInfo, start: str, limit: str, grants: Sequence[str]) -> str:
    """When an example is due, as people read it."""
    read, more = read_limit(limit), [grant for text in grants if (grant := read_limit(text)) is not None]
    if read is None:
        raise AssertionError("an example has a time")
    due: Due = reckoner.due(clock(datetime.fromisoformat(start).replace(tzinfo=zone), read, more))
    if due.at is None:
        raise AssertionError("no example stands still")
    at = f"{due.day} 24:00" if due.unrolled else due.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    rolled = f", rolled from {due.unrolled}" if due.unrolled and due.unrolled != due.day else ""
    return f"{at}{rolled}{', provisional' if due.provisional else ''}"


def hours(reference: Reference) -> str:
    """Office hours, spans of the day, zones, and how far the calendar reaches."""
    calendar = OfficeCalendar.of(reference)
    first, last = (datetime.fromordinal(day).strftime("%Y-%m-%d") for day in (calendar.known_from, calendar.known_to))
    seasons = [(row.season, f"{row.first} … {row.last}" if row.first else "otherwise", ", ".join(row.hours), row.basis) for row in reference.office_hours]
    spans = [(span.span, f"{span.starts:%H:%M}", f"{span.ends:%H:%M}", span.basis) for span in reference.day_spans.values()]
    names = {area.code: area.name for area in reference.areas.values()} | {"*": "elsewhere · 其余"}
    zones = [(zone, names.get(code, code)) for code, zone in reference.zones.items()]
    return (
        "## Hours and days · 办公时间\n\n"
        + table(("season", "days", "hours", "依据"), seasons)
        + f"\nHolidays and working weekends (调休) are known from {first} to {last}. Beyond, weekends count alone, and the deadline is provisional.\n\n"
        + table(("span", "from", "to", "依据"), spans)
        + "\n"
        + table(("zone", "where"), zones)
    )


def milestones(reference: Reference) -> str:
    """The limits of every urgency, and what starts the clock."""
    rules = sorted((rule for rule in reference.deadlines if not narrower(rule)), key=lambda rule: rule.urgency != "*")  # one of an urgency stands above
    general = {(rule.milestone, urgency): rule for rule in rules for urgency in Urgency if rule.urgency in ("*", urgency)}
    rows = []
    for milestone in Milestone:
        of_all = [general.get((milestone, urgency)) for urgency in Urgency]
        starts = dict.fromkeys(f"{rule.starts.zh} {rule.starts.value}" for rule in of_all if rule is not None)
        if starts:
            rows.append([f"{milestone.zh} {milestone.value}", "; ".join(starts), *(written(rule) for rule in of_all)])
    return "## Milestones by urgency · 各节点时限\n\nWhere no rule below says more. Every milestone before closing is capped by the closing limit.\n\n" + table(
        ("milestone", "starts with", *(f"{urgency.value} {urgency.zh}" for urgency in Urgency)), rows
    )


def narrower(rule: DeadlineRule) -> bool:
    """Whether a rule is for some matters, intents, sources, zones or parts of the day alone."""
    return {rule.matter, rule.intent, rule.source, rule.zone, rule.span} != {"*"}


def written(rule: DeadlineRule | None) -> str:
    """A limit in a table."""
    if rule is None or rule.limit == "none":
        return "–"
    return f"{rule.limit}, at most {rule.cap}" if rule.cap != "none" else rule.limit


def special(reference: Reference) -> str:
    """Rules that say more of the case."""
    rows = []
    for rule in sorted((rule for rule in reference.deadlines if narrower(rule)), key=lambda rule: list(Milestone).index(rule.milestone)):
        intent = Intent(rule.intent).zh if rule.intent != "*" else ""
        source = Source(rule.source).zh if rule.source in list(Source) else rule.source.replace("*", "")
        matter = f"{rule.matter} {reference.matters[rule.matter].name}" if rule.matter in reference.matters else rule.matter.replace("*", "")
        urgency = rule.urgency.replace("*", "")
        when = "; ".join(part for part in (source, matter, intent, urgency, *(f"`{name}`" for name in (rule.zone, rule.span) if name != "*")) if part)
        rows.append((f"{rule.milestone.zh} {rule.milestone.value}", when or "any · 其余", rule.starts.value, written(rule), rule.basis))
    return (
        "## Where more is said · 另有规定\n\n"
        "A source's rule decides before the matter's, that before the intent's, the urgency's, the zone's, the part of the day's. The closing limit of a matter\n"
        "stands below; one of its own sources or codes here stands above it.\n\n" + table(("milestone", "when", "starts with", "limit", "依据"), rows)
    )


def matters(reference: Reference) -> str:
    """Closing limits of the matters, from dispatch."""
    by_limit: defaultdict[str, list[str]] = defaultdict(list)
    for matter in reference.matters.values():
        by_limit[matter.limit].append(f"{matter.code} {matter.name}")
    ordered = sorted(by_limit.items(), key=lambda item: length(item[0]))
    return "## Closing limits of matters · 事项办结时限\n\nFrom the first dispatch.\n\n" + table(
        ("limit", "matters"), ((limit, "; ".join(names)) for limit, names in ordered)
    )


def length(text: str) -> tuple[int, int]:
    """Order of limits in the table: by kind, then by length; none last."""
    limit = read_limit(text)
    if limit is None:
        return 9, 0
    return list(type(limit.kind)).index(limit.kind), limit.amount


def after(reference: Reference) -> str:
    """Warnings, supervision and extensions."""
    warned = [
        (
            "any" if rule.milestone == "*" else rule.milestone,
            "any" if rule.urgency == "*" else rule.urgency,
            f"{rule.level.zh} {rule.level.value}",
            f"{rule.share} %" if rule.share else f"{rule.over} after it was due",
            ", ".join(rule.tells),
            rule.quiet and f"not in `{rule.quiet}`",
            rule.basis,
        )
        for rule in reference.warnings
    ]
    steps = [(str(step.level), step.name, step.limit, step.on.zh if step.on else "", ", ".join(step.tells), step.basis) for step in reference.supervision]
    more = [
        (
            rule.milestone.zh,
            "any" if rule.source == "*" else rule.source,
            "any" if rule.urgency == "*" else rule.urgency,
            str(rule.times),
            rule.most if rule.most != "none" else f"{rule.share} % of the limit",
            rule.basis,
        )
        for rule in reference.extensions
    ]
    return (
        "## Warnings · 预警\n\nOf the rows that fit those with the most specific milestone and urgency hold; of several of a level the earliest. Shares are of the\n"
        "deadline's own kind of time. Nobody is warned of the end of the return window: silence is acceptance.\n\n"
        + table(("milestone", "urgency", "level", "when", "tells", "quiet hours", "依据"), warned)
        + "\n## Supervision · 督办\n\n"
        + table(("level", "督办", "due within", "begun by", "tells", "依据"), steps)
        + "\n## Extensions · 延期\n\n"
        + table(("milestone", "source", "urgency", "times", "all together", "依据"), more)
    )


def page() -> str:
    """The page."""
    reference = load(PACKS / "pukou")
    return "\n".join((HEAD, *(part(reference) for part in (kinds, hours, milestones, special, matters, after))))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
