"""The digest of what a report says: equal content, equal digest. When it came and in which order is not part of it."""

from __future__ import annotations

import hashlib

from schemas.personal import Reporter
from schemas.report import CallFacts, Report
from schemas.vocabulary import Crs

_SEPARATOR = "\x00"
"""In no field: free texts refuse it, tokens are printable."""


def digest(report: Report) -> str:
    """32 hex digits over everything but `arrived_at`, `order_key`, and what of the reporter is encrypted: that is another each time.

    It is no secret and no signature.
    """
    said = report.__dict__
    parts = [
        said["source"],
        said["source_id"],
        said["operation"],
        said["reported_at"].isoformat(),
        said["text"],
        said["address"],
        said["area_hint"],
        repr(said["lng"]),
        repr(said["lat"]),
        said["code_standard"],
        said["code"],
    ]
    for name, default in _SELDOM:
        if (value := said[name]) != default:
            parts += (name, str(len(value)), *value) if name == "attachments" else (name, *_flat(value))
    return hashlib.blake2b(_SEPARATOR.join(parts).encode(), digest_size=16).hexdigest()


def _flat(value: object) -> list[str]:
    """A seldom value as texts whose number is known: pairs are counted first."""
    if isinstance(value, CallFacts):
        return [str(value.waited_s), str(value.lasted_s), str(value.answered)]
    if isinstance(value, Reporter):
        return [value.name, value.phone, value.id_number, value.home]
    if isinstance(value, dict):
        return [str(len(value)), *(text for pair in sorted(value.items()) for text in pair)]
    return [str(value)]


_SELDOM: tuple[tuple[str, object], ...] = (
    ("crs", Crs.WGS84),
    ("accuracy_m", None),
    ("intent", None),
    ("urgency_hint", None),
    ("part_owner", ""),
    ("persons", None),
    ("attachments", ()),
    ("extra", {}),
    ("call", None),
    ("reporter", None),
)
