"""What a choice says: who was chosen, who would have been next, who was left out for which reason, and what happens when nobody answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.centre import RunCard
from schemas.event import RunnerUp, Why
from schemas.vocabulary import NotSent

PASSING = frozenset({NotSent.OFF_SHIFT, NotSent.RESTING, NotSent.BUSY, NotSent.FULL, NotSent.NO_FIX, NotSent.STALE, NotSent.INACCURATE})
"""Reasons that time may mend; with the others alone there is nothing to wait for."""
OF_NOBODY = "nobody of this force belongs to the centre"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could be sent, and the score, in seconds of the way: the lowest is sent, equal ones in the order of their ids."""

    responder: str
    unit: str
    score: int
    metres: int
    """As the crow flies."""
    eta_s: int
    """By road, at the speed of the force."""
    own_grid_s: int = 0
    """Taken off, because it answers for the grid."""
    load: int = 0
    load_s: int = 0
    today: int = 0
    today_s: int = 0
    stay: int = 0
    """So many of its force stay round about when it leaves."""
    uncovered_s: int = 0

    @property
    def because(self) -> str:
        """The score as a sentence."""
        parts = [f"{self.eta_s} s on the way ({self.metres} m)"]
        if self.own_grid_s:
            parts.append(f"answers for the grid -{self.own_grid_s}")
        if self.load_s:
            parts.append(f"{self.load} orders on hand +{self.load_s}")
        if self.today_s:
            parts.append(f"{self.today} orders today +{self.today_s}")
        if self.uncovered_s:
            parts.append(f"{self.stay or 'nobody'} of its force stay round about +{self.uncovered_s}")
        return ", ".join(parts)

    def runner_up(self) -> RunnerUp:
        """As a decision carries it."""
        return RunnerUp(choice=self.responder, score=self.score, because=self.because)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody who is not sent, and why."""

    responder: str
    reason: NotSent
    eta_s: int | None
    """None: nobody knows where it is, or where to go."""


@dataclass(frozen=True, slots=True)
class Ring:
    """How far one looked. Who is on the way for `within_s` at most is inside."""

    number: int
    within_s: int
    ends_at: datetime
    """When nobody has taken the order until then, one looks further."""
    next_within_s: int | None
    """None: this was the last, then the desk telephones."""

    @property
    def then(self) -> str:
        """What happens when nobody answers."""
        return "the desk telephones" if self.next_within_s is None else f"ring {self.number + 1}: whoever is there within {self.next_within_s // 60} min"


@dataclass(frozen=True, slots=True)
class Choice:
    """Who is sent for one row of a run card."""

    card: RunCard
    ring: Ring
    chosen: tuple[Candidate, ...]
    runners_up: tuple[Candidate, ...]
    missing: int
    """So many fewer than were wanted."""
    eligible: int
    left_out: dict[NotSent, int]
    """How many of the force were left out, by reason."""
    nearest_left_out: tuple[LeftOut, ...]
    """Of those with a known way, the nearest: whom the desk may ask by telephone."""

    @property
    def may_wait(self) -> bool:
        """Whether somebody may be found later."""
        return not PASSING.isdisjoint(self.left_out)

    @property
    def shortfall(self) -> str:
        """Why there are fewer than were wanted; empty: there are not."""
        if not self.missing:
            return ""
        wanted = f"{self.missing} of {self.missing + len(self.chosen)} {self.card.force.value} missing"
        reasons = ", ".join(f"{count} {reason.value}" for reason, count in self.left_out.items()) or OF_NOBODY
        skill = f" with the skill {' or '.join(self.card.skills)}" if self.card.skills else ""
        return f"{wanted}{skill}: {reasons}"

    def why(self) -> Why:
        """As the journal carries it."""
        best = self.chosen[0].because if self.chosen else ""
        because = "; ".join(
            part for part in (best, self.shortfall, f"ring {self.ring.number}, no answer until {self.ring.ends_at.isoformat()}: {self.ring.then}") if part
        )
        return Why(rule=f"run_cards/{self.card.card}", because=because, runners_up=tuple(one.runner_up() for one in self.runners_up))
