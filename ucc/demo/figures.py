"""The figures of the demo's tables: each is one question to the warehouse, which `ucc sql` answers alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Template
from typing import Any, Final

import orjson

from schemas.vocabulary import OPEN_STATES, CaseState

_WORDS: Final = {
    "open": "('" + "', '".join(state.value for state in CaseState if state in OPEN_STATES) + "')",
    "with_a_unit": "('DISPATCHED', 'SIGNED', 'CONTACTED', 'ON_SITE', 'HANDLING')",
    "ended": "('CLOSED', 'ARCHIVED', 'NOT_ACCEPTED', 'TRANSFERRED', 'VOID')",  # sources have had a final result
    "standing": "('offered', 'accepted', 'on_the_way', 'arrived')",
    "local": "'%H:%i', 'Asia/Shanghai'",
    "waits": "sealed = 0 AND (state = 'FEEDBACK' OR state = 'CLASSIFIED' AND unit = ''"
    " OR (has(flags, 'returning') OR has(flags, 'disputed')) AND state IN ('DISPATCHED', 'SIGNED', 'CONTACTED', 'ON_SITE', 'HANDLING'))",
    # how long whoever was chosen was reckoned to be on the way
    "ways": "SELECT centre, case_id, JSONExtractString(data, 'need') AS need, toUInt16(JSONExtractUInt(data, 'order')) AS order_number,"
    " toUInt32OrZero(extract(JSONExtractString(why, 'because'), '^([0-9]+) s on the way')) AS way_s FROM journal WHERE action = 'ordered'",
}


def question(sql: str) -> str:
    """A question with its words filled in: `$open`, `$ended`, …."""
    return Template(sql).substitute(_WORDS)


QUESTIONS: Final[Mapping[str, str]] = {
    name: question(sql)
    for name, sql in {
        "outcomes": "SELECT source, outcome, count() AS number FROM outcomes GROUP BY source, outcome ORDER BY source, outcome",
        "cases": "SELECT urgency, count() AS number, sum(reports) AS told, max(reports) AS largest FROM cases_current WHERE state IN $open"
        " GROUP BY urgency ORDER BY urgency",
        "busiest": "SELECT matter, count() AS number, sum(reports) AS told FROM cases_current WHERE state IN $open AND sealed = 0"
        " GROUP BY matter ORDER BY told DESC, matter LIMIT 5",
        "readings": "SELECT count() AS number, uniqExact(metric) AS metrics FROM readings",
        "responders": "SELECT count() AS number FROM positions_latest",
        "dead_letters": "SELECT count() AS number FROM dead_letters",
        # the work on them
        "states": "SELECT state, count() AS number FROM cases_current GROUP BY state ORDER BY state",
        "orders": "SELECT state, count() AS number FROM orders GROUP BY state ORDER BY state",
        "latest_orders": "SELECT c.number AS number, o.responder AS responder, o.state AS state, c.matter AS matter, c.street AS street,"
        " formatDateTime(o.offered_at, $local) AS offered, formatDateTime(o.departed_at, $local) AS departed,"
        " formatDateTime(o.arrived_at, $local) AS arrived,"
        " if(w.way_s > 0 AND o.arrived_at IS NULL, formatDateTime(ifNull(o.departed_at, o.offered_at) + toIntervalSecond(w.way_s), $local), NULL) AS expected"
        " FROM orders AS o INNER JOIN cases_current AS c ON o.centre = c.centre AND o.case_id = c.case_id"
        " LEFT JOIN ($ways) AS w ON o.centre = w.centre AND o.case_id = w.case_id AND o.need = w.need AND o.order_number = w.order_number"
        " WHERE o.state IN $standing"
        " ORDER BY greatest(o.offered_at, ifNull(o.departed_at, o.offered_at), ifNull(o.arrived_at, o.offered_at)) DESC, number, o.need, o.order_number LIMIT 6",
        "returns": "SELECT ruling, count() AS number FROM returns GROUP BY ruling ORDER BY ruling",
        "alerts": "SELECT kind, countIf(level = 'yellow') AS yellow, countIf(level = 'orange') AS orange, countIf(level = 'red') AS red,"
        " countIf(status = 'open') AS open FROM alerts GROUP BY kind ORDER BY kind",
        "latest_alerts": "SELECT formatDateTime(changed_at, $local) AS at, kind, level, milestone, number, matter FROM alerts WHERE status = 'open'"
        " ORDER BY changed_at DESC, alert_id LIMIT 6",
        "closed": "SELECT count() AS number, countIf(due_at IS NOT NULL) AS with_limit, countIf(closed_at <= due_at) AS on_time"
        " FROM cases_current WHERE state = 'CLOSED'",
        "results": "SELECT source, count() AS number, sum(final) AS final FROM results GROUP BY source ORDER BY source",
        "commands": "SELECT splitByChar(':', actor)[1] AS role, count() AS number, countIf(verdict = 'refused') AS refused"
        " FROM commands GROUP BY role ORDER BY role",
        "at_the_desk": "SELECT count() AS number FROM cases_current WHERE $waits",
        "waiting": "SELECT number, multiIf(state = 'FEEDBACK', 'verified', has(flags, 'disputed'), 'ruled', has(flags, 'returning'), 'return_rejected',"
        " 'dispatched') AS action, urgency, matter, street FROM cases_current WHERE $waits ORDER BY action = 'verified', changed_at DESC, number LIMIT 4",
        # what must be none
        "nobodys": "SELECT count() AS number FROM cases_current WHERE state IN $with_a_unit AND unit = '' AND sealed = 0",
        "unfinal": "SELECT count() AS number FROM (SELECT r.report_id, countIf(t.final) AS finals FROM reports_current AS r"
        " INNER JOIN cases_current AS c ON r.centre = c.centre AND r.case_id = c.case_id"
        " LEFT JOIN results AS t ON r.centre = t.centre AND r.source = t.source AND r.source_id = t.source_id"
        " WHERE r.standing = 1 AND c.sealed = 0 AND c.state IN $ended GROUP BY r.report_id) WHERE finals != 1",
        # of what is not pressing one is told in the morning
        "unalerted": "SELECT count() AS number FROM cases_current AS c LEFT ANTI JOIN (SELECT centre, case_id FROM alerts WHERE kind = 'overdue') AS a"
        " ON c.centre = a.centre AND c.case_id = a.case_id WHERE c.state IN $open AND c.sealed = 0 AND c.parent = ''"
        " AND c.due_at < (SELECT max(changed_at) FROM cases_current)"
        " AND (c.urgency IN ('U1', 'U2') OR toHour(toTimeZone(c.due_at, 'Asia/Shanghai')) BETWEEN 8 AND 20)",
    }.items()
}
"""Name → SQL. Names of columns are those of the tables."""
MUST_BE_NONE: Final[Mapping[str, str]] = {
    "nobodys": "open cases wait for nobody",
    "unfinal": "reports of ended cases have no final result, or two",
    "unalerted": "overdue cases have no alert",
}
"""Questions whose answer must be 0, and what is wrong where it is not."""
Ask = Callable[[str, str], bytes]
Rows = list[dict[str, Any]]


def figures(ask: Ask, *, checks: bool = True) -> dict[str, Rows]:
    """All of them, as they are now; those that must be none only where `checks`. Raises WarehouseUnavailable."""
    return {name: rows(ask, sql) for name, sql in QUESTIONS.items() if checks or name not in MUST_BE_NONE}


def rows(ask: Ask, sql: str) -> Rows:
    """The rows of an answer."""
    return [orjson.loads(line) for line in ask(sql, "JSONEachRow").splitlines()]


def lines(found: Mapping[str, Rows]) -> int:
    """Lines that have an outcome."""
    return sum(int(row["number"]) for row in found["outcomes"])


def first(rows: Rows) -> Any:  # noqa: ANN401  a number, as JSON has it
    """The number of a question that has one."""
    return rows[0]["number"] if rows else 0
