"""The registry of topics (`DESIGN.md` §5): what flows where, how it is keyed, how long it stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, NamedTuple

from schemas.case import Case, DeadLetter, Outcome, Transition
from schemas.command import Verdict
from schemas.event import ReportEvent
from schemas.fields import Model
from schemas.issue import Alert, Result
from schemas.reading import Position, Reading
from schemas.report import Accepted
from schemas.vocabulary import Source


class Topic(NamedTuple):
    """One topic. `retention` none: for ever; `compacted`: the last line of each key stays."""

    name: str
    model: type[Model] | None
    key: Literal["centre", "case_id", "state key", "source id"]
    by_centre: bool
    retention: timedelta | None
    compacted: bool = False
    public: bool = False
    meaning: str = ""


RAW = Topic("ucc.raw", Accepted, "centre", True, timedelta(days=30), meaning="accepted, with receipt")
EVENTS = Topic("ucc.events", ReportEvent, "centre", True, timedelta(days=7), meaning="placed, classified, routed: what the fold takes")
JOURNAL = Topic("ucc.journal", Transition, "centre", True, timedelta(days=30), public=True, meaning="every transition of every case")
OUTCOMES = Topic("ucc.outcomes", Outcome, "centre", True, timedelta(days=30), meaning="what became of each accepted line")
CASES = Topic("ucc.cases", Case, "case_id", True, None, compacted=True, public=True, meaning="the latest picture of each case")
STATE = Topic("ucc.state", None, "state key", True, None, compacted=True, meaning="all that a fold needs to go on")
ALERTS = Topic("ucc.alerts", Alert, "centre", True, timedelta(days=30), meaning="what a person must look at")
VERDICTS = Topic("ucc.verdicts", Verdict, "centre", True, timedelta(days=30), public=True, meaning="what became of each command")
RESULTS = Topic("ucc.results", Result, "centre", True, timedelta(days=30), public=True, meaning="what sources are told of their reports")
POSITIONS = Topic("ucc.positions", Position, "centre", True, timedelta(hours=1), meaning="latest fixes of responders")
READINGS = Topic("ucc.readings", Reading, "centre", True, timedelta(days=7), meaning="figures that departments feed")
# A letter keeps later lines of its report waiting until somebody replays it: it may not be gone before that.
DEAD_LETTERS = Topic("ucc.dead-letters", DeadLetter, "centre", True, timedelta(days=3_650), meaning="what could not go on")
IN = tuple(
    Topic(f"ucc.in.{source}", None, "source id", False, timedelta(days=7), meaning=f"what {source} pushes through Kafka, in its own words") for source in Source
)

TOPICS: dict[str, Topic] = {
    t.name: t for t in (RAW, EVENTS, JOURNAL, OUTCOMES, CASES, STATE, ALERTS, VERDICTS, RESULTS, POSITIONS, READINGS, DEAD_LETTERS, *IN)
}
