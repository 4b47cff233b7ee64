"""A centre as data: the rows of a reference pack. `reference/` loads, checks and holds them; nothing here knows a file."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field

from schemas.fields import Latitude, Longitude, MatterCode, Model, Token
from schemas.limit import LIMIT_PATTERN
from schemas.report import Code
from schemas.vocabulary import Action, AreaLevel, CaseState, ClockEffect, Feed, Force, Guard, Intent, Milestone, Role, Source, Start, UnitKind, Urgency

Id = Annotated[Token, Field(min_length=1, max_length=64)]
Name = Annotated[Token, Field(min_length=1, max_length=200)]
AreaCode = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,32}$")]
Pattern = Annotated[str, Field(pattern=r"^([0-9]{4}|[0-9]{2}\*|\*)$", description="A matter `0203`, a group `02*`, or all `*`.")]


class Matter(Model):
    """事项: node of the taxonomy."""

    code: MatterCode
    name: Name
    group: Annotated[str, Field(pattern=r"^[0-9]{2}$")]
    group_name: Name
    kind: Literal["part", "event", "service"] = Field(
        description="部件: first its owner, then the place; 事件: first the place, then the owner; service: by duty alone."
    )
    level: Literal["department", "street"] = Field(description="`department`: never pushed down to a street or community.")
    lead: Id = Field(description="Unit id of the lead in the taxonomy; duties refine it.")
    co_units: tuple[Id, ...] = ()
    urgency: Urgency
    limit: str = Field(description="Closing limit: `4wh`, `2wd`, `2ewh`, `30min`, `legal`, `none` (工作时, 工作日, 紧急工作时).")
    forces: tuple[Force, ...] = ()


class Unit(Model):
    """承办单位."""

    unit: Id
    name: Name
    kind: UnitKind
    area: AreaCode | Literal["*"] = "*"
    parent: str = ""
    aliases: tuple[Name, ...] = ()
    synthetic: bool = False


class Duty(Model):
    """职责: dated rule, matter × area × part owner → lead unit, with its legal basis."""

    duty: Id
    matter: Pattern
    area: AreaCode | Literal["*"] = "*"
    part_owner: Id | Literal["*"] = "*"
    unit: str = Field(description="Unit id, or `@street` / `@community`: the unit of the place; `@owner`: the owner of the part.")
    co_units: tuple[str, ...] = ()
    valid_from: date
    valid_to: date | None = None
    basis: Annotated[str, Field(min_length=1)] = Field(description="Legal basis.")


class Area(Model):
    """A district, street or community; grids lie in communities."""

    code: AreaCode
    name: Name
    level: AreaLevel
    parent: str = ""
    aliases: tuple[Name, ...] = ()
    lng: Longitude | None = Field(default=None, description="Of a point inside, WGS-84.")
    lat: Latitude | None = None
    synthetic: bool = False


class Grid(Model):
    """网格: polygon with a stable code, inside a community; codes are never used again."""

    code: AreaCode
    name: Name
    community: AreaCode
    kind: Literal["general", "dedicated"] = Field(default="general", description="综合网格 or 专属网格.")
    valid_from: date
    valid_to: date | None = None
    synthetic: bool = False
    neighbours: tuple[str, ...] = ()


class Responder(Model):
    """处置力量: a person or team that can be sent. Names are of posts, never of people."""

    responder: Id
    post: Name
    force: Force
    skills: tuple[Id, ...] = ()
    unit: Id
    grid: str = ""
    shift: Id
    synthetic: bool = False


class Shift(Model):
    """On which days and from when to when; `ends` before `starts` is the next day."""

    shift: Id
    days: Annotated[str, Field(pattern=r"^[1-7]{1,7}$")]
    starts: time
    ends: time


class ForceRule(Model):
    """What a force can do: how fast it comes, how much it takes on, and which skills it knows."""

    force: Force
    speed_kmh: Annotated[float, Field(ge=2, le=120)] = Field(description="On the way through the district, stops at lights included; 2: on foot.")
    load_cap: Annotated[int, Field(ge=1, le=20)] = Field(description="So many standing orders at most; more than twenty is a queue, no load.")
    sworn: bool = Field(default=False, description="May enforce (`domain/domain.md` §4.2); a matter of enforcement needs one of them.")
    skills: tuple[Id, ...] = Field(description="All that its responders may have and run cards may want of it.")
    basis: str


class RunCard(Model):
    """调派方案: matter × urgency → so many of a force, with what skill, how soon. Rows of one matter and urgency make up one card."""

    card: Id
    matter: Pattern
    urgency: Urgency | Literal["*"] = "*"
    force: Force
    number: Annotated[int, Field(ge=1, le=20)] = 1
    skills: tuple[Id, ...] = Field(default=(), description="Any one of them will do; none: whoever is of the force.")
    unit: Literal["*", "@lead", "@case"] = Field(default="*", description="Of any unit; of the lead or one below it; of the lead, a co-unit or one below them.")
    within_min: Annotated[int, Field(ge=1, le=24 * 60)] = Field(description="Who is on the way for so long at most is in the first ring.")
    task: Name = Field(description="What there is to do, in words that a volunteer may read.")
    basis: str


class DispatchRule(Model):
    """How responders are weighed against each other, by urgency. Every weight is in seconds of the way (`domain/domain.md` §4.3)."""

    urgency: Urgency
    automatic: bool = Field(description="False: a person sends, choosing among the same candidates.")
    fix_age_s: Annotated[int, Field(ge=10, le=3600)] = Field(description="A fix older than this says nothing of where somebody is.")
    accuracy_m: Annotated[int, Field(ge=5, le=2000)] = Field(description="A fix less accurate is none.")
    detour: Annotated[float, Field(ge=1, le=5)] = Field(description="Roads are so much longer than the straight line.")
    ack_s: Annotated[int, Field(ge=10, le=86_400)] = Field(description="An order that nobody takes so long has expired.")
    ring_factor: Annotated[float, Field(ge=1, le=10)] = Field(description="The next ring is so much wider.")
    rings: Annotated[int, Field(ge=1, le=9)] = Field(description="After so many the desk telephones.")
    wait_min: Annotated[int, Field(ge=0, le=7 * 24 * 60)] = Field(description="So long somebody may still become free; then the desk telephones. 0: at once.")
    again_s: Annotated[int, Field(ge=10, le=86_400)] = Field(description="While it waits, one looks again after so long.")
    own_grid_s: Annotated[int, Field(ge=0, le=86_400)] = Field(description="Taken off for whoever answers for the grid.")
    load_s: Annotated[int, Field(ge=0, le=86_400)] = Field(description="For each standing order.")
    today_s: Annotated[int, Field(ge=0, le=86_400)] = Field(description="Fairness: for each order of this day. No other day counts.")
    uncovered_s: Annotated[int, Field(ge=0, le=86_400)] = Field(description="For leaving nobody of the force round about; shared by those who stay.")
    basis: str


class DeadlineRule(Model):
    """时限 as data: milestone × urgency (or matter, or intent, …) → limit and what starts it. The closing limit of a matter stands with the matter."""

    rule: Id
    milestone: Milestone
    matter: Pattern = "*"
    intent: Intent | Literal["*"] = "*"
    urgency: Urgency | Literal["*"] = "*"
    source: Code | Literal["*"] = "*"
    zone: Id | Literal["*"] = Field(default="*", description="Where it happens, by zones.csv.")
    span: Id | Literal["*"] = Field(default="*", description="Part of the day in which the clock starts, by day_spans.csv.")
    starts: Start
    limit: Annotated[str, Field(pattern=LIMIT_PATTERN)]
    cap: Annotated[str, Field(pattern=LIMIT_PATTERN)] = Field(default="none", description="In no case later than this, from the same start.")
    basis: str


class CalendarDay(Model):
    """A day that differs from the week: 节假日 (no work) or 调休 (work on a weekend)."""

    day: date
    works: bool
    name: Name


class SourceCode(Model):
    """A source's own code of a matter in our words."""

    standard: Id
    code: Annotated[Token, Field(min_length=1, max_length=400)]
    matter: MatterCode
    intent: Intent | None = None
    note: str = ""


