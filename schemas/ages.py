"""How old what flows is: the hop of its acceptance tells when that was."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.frame import Header

ACCEPTED = "accept"


def accepted(door: str) -> str:
    """The hop of a door that accepts now."""
    return f"{ACCEPTED} {datetime.now(UTC).isoformat(timespec='milliseconds')} {door}"


def age_of(header: Header) -> float | None:
    """Seconds since the acceptance of a frame; none where no hop tells it."""
    for hop in header.hops:
        stage, _, rest = hop.partition(" ")
        if stage == ACCEPTED:
            try:
                return max(0.0, (datetime.now(UTC) - datetime.fromisoformat(rest.partition(" ")[0])).total_seconds())
            except (ValueError, TypeError):  # no instant, or one without its offset
                return None
    return None
