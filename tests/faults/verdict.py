"""Whether anything was lost, doubled or changed: what is found after the faults beside a clean run of the same lines on the embedded runtime."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping

from schemas.vocabulary import OutcomeKind
from tests.faults.found import Found, Landed, Outcome

RESENT = OutcomeKind.RESENT.value
_NAMED = 3
"""How many of them a sentence names."""


def violations(found: Found, clean: Landed) -> list[str]:
    """A sentence for each promise that does not hold; none when all do."""
    return [
        f"{found.centre}: {sentence}"
        for sentence in (*_accepted(found, clean), *_outcomes(found, clean), *_journal(found, clean), *_pictures(found, clean), *_balance(found))
    ]


def _accepted(found: Found, clean: Landed) -> Iterator[str]:
    """Every line that was fed is accepted, once; a department's message perhaps again."""
    once = {receipt for receipt, _ in clean.outcomes}
    fed, accepted = Counter(receipt for receipt, _ in clean.outcomes), Counter(found.logged.accepted)
    yield from _said("accepted lines lost", fed - accepted)
    yield from _said("accepted lines that nobody fed", (receipt for receipt in accepted if receipt not in once))
    if not found.twice:
        yield from _said("accepted lines doubled", accepted - fed)


def _outcomes(found: Found, clean: Landed) -> Iterator[str]:
    """Every accepted line has one outcome, in the topic and in the warehouse; what was accepted again is a resend."""
    accepted = Counter(found.logged.accepted)
    became, in_warehouse = Counter(receipt for receipt, _ in found.logged.outcomes), Counter(receipt for receipt, _ in found.landed.outcomes)
    yield from _said("accepted lines without an outcome", accepted - became)
    yield from _said("outcomes too many", became - accepted)
    yield from _said("outcomes that are not in the warehouse", became - in_warehouse)
    yield from _said("outcomes too many in the warehouse", in_warehouse - became)
    yield from _said("outcomes other than in a clean run", _different(found.landed.outcomes, clean.outcomes))
    yield from _said("outcomes that topic and warehouse do not agree on", _different(found.logged.outcomes, found.landed.outcomes))


def _different(some: Iterable[Outcome], others: Iterable[Outcome]) -> Counter[Outcome]:
    """What only one side has, resends aside: how often a line is sent again is not the program's to decide."""
    here, there = (Counter(one for one in side if one[1] != RESENT) for side in (some, others))
    return (here - there) + (there - here)


def _journal(found: Found, clean: Landed) -> Iterator[str]:
    """Every transition once: in the topic, in the warehouse, in a clean run."""
    in_topic, in_warehouse, expected = Counter(found.logged.journal), Counter(found.landed.journal), Counter(clean.journal)
    yield from _said("transitions doubled in the topic", in_topic - expected)
    yield from _said("transitions lost in the topic", expected - in_topic)
    yield from _said("transitions doubled in the warehouse", in_warehouse - expected)
    yield from _said("transitions lost in the warehouse", expected - in_warehouse)


def _pictures(found: Found, clean: Landed) -> Iterator[str]:
    """The views are the same, row by row."""
    for view, rows in clean.pictures.items():
        here: Mapping[str, str] = found.landed.pictures.get(view, {})
        yield from _said(f"rows of {view} that are not as in a clean run", (key for key in sorted({*rows, *here}) if rows.get(key) != here.get(key)))


def _balance(found: Found) -> Iterator[str]:
    """The program's own reconciliation agrees."""
    if not found.reconciled:
        yield "was not reconciled"
    yield from (f"reconcile: {sentence}" for sentence in found.reconciled.get("differences", ()))


def _said(what: str, those: Iterable[Hashable]) -> Iterator[str]:
    """One sentence for all of a kind, which names a few; none when there are none."""
    many = those.total() if isinstance(those, Counter) else len(those := list(those))
    if many:
        named = ", ".join(map(str, list(those)[:_NAMED]))
        yield f"{many} {what}: {named}{' …' if many > _NAMED else ''}"
