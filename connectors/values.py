"""Cells as values: instants, local times, numbers. Each reader takes a cell without outer white space, not empty; raises ValueError with a sentence."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.masking import masked
from schemas.report import order_key

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No source of a command centre is older; what says so has a clock that was never set."""
AHEAD = timedelta(days=1)
"""How far a source's clock may be ahead of ours before we do not believe it."""
_YEARS = range(1900, 2300)
"""Those that an `Instant` can be of; what an instant reader believes is narrower by `EARLIEST` and `AHEAD`."""
_USUAL_LENGTH = len("2015-04-15 00:22:00")
_LOOSE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T]*(上午|下午|[AP]M)?[ ]*(\d{1,2})[:时時点點](\d{1,2})(?:[:分](\d{1,2})(?:[.,](\d{1,6})\d*)?)?[分秒]?[ ]*([AP]M)?)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  a sheet's days have no zone; the mapping's is given to them
_EXCEL_DAYS = (30_000.0, 80_000.0)
"""1982 to 2119: no other way to write a time is a number of this size."""
_SECONDS_OF_YEAR_3000 = 32_503_680_000

InstantReader = Callable[[str], datetime]


def local_time_reader(zone: ZoneInfo) -> Callable[[datetime], datetime]:
    """Turns a local time of `zone` into UTC. A time that came twice is the earlier one; one that the clocks skipped is none."""
    plain_days: dict[int, timedelta | None] = {}

    def offset_of(day: datetime) -> timedelta | None:
        """The one offset of the whole day; none when it changes within."""
        hours = [(day + timedelta(hours=h)).replace(tzinfo=zone, fold=fold).utcoffset() for h in range(25) for fold in (0, 1)]
        return hours[0] if len(set(hours)) == 1 else None

    def read(naive: datetime) -> datetime:
        day = naive.toordinal()
        if day in plain_days:
            offset = plain_days[day]
        else:
            if naive.year not in _YEARS:
                raise ValueError(f"the year {naive.year} cannot be")
            offset = plain_days[day] = offset_of(naive.replace(hour=0, minute=0, second=0, microsecond=0, fold=0))
        if offset is not None:
            return (naive - offset).replace(tzinfo=UTC)
        found = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if found.astimezone(zone).replace(tzinfo=None) != naive:
            raise ValueError(f"{naive} never was in {zone.key}: the clocks skipped it")
        return found

    return read


def instant_reader(formats: Sequence[str], zone: ZoneInfo, now: datetime) -> InstantReader:
    """Reads instants written in one of `formats` (iso, unix, unix-ms, strptime patterns; tried in order).

    Raises ValueError, too, for what lies before 1990 or more than a day after `now`.
    """
    local = local_time_reader(zone)
    readers = [_reader(text, local) for text in formats]
    latest = now + AHEAD

    def read(cell: str) -> datetime:
        problem = ValueError()
        for reader in readers:
            try:
                found = reader(cell)
            except ValueError as error:
                problem = error
                continue
            if EARLIEST <= found <= latest:
                return found
            problem = ValueError(f"{shown(cell)} is {found:%Y-%m-%d %H:%M}Z: {'before 1990' if found < EARLIEST else 'more than a day ahead of our clock'}")
        raise problem

    return read if len(readers) > 1 else _bounded(readers[0], latest)


def _bounded(reader: InstantReader, latest: datetime) -> InstantReader:
    """The same with one reader, for speed."""

    def read(cell: str) -> datetime:
        found = reader(cell)
        if EARLIEST <= found <= latest:
            return found
        raise ValueError(f"{shown(cell)} is {found:%Y-%m-%d %H:%M}Z: {'before 1990' if found < EARLIEST else 'more than a day ahead of our clock'}")

    return read


def _reader(text: str, local: Callable[[datetime], datetime]) -> InstantReader:
    if text == "unix":
        return _unix(1)
    if text == "unix-ms":
        return _unix(1000)
    if text == "iso":
        return _iso(local)

    def pattern(cell: str) -> datetime:
        try:
            found = datetime.strptime(cell, text)  # noqa: DTZ007  the mapping's zone is given to it
        except ValueError:
            raise ValueError(f"{shown(cell)} is not written as {text}") from None
        return _in_utc(found, local)

    return pattern


