"""What analysts are shown of a report in place of what was said, where that holds numbers of persons (`schemas.masking`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.masking import masked, masked_address
from schemas.report import Report

LONGEST = 5_000
"""Characters of a text that stand in an event a second time: a line has a bound, and the longest report has to fit it twice over."""
_TOO_MUCH = {"*": "*"}
HIDDEN: Mapping[str, Any] = {
    **dict.fromkeys(("text", "address", "area_hint", "text_plain", "address_plain", "address_key"), "受限"),
    "attachments": ("受限",),
    "extra": _TOO_MUCH,
}
"""What analysts are shown of a report whose view is restricted (minors, domestic violence, suicide): that it is."""


def shown(report: Report, text_plain: str, address_plain: str, address_key: str) -> dict[str, Any]:
    """The fields of `schemas.event.Shown` that differ from what was said; empty for most reports. Some 6 µs where there is nothing to mask.

    What is longer than `LONGEST` is cut there; further fields that are longer together are not shown at all.
    """
    found: dict[str, Any] = {}
    for name, said in (("text", report.text), ("area_hint", report.area_hint), ("text_plain", text_plain)):
        if (left := masked(said)) != said:
            found[name] = left[:LONGEST]
    for name, said in (("address", report.address), ("address_plain", address_plain), ("address_key", address_key)):
        if (left := masked_address(said)) != said:
            found[name] = left[:LONGEST]
    if report.attachments and (references := tuple(map(masked, report.attachments))) != report.attachments:
        found["attachments"] = references
    if report.extra and (more := {masked(name): masked(value) for name, value in report.extra.items()}) != report.extra:
        found["extra"] = more if sum(map(len, (*more, *more.values()))) <= LONGEST else _TOO_MUCH
    return found
