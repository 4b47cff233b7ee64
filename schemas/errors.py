"""Every error of the program, as a tree. Each has a stable `code`, a sentence for the person who can act, and where it was.

UccError
├── Refused                 one line or file that cannot be accepted; costs only itself
│   ├── UnreadableLine        the bytes are no record (cut off, wrong encoding, wrong number of columns, too large, too deep)
│   ├── InvalidField          a field's value is missing, of the wrong kind or out of bounds
│   └── UnreadableFile        the file itself cannot be read (on)
├── Broken                  something of ours or of the installation that must be mended first
│   ├── BrokenReference       reference data does not validate: names file, row, field, value, what is allowed
│   ├── BrokenMapping         a connector's mapping does not validate
│   ├── BrokenFrame           a frame or a state row that is not readable, or cut off
│   │   └── NewerFrame          one of a version that this release does not read
│   └── BrokenSetting         a setting or an argument is not usable
├── Unavailable             a part that is needed is not there now; the same call may succeed later
│   ├── HomeBusy              another process owns this home
│   ├── LogUnavailable        the log cannot take or give frames (disk full, broker away)
│   └── WarehouseUnavailable  the warehouse does not answer
└── NotFound                what was asked for does not exist
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath


class UccError(Exception):
    """Root of all errors of the program.

    `detail` is a sentence for the person who can act on it; `where` says where it was (file, row, field, position).
    """

    code = "error"

    def __init__(self, detail: str, *, where: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.where = where

    def __str__(self) -> str:
        return f"{self.where}: {self.detail}" if self.where else self.detail

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuilt, (type(self), self.detail, self.where)


def _rebuilt(kind: type[UccError], detail: str, where: str) -> UccError:
    return kind(detail, where=where)


class Refused(UccError):
    """One line or file that cannot be accepted; it costs only itself."""

    code = "refused"


class UnreadableLine(Refused):
    """The bytes of one line are no record."""

    code = "unreadable-line"


class InvalidField(Refused):
    """A field's value is missing, of the wrong kind or out of bounds."""

    code = "invalid-field"


class UnreadableFile(Refused):
    """A file cannot be read, or not read on; the lines before the break have been accepted."""

    code = "unreadable-file"


class Broken(UccError):
    """Something of ours or of the installation that must be mended first."""

    code = "broken"


class BrokenReference(Broken):
    """Reference data does not validate. `where` is `file:row field`."""

    code = "broken-reference"


class BrokenMapping(Broken):
    """A connector's mapping does not validate."""

    code = "broken-mapping"


class BrokenFrame(Broken):
    """A frame or a state row that this release cannot read."""

    code = "broken-frame"


class NewerFrame(BrokenFrame):
    """A frame or a state of a version that this release does not read."""

    code = "newer-frame"


class BrokenSetting(Broken):
    """A setting or an argument is not usable."""

    code = "broken-setting"


class Unavailable(UccError):
    """A part that is needed is not there now; the same call may succeed later."""

    code = "unavailable"


class HomeBusy(Unavailable):
    """Another process owns this home."""

    code = "home-busy"


class LogUnavailable(Unavailable):
    """The log cannot take or give frames."""

    code = "log-unavailable"


class WarehouseUnavailable(Unavailable):
    """The warehouse does not answer."""

    code = "warehouse-unavailable"
    number: int = 0
    """The warehouse's own number of the error, where it gave one; for metrics. It does not travel between processes."""


class NotFound(UccError):
    """What was asked for does not exist."""

    code = "not-found"


def without_words(error: BaseException) -> str:
    """What an unforeseen error was and where, without its message: that may hold what somebody wrote."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f" in {last.tb_frame.f_code.co_name} ({PurePath(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno})" if last is not None else ""
    return f"{type(error).__name__}{place}"


def every_error() -> Iterator[type[UccError]]:
    """All classes of the tree, root first."""
    waiting: list[type[UccError]] = [UccError]
    while waiting:
        kind = waiting.pop(0)
        yield kind
        waiting += kind.__subclasses__()