def _in_utc(found: datetime, local: Callable[[datetime], datetime]) -> datetime:
    """Aware times by their own offset, naive ones by the mapping's zone."""
    if found.tzinfo is None:
        return local(found)
    if found.year not in _YEARS:
        raise ValueError(f"the year {found.year} cannot be")
    return found.astimezone(UTC)


def _iso(local: Callable[[datetime], datetime]) -> InstantReader:
    def read(cell: str) -> datetime:
        if len(cell) == _USUAL_LENGTH and cell.isascii():
            try:
                return local(datetime.fromisoformat(cell))
            except ValueError:
                pass  # another way to write it, or the reason comes from there
        return _in_utc(_written_otherwise(cell), local)

    return read


def _written_otherwise(cell: str) -> datetime:
    """2015/4/15 0:22, 2015年4月15日 0时22分, 20150415002200, 2015-04-15T00:22:00.5+08:00, the days of a sheet."""
    text = unicodedata.normalize("NFKC", cell)
    try:
        if found := _LOOSE.fullmatch(text):
            year, month, day, before, hour, minute, second, fraction, after = found.groups()
            clock = _hour(hour, before or after), int(minute or 0), int(second or 0), int((fraction or "0").ljust(6, "0"))
            return datetime(int(year), int(month), int(day), *clock)  # noqa: DTZ001
        if found := _DIGITS.fullmatch(text):
            return datetime(*(int(part) for part in found.groups() if part is not None))  # type: ignore[arg-type]  # noqa: DTZ001
        if text.replace(".", "", 1).isdigit():
            days = float(text)
            if not _EXCEL_DAYS[0] <= days < _EXCEL_DAYS[1]:
                raise ValueError  # noqa: TRY301  the sentence is below
            return _EXCEL_EPOCH + timedelta(milliseconds=round(days * 86_400_000))
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{shown(cell)} is no time that we can read (2015-04-15 00:22:00, 2015/4/15 0:22, 20150415002200)") from None


def _hour(hour: str | None, half: str | None) -> int:
    clock = int(hour or 0)
    if half is None or clock > 12:  # noqa: PLR2004  hours of a half day
        return clock
    return clock % 12 + (12 if half.upper() in ("下午", "PM") else 0)


def _unix(per_second: int) -> InstantReader:
    def read(cell: str) -> datetime:
        try:
            return datetime.fromtimestamp(int(cell) if per_second == 1 else int(cell) / per_second, UTC)
        except (ValueError, OverflowError, OSError):
            pass  # a fraction, a number beyond all years, or none
        seconds = number(cell) / per_second
        if seconds > _SECONDS_OF_YEAR_3000:
            raise ValueError(f"{shown(cell)} lies beyond the year 3000{'; if it counts milliseconds, the format is unix-ms' if per_second == 1 else ''}")
        if seconds < 0:
            raise ValueError(f"{shown(cell)} lies before 1970")
        return datetime.fromtimestamp(seconds, UTC)

    return read


def number(cell: str) -> float:
    """A finite number; full-width digits and thousands' commas are read, too."""
    try:
        value = float(cell)
    except ValueError:
        plain = unicodedata.normalize("NFKC", cell)
        try:
            value = float(plain.replace(",", "") if _THOUSANDS.fullmatch(plain) else plain)
        except ValueError:
            raise ValueError(f"{shown(cell)} is not a number") from None
    if not math.isfinite(value) or "_" in cell:
        raise ValueError(f"{shown(cell)} is not a finite number")
    return value


def whole_number(cell: str) -> int:
    """A whole number; `5.0` is one, too."""
    if cell.isascii() and cell.isdigit() and len(cell) < 19:  # noqa: PLR2004  10^18 is the bound of an order key
        return int(cell)
    value = number(cell)
    if value != int(value) or abs(value) > 1 << 53:
        raise ValueError(f"{shown(cell)} is not a whole number that can be counted on")
    return int(value)


def order_by_number(cell: str) -> str:
    """A sequence or version as an order key."""
    return order_key(whole_number(cell))


def order_by_instant(read: InstantReader) -> Callable[[str], str]:
    """An update time as an order key: fixed width, UTC, microseconds."""
    return lambda cell: order_key(f"{read(cell):%Y-%m-%dT%H:%M:%S.%fZ}")


def shown(cell: str) -> str:
    """A cell as it stands in a sentence: quoted, short, numbers of persons masked."""
    cell = masked(cell)
    return repr(cell if len(cell) <= 60 else f"{cell[:57]}…")  # noqa: PLR2004  what a person takes in at a glance