class MergeRule(Model):
    """When two reports of a matter are the same case: within so many metres and hours, in a case that spans no longer than `span_hours`."""

    matter: Pattern
    merges: bool
    radius_m: Annotated[float, Field(ge=0, le=2_000)]
    window_hours: Annotated[float, Field(ge=0, le=24 * 45)]
    span_hours: Annotated[float, Field(ge=0, le=24 * 45)]
    basis: str


class Gate(Model):
    """Words that seal a report or raise its urgency, before any statistics.

    It holds when one of `any_of` stands in the text, and (where given) one of `with_any`, and none of `unless`.
    """

    gate: Id
    effect: Literal["seal", "emergency", "hazard"]
    any_of: tuple[Name, ...] = Field(min_length=1)
    with_any: tuple[Name, ...] = ()
    unless: tuple[Name, ...] = ()
    matter: str = Field(default="", description="Emergency: the matter that it means where no source code says otherwise.")
    matters: tuple[Pattern, ...] = Field(default=(), description="Hazard: raises these alone; none: all.")
    urgency: Urgency | None = None
    basis: str
    restricted: bool = Field(
        default=False, description="What is said is for who handles it alone: minors, domestic violence, suicide (`domain/domain.md` §1.6, 11)."
    )


class LexiconWord(Model):
    """A word that speaks for a matter or an intent."""

    word: Name
    matter: str = ""
    intent: Intent | None = None
    weight: Annotated[float, Field(gt=0, le=10)] = 1.0


