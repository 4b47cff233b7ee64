"""What a check of an installation found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from schemas.errors import UccError, Unavailable, without_words


class State(StrEnum):
    """How a part is."""

    OK = "ok"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    """It could not be looked at; what kept us from it is said elsewhere, or passes by itself."""


class Finding(NamedTuple):
    """One line of the doctor's report."""

    check: str
    state: State
    said: str
    """What was found, as a sentence."""
    todo: str = ""
    """What to do about it; where nothing is wrong: nothing."""


Check = Callable[[], Iterator[Finding]]


def ok(check: str, said: str) -> Finding:
    """A part that is well."""
    return Finding(check, State.OK, said)


def wrong(check: str, said: str, todo: str) -> Finding:
    """A part that is not."""
    return Finding(check, State.WRONG, said, todo)


def unknown(check: str, said: str) -> Finding:
    """A part that could not be looked at."""
    return Finding(check, State.UNKNOWN, said)


def looked(name: str, check: Check) -> Iterator[Finding]:
    """What a check finds; an error in it is a finding, too. The words of an unforeseen one are not repeated: they may be somebody's."""
    try:
        yield from check()
    except Unavailable as error:
        yield wrong(name, f"{error} [{error.code}]", "start it again, or wait for it; what was accepted is safe meanwhile")
    except UccError as error:
        yield wrong(name, f"{error} [{error.code}]", "mend what the sentence says, and look again")
    except Exception as error:  # noqa: BLE001  a doctor who falls over helps nobody
        yield wrong(name, f"looking at it failed with {without_words(error)}", "this is a mistake of the program: report it to the developers")
