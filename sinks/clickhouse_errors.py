"""What ClickHouse's errors mean for us: try the same again, refuse the line, or have the installation mended.

A number that is not in the table is tried again when it kept an insert: waiting is seen (lag, retries by number) and costs time; a line that
was wrongly refused would have to be found. A question is answered by the server's own sentence, so there it is a refusal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from schemas.errors import Broken, Refused, UccError, WarehouseUnavailable


class Meaning(Enum):
    """What to do about an error."""

    AGAIN = "again"
    """WarehouseUnavailable: the same may succeed later."""
    NEVER = "never"
    """Refused."""
    MEND = "mend"
    """Broken: the installation has to be mended first."""


class Known(NamedTuple):
    """One of ClickHouse's errors: its name, what it means for an insert and for a question, and why."""

    name: str
    insert: Meaning
    question: Meaning
    why: str


_AGAIN, _NEVER, _MEND = Meaning.AGAIN, Meaning.NEVER, Meaning.MEND
_AWAY = "the server, or a part that it needs, is away or not ready"
_BUSY = "the server has too much to do now"
_LINE = "the server cannot take this value, now or later"
_ENTRY = "who we are, or what we may do: the operator's to mend; landing goes on by itself once it is"
_MADE = "our tables are not there, or not as this release made them: `ucc migrate`"
_TOLD = "the server does not know, or does not allow, what we tell it"

MOMENT: Mapping[int, Known] = {
    3: Known("UNEXPECTED_END_OF_FILE", _AGAIN, _AGAIN, "the connection, or a part's file, was cut off"),
    32: Known("ATTEMPT_TO_READ_AFTER_EOF", _AGAIN, _AGAIN, "the connection was cut off"),
    95: Known("CANNOT_READ_FROM_SOCKET", _AGAIN, _AGAIN, _AWAY),
    96: Known("CANNOT_WRITE_TO_SOCKET", _AGAIN, _AGAIN, _AWAY),
    159: Known("TIMEOUT_EXCEEDED", _AGAIN, _NEVER, "an insert was slow; a question asks for too much"),
    160: Known("TOO_SLOW", _AGAIN, _NEVER, "an insert was slow; a question asks for too much"),
    173: Known("CANNOT_ALLOCATE_MEMORY", _AGAIN, _AGAIN, _BUSY),
    198: Known("DNS_ERROR", _AGAIN, _AGAIN, _AWAY),
    201: Known("QUOTA_EXCEEDED", _AGAIN, _NEVER, "the user's quota is used up until its interval ends"),
    202: Known("TOO_MANY_SIMULTANEOUS_QUERIES", _AGAIN, _AGAIN, _BUSY),
    203: Known("NO_FREE_CONNECTION", _AGAIN, _AGAIN, _BUSY),
    209: Known("SOCKET_TIMEOUT", _AGAIN, _AGAIN, _AWAY),
    210: Known("NETWORK_ERROR", _AGAIN, _AGAIN, _AWAY),
    225: Known("NO_ZOOKEEPER", _AGAIN, _AGAIN, _AWAY),
    236: Known("ABORTED", _AGAIN, _AGAIN, "the server is shutting down"),
    241: Known("MEMORY_LIMIT_EXCEEDED", _AGAIN, _NEVER, "an insert met heavy neighbours; a question asks for too much"),
    242: Known("TABLE_IS_READ_ONLY", _AGAIN, _AGAIN, "a replica without its Keeper takes no rows until it has it back"),
    243: Known("NOT_ENOUGH_SPACE", _AGAIN, _AGAIN, "the disk is full: make room"),
    244: Known("UNEXPECTED_ZOOKEEPER_ERROR", _AGAIN, _AGAIN, _AWAY),
    252: Known("TOO_MANY_PARTS", _AGAIN, _AGAIN, "merging is behind; inserts wait until it has caught up"),
    254: Known("NO_ACTIVE_REPLICAS", _AGAIN, _AGAIN, _AWAY),
    265: Known("NO_AVAILABLE_REPLICA", _AGAIN, _AGAIN, _AWAY),
    279: Known("ALL_CONNECTION_TRIES_FAILED", _AGAIN, _AGAIN, _AWAY),
    285: Known("TOO_FEW_LIVE_REPLICAS", _AGAIN, _AGAIN, "fewer replicas are there than have to hold an insert"),
    286: Known("UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE", _AGAIN, _AGAIN, "the insert before is not on enough replicas yet"),
    289: Known("REPLICA_IS_NOT_IN_QUORUM", _AGAIN, _AGAIN, "this replica lags behind"),
    297: Known("SHARD_HAS_NO_CONNECTIONS", _AGAIN, _AGAIN, _AWAY),
    319: Known("UNKNOWN_STATUS_OF_INSERT", _AGAIN, _AGAIN, "nobody knows whether it is there: the identical batch again makes it so"),
    364: Known("RECEIVED_ERROR_TOO_MANY_REQUESTS", _AGAIN, _AGAIN, _BUSY),
    369: Known("ALL_REPLICAS_ARE_STALE", _AGAIN, _AGAIN, "all replicas lag behind"),
    394: Known("QUERY_WAS_CANCELLED", _AGAIN, _NEVER, "somebody ended it"),
    415: Known("ALL_REPLICAS_LOST", _AGAIN, _AGAIN, _AWAY),
    425: Known("SYSTEM_ERROR", _AGAIN, _AGAIN, "the operating system refused something"),
    439: Known("CANNOT_SCHEDULE_TASK", _AGAIN, _AGAIN, _BUSY),
    473: Known("DEADLOCK_AVOIDED", _AGAIN, _AGAIN, "a table is being changed"),
    519: Known("NO_REMOTE_SHARD_AVAILABLE", _AGAIN, _AGAIN, _AWAY),
    574: Known("DISTRIBUTED_TOO_MANY_PENDING_BYTES", _AGAIN, _AGAIN, _BUSY),
    700: Known("USER_SESSION_LIMIT_EXCEEDED", _AGAIN, _AGAIN, _BUSY),
    735: Known("QUERY_WAS_CANCELLED_BY_CLIENT", _AGAIN, _NEVER, "somebody ended it"),
    749: Known("TCP_CONNECTION_LIMIT_REACHED", _AGAIN, _AGAIN, _BUSY),
    904: Known("TOO_MANY_UNAVAILABLE_SHARDS", _AGAIN, _AGAIN, _AWAY),
    999: Known("KEEPER_EXCEPTION", _AGAIN, _AGAIN, _AWAY),
}
"""The moment: the same may succeed later. A question that asks for too much never will."""

