"""What one source says about one matter, and its acceptance.

The contract every channel fills (`domain/domain.md` §10, data contract minimum). Of the person who reports it holds a masked copy and an
encrypted box (`schemas.personal`): connectors drop what is not declared here.
"""

from __future__ import annotations

from typing import Annotated

import orjson
from pydantic import Field

from schemas.fields import FreeText, Instant, Model, Token
from schemas.personal import Reporter
from schemas.vocabulary import Crs, Intent, Operation, Source, Urgency

Code = Annotated[Token, Field(max_length=200)]


class CallFacts(Model):
    """Of the call by which a report came (hotline, 110): what the indicators of answering are made of (`domain/domain.md` §1.1)."""

    waited_s: Annotated[int, Field(ge=0, le=86_400)] | None = Field(default=None, description="Seconds from the first ring to the answer, or to giving up.")
    lasted_s: Annotated[int, Field(ge=0, le=86_400)] | None = Field(default=None, description="Seconds of talk.")
    answered: bool


class Report(Model):
    """One line of a source, in our words: it sets a report (a first or a further revision) or withdraws it."""

    source: Source
    source_id: Annotated[Token, Field(min_length=1, max_length=200)]
    operation: Operation = Operation.SET
    order_key: Annotated[Token, Field(max_length=40)] = Field(
        default="",
        description="The source's own order of what it says about this report, as a string that sorts (`order_key`); empty: the place in the log counts.",
    )
    reported_at: Instant = Field(description="When people said it.")
    arrived_at: Instant | None = Field(default=None, description="When the source passed it on; none: on acceptance.")
    text: Annotated[FreeText, Field(max_length=20_000)] = ""
    address: Annotated[FreeText, Field(max_length=1_000)] = ""
    area_hint: Code = Field(default="", description="Name of the street or district as the source has it.")
    lng: float | None = Field(default=None, allow_inf_nan=False, description="As received, in `crs`; degrees.")
    lat: float | None = Field(default=None, allow_inf_nan=False, description="As received, in `crs`; degrees.")
    crs: Crs = Crs.WGS84
    accuracy_m: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    code_standard: Code = Field(default="", description="Whose codes `code` is of; a key of the centre's source code maps.")
    code: Annotated[Token, Field(max_length=400)] = Field(default="", description="The source's own code of the matter; levels are joined by '/'.")
    intent: Intent | None = None
    urgency_hint: Urgency | None = None
    part_owner: Code = Field(default="", description="Unit id of the owner of the part (部件), where the source knows it.")
    persons: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(default=None, description="How many people are concerned.")
    attachments: tuple[Annotated[Token, Field(max_length=500)], ...] = Field(default=(), max_length=20, description="References, never contents.")
    extra: dict[Annotated[Token, Field(max_length=100)], Annotated[FreeText, Field(max_length=2_000)]] = Field(default_factory=dict, max_length=40)
    call: CallFacts | None = Field(default=None, description="The call by which it came; none: it came otherwise, or the source does not say.")
    reporter: Reporter | None = Field(default=None, description="Who reports, masked, and encrypted by the key ring; none: not known, or nameless.")


FirstPlace = Annotated[str, Field(pattern=r"^(#[0-9]{18}\.[0-9]{6})?$")]
"""A place in `ucc.raw` as a string that sorts: `#<offset>.<line>` (`place_of`); empty: the place where it is read."""


def place_of(raw_offset: int, raw_line: int) -> str:
    """A place in `ucc.raw` as a string that sorts: `#000000000000000012.000003`."""
    return f"#{raw_offset:018d}.{raw_line:06d}"


class Accepted(Model):
    """One line of `ucc.raw`: a report with its receipt. From here on it has exactly one outcome.

    A replay is a line, too: the same receipt and report, and beside them which dead letter it replays and where the line had first stood.
    """

    receipt_id: str
    accepted_at: Instant
    report: Report
    replays: str = Field(default="", description="dead_letter_id of the dead letter that this line replays.")
    first_place: FirstPlace = Field(default="", description="Of a replay: where the line first stood, so that it keeps its place in the order.")

    def line(self, report: bytes) -> bytes:
        """As `to_json`, with the report as JSON from one who has it already."""
        line: dict[str, object] = {"receipt_id": self.receipt_id, "accepted_at": self.accepted_at, "report": orjson.Fragment(report)}
        if self.replays:
            line["replays"] = self.replays
        if self.first_place:
            line["first_place"] = self.first_place
        return orjson.dumps(line, option=orjson.OPT_UTC_Z)


def order_key(value: int | str) -> str:
    """A source's version, sequence or instant as a string whose order is that of the values.

    Whole numbers of 0 … 10^18 - 1 are zero-padded; text (a fixed-width instant, say) is taken as it is. Raises ValueError
    for a number out of bounds.
    """
    if isinstance(value, int):
        if not 0 <= value < 10**18:
            raise ValueError(f"{value} is not a whole number from 0 to 10^18 - 1")
        return f"{value:018d}"
    return value
