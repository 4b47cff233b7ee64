"""What holds of a centre whose cases are worked on, whatever was told it: checked from what is kept and from what was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pipeline.casework.dispatch.orders import STANDING
from pipeline.casework.lifecycle.work import Work, work_from
from pipeline.casework.rows import CaseRow, Entry, case_from, entry_from
from schemas.case import Transition
from schemas.issue import Alert
from schemas.vocabulary import Action, AlertKind, AlertStatus, CaseState, Milestone
from tests.casework.lifecycle.centre import Worked

TOLD = frozenset({CaseState.CLOSED, CaseState.ARCHIVED, CaseState.NOT_ACCEPTED, CaseState.TRANSFERRED, CaseState.VOID})
"""How a case ends whose sources are told of it; a withdrawn one has nobody to tell, a merged one is told of by the case that took it in."""
ACROSS = frozenset({AlertKind.SIX_IN_30_DAYS, AlertKind.THREE_IN_3_DAYS, AlertKind.SURGE})
"""Alerts of what is seen across cases: they outlive any one of them."""
LATER = frozenset({Milestone.REVIEW, Milestone.REREVIEW})


class Watcher:
    """Looks at a centre after each step; keeps what it needs of what was before."""

    def __init__(self, centre: Worked) -> None:
        self.centre = centre
        self.seen = 0
        self.seqs: Counter[str] = Counter()
        self.planned: dict[str, dict[str, tuple[datetime | None, datetime | None]]] = {}
        self.last_at: datetime | None = None

    # what is kept

    def cases(self) -> Iterator[CaseRow]:
        """All cases."""
        for table in ("cases", "ended"):
            yield from (case_from(row) for row in self.centre.kept.kept.get(table, {}).values())

    def works(self) -> dict[int, Work]:
        """Works by ordinal."""
        return {int(key): work_from(row) for key, row in self.centre.kept.kept.get("works", {}).items()}

    def entries(self) -> dict[str, Entry]:
        """The register."""
        return {str(key): entry_from(row) for key, row in self.centre.kept.kept.get("register", {}).items()}

    def alerts(self) -> list[Alert]:
        """Those that are not over."""
        known = [Alert.model_validate_json(row) for row in self.centre.kept.kept.get("alerts", {}).values()]
        return [alert for alert in known if alert.status is not AlertStatus.OVER]

    # what holds

    def look(self, accepted: int, commands: set[str]) -> None:
        """All of it: `accepted` lines of sources and `commands` ids have been told so far."""
        fresh, self.seen = self.centre.journal[self.seen :], len(self.centre.journal)
        for line in fresh:
            self.of_table(line)
            self.deadlines(line)
        cases, works, entries = list(self.cases()), self.works(), self.entries()
        assert not self.centre.dead
        assert len(self.centre.outcomes) == len({(one.raw_offset, one.raw_line) for one in self.centre.outcomes}) == accepted
        verdicts = Counter(verdict.command_id for verdict in self.centre.verdicts)
        assert verdicts == Counter(commands), "one verdict for each command id"
        self.reports(cases, entries)
        self.results(cases, works, entries)
        self.orders(cases, works)
        for case in cases:
            if case.ordinal in works:
                self.case(case, works[case.ordinal], works)
        standing = [alert for alert in self.alerts() if alert.case_id]
        own = {alert.alert_id for alert in standing if alert.kind not in ACROSS and not of_issue(alert)}
        known = {name for work in works.values() for name in work.alerts}
        assert own <= known <= {alert.alert_id for alert in standing}, "an alert stands, and its case does not know; or the other way round"

    def of_table(self, line: Transition) -> None:
        """Every transition is a row of the table, and none is left out."""
        self.seqs[line.case_id] += 1
        assert line.seq == self.seqs[line.case_id]
        assert self.last_at is None or line.at >= self.last_at
        self.last_at = line.at
        if line.action is Action.OPENED:
            assert (line.seq, line.from_state, line.to_state) == (1, None, CaseState.CLASSIFIED)
            return
        assert line.from_state is not None
        row = self.centre.book.row(line.action, line.from_state)
        assert row is not None, f"{line.action} of a case that is {line.from_state} is not in the table"
        stays = not row.to or "co_unit" in line.data
        assert line.to_state == (line.from_state if stays else row.to)
        assert line.actor.partition(":")[0] in {*row.who, "rule"}, f"{line.action} by {line.actor} is not in the table"

    def deadlines(self, line: Transition) -> None:
        """No deadline moves without a reason: an effect of the table, or a line that says why they were reckoned anew."""
        moved: dict[str, Any] = line.data.get("deadlines", {})
        known = self.planned.setdefault(line.case_id, {})
        for name, deadline in moved.items():
            due = None if deadline["due"] is None else datetime.fromisoformat(deadline["due"])
            known[name] = (due, datetime.fromisoformat(deadline["starts"]) if deadline["rule"] else None)
        if not moved or line.from_state is None:
            return
        row = self.centre.book.row(line.action, line.from_state)
        assert row is not None
        assert row.clocks or line.action in (Action.PLANNED, Action.REWORKED, Action.REOPENED), f"{line.action} moved {moved}"
        assert line.why is not None
        assert line.why.rule

    def reports(self, cases: list[CaseRow], entries: dict[str, Entry]) -> None:
        """No report is lost: each is in the one case that it says."""
        held = Counter(key for case in cases for key in case.members)
        assert all(number == 1 for number in held.values())
        for case in cases:
            assert all(entries[key].case == case.ordinal for key in case.members)
            assert case.standing == sum(entries[key].standing for key in case.members)
        assert {key for key, entry in entries.items() if entry.standing} <= held.keys()
        assert len({case.case_id for case in cases}) == len(cases), "two cases have one id"
        assert len({case.number for case in cases}) == len(cases)

    def results(self, cases: list[CaseRow], works: dict[int, Work], entries: dict[str, Entry]) -> None:
        """Each source hears one final result of each report, of sealed ones nothing."""
        final = Counter((result.source.value, result.source_id) for result in self.centre.results if result.final)
        assert all(number == 1 for number in final.values()), "a second final result"
        for case in cases:
            if case.ordinal not in works or case.state not in TOLD or case.facts.sealed:
                continue
            for entry in (entries[key] for key in case.members):
                assert not entry.standing or final[entry.source, entry.source_id], f"{case.state} without a final result"

    def orders(self, cases: list[CaseRow], works: dict[int, Work]) -> None:
        """Never two orders for one need, nobody twice in a case, and each has on hand what stands."""
        load: Counter[str] = Counter()
        for work in works.values():
            for need in work.needs:
                assert sum(order.state in STANDING for order in need.orders) <= 1
            assert len(set(work.sent)) == len(work.sent), "one responder twice in a case"
            load.update(work.sent)
        roster = self.centre.state.kept.roster
        assert roster is not None
        busy = {name: stand.load for name in roster.responders if (stand := roster.stand(name)).load}
        assert busy == dict(load), "what responders have on hand is not what stands"
        children = {work.ordinal for work in works.values() if work.parent and any(case.ordinal == work.ordinal and case.is_open for case in cases)}
        assert not any(works[child].sent for child in children), "somebody goes for a child of an incident, too"

    def case(self, case: CaseRow, work: Work, works: dict[int, Work]) -> None:
        """A case and the work on it."""
        known = {name: due for name, (due, starts) in self.planned.get(case.case_id, {}).items() if starts is not None}
        if not case.facts.sealed:
            assert known == {plan.milestone.value: plan.due for plan in work.plans}, f"a deadline of {case.number} is not as the journal says"
        assert self.seqs[case.case_id] == case.seq
        assert work.open == (case.is_open and not case.facts.sealed)
        if work.parent and work.open:
            assert works[work.parent].open, "the parent of an incident has ended"
        alerts = {alert.alert_id: alert for alert in self.alerts()}
        warned = {alerts[name].milestone for name in work.alerts} - {None}
        if not work.children:  # those of a child of an incident are the parent's
            assert not any(milestone is not None and milestone.value in work.reached for milestone in warned), "an alert of what is reached"
            assert warned <= {plan.milestone for plan in work.plans}, "an alert of a deadline that there is not"
        if not work.open:
            assert not work.sent
            assert {alerts[name].milestone for name in work.alerts} <= LATER
            assert work.supervision is None
            assert work.due in {None, *(one.at for one in work.warnings if one.milestone in LATER)}


def of_issue(alert: Alert) -> bool:
    """Whether it is of an issue (a place that is told of again and again), not of a return."""
    return alert.kind is AlertKind.CONSULTATION and alert.rule.startswith("watch_rules/")
