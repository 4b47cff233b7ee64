"""The rows of a centre's state: immutable tuples, small in memory and on the disk.

They are private to the fold (never published), so they are plain tuples rather than models: a centre keeps a hundred thousand
of them in memory, and each line writes two.
"""

from __future__ import annotations

from sys import intern
from typing import NamedTuple

import orjson

from schemas.errors import BrokenFrame
from schemas.ids import SEPARATOR
from schemas.vocabulary import OPEN_STATES, Intent, Precision, Urgency

_OPEN = frozenset(state.value for state in OPEN_STATES)


class Facts(NamedTuple):
    """What intake decided on a report: what it is about, where, whose."""

    matter: str
    intent: str
    urgency: str
    sealed: bool
    history: bool
    unit: str
    co_units: tuple[str, ...]
    precision: str
    lng: float | None
    lat: float | None
    grid: str
    community: str
    community_name: str
    street: str
    street_name: str
    district: str
    pack: str


NO_FACTS = Facts(
    "",
    Intent.OTHER.value,
    Urgency.NONE.value,
    sealed=False,
    history=False,
    unit="",
    co_units=(),
    precision=Precision.NONE.value,
    lng=None,
    lat=None,
    grid="",
    community="",
    community_name="",
    street="",
    street_name="",
    district="",
    pack="",
)


class Past(NamedTuple):
    """What a report formerly said, and from which order key to which: enough to know a line of it again."""

    since: str
    order: str
    digest: str


class Entry(NamedTuple):
    """The register's row of one report of one source: what stands, and what was before."""

    key: str
    since: str
    """Order key of the line that first said what stands."""
    order: str
    """The highest order key; above `since` where the same was sent again."""
    digest: str
    revision: int
    standing: bool
    case: int
    report_id: str
    seen_at: int
    """Seconds of the centre's clock when a line of it was last applied."""
    reported_at: int
    """Seconds since 1970, UTC."""
    address_key: str
    facts: Facts
    past: tuple[Past, ...]

    @property
    def source(self) -> str:
        """The source's name."""
        return self.key.partition(SEPARATOR)[0]

    @property
    def source_id(self) -> str:
        """The source's own id of the report."""
        return self.key.partition(SEPARATOR)[2]


class CaseRow(NamedTuple):
    """A case, known inside the centre by its ordinal (1, 2, …): the order in which cases were opened."""

    ordinal: int
    case_id: str
    number: str
    state: str
    seq: int
    opened_at: str
    """ISO instant."""
    changed_at: str
    members: tuple[str, ...]
    """Register keys of its reports, standing or withdrawn, in the order in which they came."""
    standing: int
    lead: str
    """Register key of the report that the case is described by; empty when none stands."""
    lead_report: str
    first_reported_at: int
    last_reported_at: int
    urgency: str
    facts: Facts
    merged_into: str

    @property
    def is_open(self) -> bool:
        """Whether work on it may go on."""
        return self.state in _OPEN


def register_key(source: str, source_id: str) -> str:
    """Key of a report in the register."""
    return f"{source}{SEPARATOR}{source_id}"


def to_bytes(row: Entry | CaseRow) -> bytes:
    """A row as it is kept."""
    return orjson.dumps(row, default=tuple)


def _facts(values: list[object]) -> Facts:
    shared = [intern(v) if isinstance(v, str) else v for v in values]
    shared[6] = tuple(values[6])  # type: ignore[arg-type]
    return Facts(*shared)  # type: ignore[arg-type]


def entry_from(data: bytes) -> Entry:
    """Reads an entry back; raises BrokenFrame when it is none."""
    try:
        values = orjson.loads(data)
        values[-2] = _facts(values[-2])
        values[-1] = tuple(Past(*p) for p in values[-1])
        return Entry(*values)
    except (ValueError, TypeError, IndexError) as error:
        raise BrokenFrame(f"a row of the register is not readable: {error}") from error


def case_from(data: bytes) -> CaseRow:
    """Reads a case back; raises BrokenFrame when it is none."""
    try:
        values = orjson.loads(data)
        values[7] = tuple(values[7])
        values[14] = _facts(values[14])
        return CaseRow(*values)
    except (ValueError, TypeError, IndexError) as error:
        raise BrokenFrame(f"a row of the cases is not readable: {error}") from error