LINE: Mapping[int, Known] = {
    6: Known("CANNOT_PARSE_TEXT", _NEVER, _NEVER, _LINE),
    8: Known("THERE_IS_NO_COLUMN", _NEVER, _NEVER, "a field that no column takes"),
    16: Known("NO_SUCH_COLUMN_IN_TABLE", _NEVER, _NEVER, "a field that no column takes"),
    26: Known("CANNOT_PARSE_QUOTED_STRING", _NEVER, _NEVER, _LINE),
    27: Known("CANNOT_PARSE_INPUT_ASSERTION_FAILED", _NEVER, _NEVER, _LINE),
    38: Known("CANNOT_PARSE_DATE", _NEVER, _NEVER, _LINE),
    41: Known("CANNOT_PARSE_DATETIME", _NEVER, _NEVER, _LINE),
    47: Known("UNKNOWN_IDENTIFIER", _NEVER, _NEVER, "a column that is not there"),
    53: Known("TYPE_MISMATCH", _NEVER, _NEVER, _LINE),
    69: Known("ARGUMENT_OUT_OF_BOUND", _NEVER, _NEVER, _LINE),
    70: Known("CANNOT_CONVERT_TYPE", _NEVER, _NEVER, _LINE),
    72: Known("CANNOT_PARSE_NUMBER", _NEVER, _NEVER, _LINE),
    117: Known("INCORRECT_DATA", _NEVER, _NEVER, _LINE),
    128: Known("TOO_LARGE_ARRAY_SIZE", _NEVER, _NEVER, _LINE),
    131: Known("TOO_LARGE_STRING_SIZE", _NEVER, _NEVER, _LINE),
    321: Known("VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE", _NEVER, _NEVER, _LINE),
    349: Known("CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN", _NEVER, _NEVER, _LINE),
    407: Known("DECIMAL_OVERFLOW", _NEVER, _NEVER, _LINE),
    467: Known("CANNOT_PARSE_BOOL", _NEVER, _NEVER, _LINE),
    469: Known("VIOLATED_CONSTRAINT", _NEVER, _NEVER, _LINE),
}
"""The line: it is found by halving the batch, and becomes a dead letter."""

