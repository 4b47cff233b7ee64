"""What people of a simulated district do, how often, and how long it takes them. Shares are of 1; durations are medians, spread as lognormal."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from math import exp
from random import Random
from statistics import NormalDist

from schemas.vocabulary import Urgency

_NORMAL = NormalDist()
SECONDS, MINUTES, HOURS, DAYS = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))
PRESSING = (Urgency.U1.value, Urgency.U2.value)
"""Urgencies for which somebody is there at any hour."""


@dataclass(frozen=True, slots=True)
class Habits:
    """Everybody's habits. Where no source is named, the figure is ours: a guess that gives every way a case can go its share."""

    # units
    signs: dict[str, timedelta] = field(default_factory=lambda: {"U1": 25 * SECONDS, "U2": 3 * MINUTES, "U3": 70 * MINUTES, "U4": 2 * HOURS})
    """From being sent there; limits are 60 s, 10 min, 4 工作时, 1 工作日 (domain §4.6). The real 签收率 is 99.64 % (§1.1), which makes forgetting rare."""
    signs_spread: float = 0.55
    contacts: dict[str, timedelta] = field(default_factory=lambda: {"U1": 20 * SECONDS, "U2": 15 * MINUTES, "U3": 2 * HOURS, "U4": 3 * HOURS})
    """From signing; limits are at once, 1 h, 1 工作日 (domain §4.6)."""
    handles_share: float = 0.3
    """Median share of the time until it is due that is used; with the spread one in forty is late. Real on-time rates are 99.4 to 99.8 % (domain §8)."""
    handles_spread: float = 0.6
    handles_without_limit: timedelta = 2 * DAYS
    starts_work: float = 0.4
    """Share of cases in which the unit says that it has begun."""
    unreachable: float = 0.03
    """Who reported is not reached: three tries on two days (domain §1.6 (7))."""
    forgets_to_sign: float = 0.02
    forgets_to_answer: float = 0.03
    returns: float = 0.05
    """退单率. A street with 38 % is the worst that is told of (domain §4.5)."""
    returns_again: float = 0.2
    """Of those sent elsewhere by a ruling: the next unit returns it, too; the consultation rules."""
    returns_after: dict[str, timedelta] = field(default_factory=lambda: {"U1": 3 * MINUTES, "U2": 20 * MINUTES, "U3": 2 * HOURS, "U4": 3 * HOURS})
    """Windows are 10 min, 1 h, 8 工作时 (domain §4.5): some come too late, and count as accepted."""
    asks_for_more_time: float = 0.5
    """Of those that see that they will be late."""
    needs_third_party: float = 0.02
    """停表, 挂账 (domain §1.6 (5), (8))."""
    third_party_takes: timedelta = 2 * DAYS
    wakes: dict[str, float] = field(default_factory=lambda: {"yellow": 0.2, "orange": 0.6, "red": 0.85, "supervised": 0.8})
    """Who has forgotten remembers when told: by level of the alert, by supervision."""
    wakes_after: timedelta = 40 * MINUTES
    false_answer: float = 0.05
    """Says that it is done, and it is not: 返工. A sample found 15 % (domain §9)."""
    co_signs: float = 0.8
    co_answers: float = 0.7
    # desk
    names_unit_after: timedelta = 12 * MINUTES
    rules_after: dict[str, timedelta] = field(default_factory=lambda: {"U1": 8 * MINUTES, "U2": 12 * MINUTES, "U3": 50 * MINUTES, "U4": 50 * MINUTES})
    """Limits are 30 min and 2 工作时 (domain §4.5)."""
    consults_after: timedelta = 5 * HOURS
    upholds: float = 0.6
    turns_away: float = 0.015
    """不予受理 (domain §1.1)."""
    hands_over: float = 0.004
    """转出 (domain §1.6 (15))."""
    voids: float = 0.002
    verifies_after: timedelta = 1 * HOURS
    """Limit 1 工作日 (domain §1.3); a quarter of that where it is pressing."""
    verifies_on_site: float = 0.3
    revisits_after: timedelta = 100 * MINUTES
    """回访 by the next day (domain §1.1); a quarter of that where it is pressing."""
    not_satisfied: float = 0.12
    """Real satisfaction is 73 to 97 % (domain §8)."""
    reworks_when_not_satisfied: float = 0.5
    most_reworks: int = 3
    forgets_to_close: float = 0.01
    reopens: float = 0.015
    """重办 within thirty days (domain §1.6 (14))."""
    reopens_after: timedelta = 3 * DAYS
    assigns: float = 0.6
    """Where the machine found nobody the desk sends somebody by telephone; else the unit goes by itself."""
    assigns_after: timedelta = 4 * MINUTES
    acknowledges: float = 0.9
    acknowledges_after: timedelta = 6 * MINUTES
    # responders
    accepts_after: timedelta = 22 * SECONDS
    """Real: acknowledged within 30 s 98.9 % (domain §1.2), limit 60 s (§4.3): ours are slower."""
    declines: float = 0.04
    silent: float = 0.06
    departs_after: timedelta = 75 * SECONDS
    """Limit 3 min (domain §4.4); real: within 5 min 70.7 % (§1.2)."""
    works: timedelta = 22 * MINUTES
    forgets_to_finish: float = 0.02
    says_secured: float = 0.8
    rests: float = 0.02
    rests_for: timedelta = 30 * MINUTES
    no_phone: float = 0.03
    """Of those on shift: no position comes of them."""
    spread: float = 0.6
    """Of all durations that have no spread of their own."""

    def after(self, dice: Random, median: timedelta, spread: float | None = None) -> timedelta:
        """So long it takes this time; never more than twenty times the median."""
        luck = _NORMAL.inv_cdf(min(max(dice.random(), 1e-9), 1 - 1e-9))
        return median * min(20.0, exp((self.spread if spread is None else spread) * luck))