class AddressEntry(Model):
    """A known address or place name and where it is."""

    name: Name
    community: AreaCode
    grid: str = ""
    lng: Longitude | None = None
    lat: Latitude | None = None
    synthetic: bool = False


class Metric(Model):
    """读数口径: a number that a department feeds. A reading of it is taken when its unit is this one, and its value within these bounds."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$", max_length=64)]
    name: Name
    unit: Annotated[Token, Field(min_length=1, max_length=20)] = Field(description="`0/1`: yes or no.")
    least: Annotated[float, Field(allow_inf_nan=False)] = Field(description="What can be at all: beyond it an instrument is broken, or a unit mistaken.")
    most: Annotated[float, Field(allow_inf_nan=False)]
    freshness_s: Annotated[int, Field(gt=0)] = Field(description="Older than so many seconds a reading is stale.")
    feed: Feed = Field(description="Through whose line it comes; departments without one come through the nearest.")
    indicators: tuple[Id, ...] = Field(min_length=1, description="Indicators that are made of it.")


class TransitionRule(Model):
    """流转规则: in which states an action may be, by whom, what must hold beside, where it leads, and what it does to the clocks (`domain/domain.md` §1.0)."""

    action: Action
    states: tuple[CaseState, ...] = Field(min_length=1, description="From.")
    to: CaseState | Literal[""] = Field(default="", description="Empty: the case stays where it stands.")
    who: tuple[Role, ...] = Field(min_length=1)
    guards: tuple[Guard, ...] = ()
    clocks: tuple[ClockEffect, ...] = ()
    basis: Annotated[str, Field(min_length=1)]


class SourceWord(Model):
    """回传用语: what a source calls a state of ours, and whether it is told of it."""

    source: Source
    state: CaseState
    said: Name
    told: bool = Field(description="Whether the source hears of a case that comes to stand here.")
    final: bool = Field(default=False, description="Whether this is the last that it hears, once.")
    basis: str