INSTALLATION: Mapping[int, Known] = {
    60: Known("UNKNOWN_TABLE", _MEND, _NEVER, _MADE),
    81: Known("UNKNOWN_DATABASE", _MEND, _NEVER, _MADE),
    115: Known("UNKNOWN_SETTING", _AGAIN, _NEVER, "the server was exchanged for another version: what it knows is asked anew"),
    164: Known("READONLY", _MEND, _NEVER, "the user may only read"),
    192: Known("UNKNOWN_USER", _AGAIN, _MEND, _ENTRY),
    193: Known("WRONG_PASSWORD", _AGAIN, _MEND, _ENTRY),
    194: Known("REQUIRED_PASSWORD", _AGAIN, _MEND, _ENTRY),
    195: Known("IP_ADDRESS_NOT_ALLOWED", _AGAIN, _MEND, _ENTRY),
    291: Known("DATABASE_ACCESS_DENIED", _AGAIN, _MEND, _ENTRY),
    452: Known("SETTING_CONSTRAINT_VIOLATION", _MEND, _NEVER, _TOLD),
    497: Known("ACCESS_DENIED", _AGAIN, _NEVER, _ENTRY),
    516: Known("AUTHENTICATION_FAILED", _AGAIN, _MEND, _ENTRY),
    701: Known("CLUSTER_DOESNT_EXIST", _MEND, _NEVER, _TOLD),
}
"""The installation: somebody has to mend it. Where landing need not be started again for that, it waits."""

CODES: Mapping[int, Known] = {**MOMENT, **LINE, **INSTALLATION}
"""By number, which is ClickHouse's for good."""

_HEAD = re.compile(r"^(?:Code: \d+[.,] ?|e\.displayText\(\) = |(?:DB::(?:Net)?Exception|Poco::Exception|std::exception)[.:] ?|Received from [^ ]+\. )+")
_TAIL = re.compile(r"(?:, e\.what\(\) = .*|,? ?\(version .*\)|\. \([A-Z_0-9]+\)|,? Stack trace.*)$", re.DOTALL)
_NUMBER = re.compile(r"^Code: (\d+)[.,]")


def sentence(said: str) -> str:
    """What the server says, without numbers, names of its classes, versions and traces."""
    said = said.split(" Stack trace:", 1)[0].strip()
    while (end := _TAIL.search(said)) is not None:
        said = said[: end.start()].rstrip()
    return _HEAD.sub("", said).rstrip(". ") or "the warehouse gives no reason"


def number_in(said: str) -> int:
    """The number that an answer over HTTP begins with; 0 for none."""
    found = _NUMBER.match(said)
    return int(found[1]) if found else 0


def of_insert(number: int, said: str, where: str) -> UccError:
    """The error of an insert; a number that is not known is tried again."""
    known = CODES.get(number)
    return _made(_AGAIN if known is None else known.insert, number, said, where)


def of_question(number: int, said: str, where: str) -> UccError:
    """The error of a question; a number that is not known is a refusal."""
    known = CODES.get(number)
    return _made(_NEVER if known is None else known.question, number, said, where)


def of_order(number: int, said: str, where: str) -> UccError:
    """The error of a statement of ours (a migration, say): the moment's, or the installation has to be mended."""
    return _made(_AGAIN if number in MOMENT else _MEND, number, said, where)


def away(number: int, said: str, where: str) -> WarehouseUnavailable:
    """The server does not answer."""
    error = WarehouseUnavailable(said, where=where)
    error.number = number
    return error


def _made(meaning: Meaning, number: int, said: str, where: str) -> UccError:
    if meaning is _AGAIN:
        return away(number, sentence(said), where)
    return (Refused if meaning is _NEVER else Broken)(sentence(said), where=where)
