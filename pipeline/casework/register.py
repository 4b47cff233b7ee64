"""The register: what each source said of each report, and what a further line therefore is (`DESIGN.md` §3)."""

from __future__ import annotations

from enum import Enum

from pipeline.casework.rows import Entry, Past
from schemas.report import place_of

WITHDRAWAL = "-"
"""Stands for the digest of a withdrawal in what is past."""
PAST_KEPT = 64
"""Former lines of a report that are known again as resent; an older one sent again counts as late, which changes nothing either."""


class Verdict(Enum):
    """What a line is to a report."""

    FIRST = "first"
    """Nothing was known of it."""
    NEXT = "next"
    """The next revision; after a withdrawal, too."""
    WITHDRAWS = "withdraws"
    """Ends the report."""
    RESENT = "resent"
    """Says what stands, or what was said under that key before."""
    LATE = "late"
    """A revision that another one has overtaken: history, not the present."""


def order_of(order_key: str, raw_offset: int, raw_line: int, first_place: str = "") -> str:
    """The line's order key: the source's own, else its place in the log, of a replay the first one. A source's own key sorts above any place."""
    return order_key or first_place or place_of(raw_offset, raw_line)


def judge(entry: Entry | None, order: str, digest: str, *, withdraws: bool) -> Verdict:
    """What a line is, from what is registered.

    A key that is not higher: resent when that line is known (or says what stands), else late. A higher key with the standing
    content: resent. Else the next revision, or the withdrawal.
    """
    if entry is None:
        return Verdict.WITHDRAWS if withdraws else Verdict.FIRST
    stands = says_what_stands(entry, digest, withdraws=withdraws)
    if order > entry.order:
        if stands:
            return Verdict.RESENT
        if withdraws:
            return Verdict.WITHDRAWS
        return Verdict.NEXT if entry.revision else Verdict.FIRST
    marked = WITHDRAWAL if withdraws else digest
    known = stands or any(past.digest == marked and past.since <= order <= past.order for past in entry.past)
    return Verdict.RESENT if known else Verdict.LATE


def says_what_stands(entry: Entry, digest: str, *, withdraws: bool) -> bool:
    """Whether a line says of a report what stands already."""
    return not entry.standing if withdraws else entry.standing and digest == entry.digest


def widened(entry: Entry, order: str, digest: str, *, withdraws: bool) -> Entry:
    """The entry after a resent line: what stands has been said from its lowest to its highest order key."""
    if not says_what_stands(entry, digest, withdraws=withdraws) or entry.since <= order <= entry.order:
        return entry
    return entry._replace(since=min(entry.since, order), order=max(entry.order, order))


def remembered(past: tuple[Past, ...], line: Past) -> tuple[Past, ...]:
    """What is past, with one thing more; the oldest goes when there are too many."""
    return (*past[-(PAST_KEPT - 1) :], line)


def past_with_present(entry: Entry) -> tuple[Past, ...]:
    """What is past once something else stands."""
    return remembered(entry.past, Past(entry.since, entry.order, entry.digest))
