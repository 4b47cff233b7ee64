"""When a shift is on."""

from __future__ import annotations

from datetime import datetime, timedelta

from schemas.centre import Shift


def is_on(shift: Shift, local: datetime) -> bool:
    """Whether a shift is on at a time of the centre's zone. One that does not end after it starts ends on the next day; holidays do not stop it."""
    time, today, yesterday = local.time(), str(local.isoweekday()), str((local - timedelta(days=1)).isoweekday())
    if shift.starts < shift.ends:
        return today in shift.days and shift.starts <= time < shift.ends
    return (today in shift.days and time >= shift.starts) or (yesterday in shift.days and time < shift.ends)
