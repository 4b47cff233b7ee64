-- The work on a case: what journal and pictures tell of it, alerts, verdicts and results, and the views over all of it.
-- Nothing of a sealed case is in them beside that it is there: no words, no place, and nobody who might betray the place.

-- Units that are complained of: none of them handles the case.
ALTER TABLE outcome_lines MODIFY COLUMN IF EXISTS event Tuple(
    kind LowCardinality(String),
    at DateTime64(6, 'UTC'),
    raw_line UInt32,
    receipt_id String,
    accepted_at DateTime64(6, 'UTC'),
    history Bool,
    pack LowCardinality(String),
    digest String,
    report Tuple(
        source LowCardinality(String),
        source_id String,
        operation LowCardinality(String),
        order_key String,
        reported_at DateTime64(6, 'UTC'),
        arrived_at Nullable(DateTime64(6, 'UTC')),
        text String,
        address String,
        area_hint LowCardinality(String),
        lng Nullable(Float64),
        lat Nullable(Float64),
        crs LowCardinality(String),
        accuracy_m Nullable(Float64),
        code_standard LowCardinality(String),
        code String,
        intent LowCardinality(String),
        urgency_hint LowCardinality(String),
        part_owner LowCardinality(String),
        persons Nullable(UInt32),
        attachments Array(String),
        extra String,
        call Tuple(waited_s Nullable(UInt32), lasted_s Nullable(UInt32), answered Nullable(UInt8)),
        reporter Tuple(name String, phone String, id_number String, home String, token String, key LowCardinality(String), box String)
    ),
    text_plain String,
    address_plain String,
    address_key String,
    lng Nullable(Float64),
    lat Nullable(Float64),
    precision LowCardinality(String),
    grid LowCardinality(String),
    community LowCardinality(String),
    community_name LowCardinality(String),
    street LowCardinality(String),
    street_name LowCardinality(String),
    district LowCardinality(String),
    matter LowCardinality(String),
    intent LowCardinality(String),
    urgency LowCardinality(String),
    sealed Bool,
    unit LowCardinality(String),
    co_units Array(String),
    why String,
    masked Bool,
    shown Tuple(
        text String,
        address String,
        area_hint String,
        attachments Array(String),
        extra String,
        text_plain String,
        address_plain String,
        address_key String
    ),
    against Array(String)
);

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS against Array(String);

ALTER TABLE outcome_lines_to_rows MODIFY QUERY
SELECT
    centre, raw_offset, raw_line, at, receipt_id, outcome, source, source_id, report_id, revision, standing, case_id, code, detail,
    event.at AS event_at,
    event.accepted_at AS accepted_at,
    event.history AS history,
    event.pack AS pack,
    event.digest AS digest,
    if(event.kind != '' AND event.report.operation = '', 'set', event.report.operation) AS operation,
    event.report.order_key AS order_key,
    event.report.reported_at AS reported_at,
    event.report.arrived_at AS arrived_at,
    event.report.text AS text,
    event.report.address AS address,
    event.report.area_hint AS area_hint,
    event.report.lng AS received_lng,
    event.report.lat AS received_lat,
    if(event.kind != '' AND event.report.crs = '', 'wgs84', event.report.crs) AS crs,
    event.report.accuracy_m AS accuracy_m,
    event.report.code_standard AS code_standard,
    event.report.code AS source_code,
    event.report.intent AS received_intent,
    event.report.urgency_hint AS urgency_hint,
    event.report.part_owner AS part_owner,
    event.report.persons AS persons,
    event.report.attachments AS attachments,
    if(event.kind != '' AND event.report.extra = '', '{}', event.report.extra) AS extra,
    event.text_plain AS text_plain,
    event.address_plain AS address_plain,
    event.address_key AS address_key,
    event.lng AS lng,
    event.lat AS lat,
    if(event.kind != '' AND event.precision = '', 'none', event.precision) AS precision,
    event.grid AS grid,
    event.community_name AS community,
    event.community AS community_code,
    event.street_name AS street,
    event.street AS street_code,
    event.district AS district,
    if(event.kind != '' AND event.matter = '', '1999', event.matter) AS matter,
    if(event.kind != '' AND event.intent = '', 'OTHR', event.intent) AS intent,
    if(event.kind != '' AND event.urgency = '', 'U3', event.urgency) AS urgency,
    event.sealed AS sealed,
    event.unit AS unit,
    event.co_units AS co_units,
    if(event.kind != '' AND event.why = '', '{}', event.why) AS why,
    event.report.call.waited_s AS call_waited_s,
    event.report.call.lasted_s AS call_lasted_s,
    event.report.call.answered AS call_answered,
    event.report.reporter.name AS reporter_name,
    event.report.reporter.phone AS reporter_phone,
    event.report.reporter.id_number AS reporter_id,
    event.report.reporter.home AS reporter_home,
    event.report.reporter.token AS reporter_token,
    event.report.reporter.key AS reporter_key,
    event.report.reporter.box AS reporter_box,
    if(event.masked, event.shown.text, if(event.report.text = '', '', '*')) AS text_shown,
    if(event.masked, event.shown.address, if(event.report.address = '', '', '*')) AS address_shown,
    if(event.masked, event.shown.area_hint, if(event.report.area_hint = '', '', '*')) AS area_hint_shown,
    if(event.masked OR empty(event.report.attachments), event.shown.attachments, ['*']) AS attachments_shown,
    if(event.masked OR event.report.extra IN ('', '{}'), event.shown.extra, '{"*":"*"}') AS extra_shown,
    if(event.masked, event.shown.text_plain, if(event.text_plain = '', '', '*')) AS text_plain_shown,
    if(event.masked, event.shown.address_plain, if(event.address_plain = '', '', '*')) AS address_plain_shown,
    if(event.masked, event.shown.address_key, if(event.address_key = '', '', '*')) AS address_key_shown,
    event.against AS against
FROM outcome_lines;

-- The step's own facts, as JSON.
ALTER TABLE journal_rows ADD COLUMN IF NOT EXISTS data String DEFAULT '{}';

ALTER TABLE case_rows ADD COLUMN IF NOT EXISTS flags Array(String);

ALTER TABLE case_rows ADD COLUMN IF NOT EXISTS due_at Nullable(DateTime64(6, 'UTC'));

ALTER TABLE case_rows ADD COLUMN IF NOT EXISTS provisional Bool;

ALTER TABLE case_rows ADD COLUMN IF NOT EXISTS dispatched_at Nullable(DateTime64(6, 'UTC'));

ALTER TABLE case_rows ADD COLUMN IF NOT EXISTS closed_at Nullable(DateTime64(6, 'UTC'));

ALTER TABLE case_rows ADD COLUMN IF NOT EXISTS parent String;

ALTER TABLE case_rows ADD COLUMN IF NOT EXISTS linked Array(String);

ALTER TABLE case_rows ADD COLUMN IF NOT EXISTS sent Array(String);

ALTER TABLE case_rows ADD COLUMN IF NOT EXISTS desk UInt32;

ALTER TABLE case_rows ADD COLUMN IF NOT EXISTS rework UInt32;

ALTER TABLE case_rows ADD COLUMN IF NOT EXISTS returns UInt32;

-- ucc.alerts: the line with the highest version is the present.
CREATE TABLE IF NOT EXISTS alert_rows (
    alert_id String,
    centre LowCardinality(String),
    version UInt64,
    kind LowCardinality(String),
    level LowCardinality(String),
    status LowCardinality(String),
    at DateTime64(6, 'UTC'),
    changed_at DateTime64(6, 'UTC'),
    case_id String,
    number String,
    milestone LowCardinality(String),
    matter LowCardinality(String),
    area LowCardinality(String),
    tells Array(String),
    rule LowCardinality(String),
    evidence String,
    by LowCardinality(String)
) ENGINE = ReplacingMergeTree(version)
ORDER BY (centre, alert_id)
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;

-- ucc.verdicts: what became of each command. `precedence` is higher the earlier the line stands: of two verdicts on one command the first holds.
CREATE TABLE IF NOT EXISTS verdict_rows (
    centre LowCardinality(String),
    command_id String,
    at DateTime64(6, 'UTC'),
    verdict LowCardinality(String),
    code LowCardinality(String),
    detail String,
    action LowCardinality(String),
    actor LowCardinality(String),
    case_id String,
    number String,
    state LowCardinality(String),
    seq UInt32,
    raw_offset UInt64,
    raw_line UInt32,
    precedence UInt64 MATERIALIZED bitNot(bitOr(bitShiftLeft(raw_offset, 16), toUInt64(raw_line)))
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY (centre, command_id)
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;

-- ucc.results: what sources are told of their reports.
CREATE TABLE IF NOT EXISTS result_rows (
    result_id String,
    centre LowCardinality(String),
    at DateTime64(6, 'UTC'),
    source LowCardinality(String),
    source_id String,
    report_id String,
    case_id String,
    number String,
    seq UInt32,
    state LowCardinality(String),
    said LowCardinality(String),
    final Bool,
    again Bool,
    result String,
    unit LowCardinality(String)
) ENGINE = ReplacingMergeTree
ORDER BY (centre, result_id)
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;

CREATE OR REPLACE VIEW outcomes AS
SELECT * EXCEPT (
    reporter_home, reporter_token, reporter_key, reporter_box,
    text_shown, address_shown, area_hint_shown, attachments_shown, extra_shown, text_plain_shown, address_plain_shown, address_key_shown
)
FROM outcome_rows FINAL;

CREATE OR REPLACE VIEW reports AS
SELECT
    report_id, centre, source, source_id, revision, outcome, standing, sealed, case_id,
    reported_at, arrived_at, accepted_at, at, operation, text, address, area_hint,
    lng, lat, precision, grid, community, community_code, street, street_code, district,
    matter, intent, urgency, unit, co_units, persons, why,
    received_lng, received_lat, crs, accuracy_m, code_standard, source_code, received_intent, urgency_hint, part_owner, attachments, extra,
    text_plain, address_plain, address_key, history, pack, digest, order_key, event_at, receipt_id, raw_offset, raw_line,
    call_waited_s, call_lasted_s, call_answered, reporter_name, reporter_phone, reporter_id, against
FROM outcome_rows FINAL
WHERE outcome IN ('opened', 'merged', 'revised', 'late', 'withdrawn', 'sealed');

-- A case that is sealed stays so.
CREATE OR REPLACE VIEW sealed_cases AS
SELECT DISTINCT centre, case_id FROM case_rows WHERE sealed;

CREATE OR REPLACE VIEW cases_current AS
SELECT
    case_id, centre, number, state, reports, sealed, matter, intent, urgency, unit, co_units,
    opened_at, changed_at, first_reported_at, last_reported_at, lead_report, precision, lng, lat,
    grid, community_name AS community, community AS community_code, street_name AS street, street AS street_code, district,
    merged_into, history, pack, version, seq,
    flags, due_at, provisional, dispatched_at, closed_at,
    if(sealed, '', parent) AS parent, if(sealed, emptyArrayString(), linked) AS linked, if(sealed, emptyArrayString(), sent) AS sent,
    desk, rework, returns
FROM case_rows FINAL;

CREATE OR REPLACE VIEW journal AS
SELECT
    transition_id, centre, case_id, seq, at, action, from_state, to_state,
    if(sealed, replaceRegexpOne(actor, '^(desk|unit|responder):.*', '\\1'), actor) AS actor,
    source, source_id, report_id, other_case,
    if(sealed, '', why) AS why,
    if(sealed, '{}', data) AS data,
    pack, raw_offset, raw_line
FROM (
    SELECT *, (centre, source, source_id) IN (SELECT centre, source, source_id FROM sealed_rows)
        OR (centre, case_id) IN (SELECT centre, case_id FROM sealed_cases) AS sealed
    FROM journal_rows FINAL
);

CREATE OR REPLACE VIEW alerts AS
SELECT
    alert_id, centre, version, kind, level, status, at, changed_at, case_id, number, milestone, matter,
    if(sealed, '', area) AS area, tells, rule, if(sealed, '', evidence) AS evidence, by
FROM (
    SELECT *, (centre, case_id) IN (SELECT centre, case_id FROM sealed_cases) AS sealed
    FROM alert_rows FINAL
);

CREATE OR REPLACE VIEW commands AS
SELECT
    command_id, centre, at, action, verdict, code, if(sealed, '', detail) AS detail,
    if(sealed, replaceRegexpOne(actor, '^(desk|unit|responder):.*', '\\1'), actor) AS actor,
    case_id, number, state, seq, raw_offset, raw_line
FROM (
    SELECT *, (centre, case_id) IN (SELECT centre, case_id FROM sealed_cases) AS sealed
    FROM verdict_rows FINAL
);

CREATE OR REPLACE VIEW results AS
SELECT
    result_id, centre, at, source, source_id, report_id, case_id, number, seq, state, said, final, again,
    if(sealed, '', result) AS result, if(sealed, '', unit) AS unit
FROM (
    SELECT *, (centre, source, source_id) IN (SELECT centre, source, source_id FROM sealed_rows)
        OR (centre, case_id) IN (SELECT centre, case_id FROM sealed_cases) AS sealed
    FROM result_rows FINAL
);

-- What follows is read off the journal; cases that are sealed are not in it at all.

CREATE OR REPLACE VIEW orders AS
SELECT
    o.centre AS centre, o.case_id AS case_id, o.need AS need, o.order_number AS order_number,
    argMinIf(o.responder, o.seq, o.responder != '') AS responder,
    argMinIf(o.force, o.seq, o.force != '') AS force,
    max(o.ring) AS ring,
    argMax(o.state, o.seq) AS state,
    minOrNullIf(o.at, o.act = '') AS offered_at,
    minOrNullIf(o.at, o.act = 'accept') AS accepted_at,
    minOrNullIf(o.at, o.act = 'depart') AS departed_at,
    minOrNullIf(o.at, o.act = 'arrive') AS arrived_at,
    minOrNullIf(o.at, o.act = 'finish') AS done_at,
    minOrNullIf(o.at, o.state IN ('done', 'declined', 'withdrawn', 'expired')) AS ended_at
FROM (
    SELECT
        centre, case_id, seq, at,
        JSONExtractString(data, 'need') AS need,
        toUInt16(JSONExtractUInt(data, 'order')) AS order_number,
        JSONExtractString(data, 'responder') AS responder,
        JSONExtractString(data, 'force') AS force,
        toUInt16(JSONExtractUInt(data, 'ring')) AS ring,
        if(action = 'order_told', JSONExtractString(data, 'act'), '') AS act,
        if(JSONExtractString(data, 'state') = '', 'offered', JSONExtractString(data, 'state')) AS state
    FROM journal_rows FINAL
    WHERE action IN ('ordered', 'order_assigned', 'order_told') AND (centre, case_id) NOT IN (SELECT centre, case_id FROM sealed_cases)
) AS o
GROUP BY o.centre, o.case_id, o.need, o.order_number;

-- A return and what came next: its ruling, of the desk or of a consultation, or nothing yet. A consultation that leaves the case where it is has rejected it.
CREATE OR REPLACE VIEW returns AS
SELECT
    centre, case_id, seq, unit, asked_at, reason_code, clause, suggested,
    multiIf(
        next IN ('', 'return_asked'), '', next = 'return_upheld', 'upheld', next = 'return_rejected', 'rejected', next_to = unit, 'rejected', 'upheld'
    ) AS ruling,
    if(next IN ('', 'return_asked'), CAST(NULL AS Nullable(DateTime64(6, 'UTC'))), next_at) AS ruled_at,
    rule
FROM (
    SELECT
        centre, case_id, seq, action, at AS asked_at,
        JSONExtractString(data, 'unit') AS unit,
        JSONExtractString(data, 'reason_code') AS reason_code,
        JSONExtractString(data, 'clause') AS clause,
        JSONExtractString(data, 'suggested') AS suggested,
        JSONExtractString(data, 'rule') AS rule,
        leadInFrame(toString(action)) OVER following AS next,
        leadInFrame(at) OVER following AS next_at,
        leadInFrame(if(JSONHas(data, 'to'), JSONExtractString(data, 'to'), JSONExtractString(data, 'unit'))) OVER following AS next_to
    FROM journal_rows FINAL
    WHERE action IN ('return_asked', 'return_upheld', 'return_rejected', 'ruled') AND (centre, case_id) NOT IN (SELECT centre, case_id FROM sealed_cases)
    WINDOW following AS (PARTITION BY centre, case_id ORDER BY seq ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
)
WHERE action = 'return_asked';

-- Each sending of a case to a unit; where a return was upheld or a consultation ruled, people sent it on.
CREATE OR REPLACE VIEW dispatches AS
SELECT
    centre, case_id, seq, at,
    if(ruled AND JSONHas(data, 'to'), JSONExtractString(data, 'to'), JSONExtractString(data, 'unit')) AS unit,
    if(ruled, 'desk', JSONExtractString(data, 'rule')) AS rule,
    actor AS by
FROM (
    SELECT centre, case_id, seq, at, action, actor, data, action IN ('return_upheld', 'ruled') AS ruled
    FROM journal_rows FINAL
    WHERE action IN ('dispatched', 'reassigned', 'return_upheld', 'ruled') AND (centre, case_id) NOT IN (SELECT centre, case_id FROM sealed_cases)
);

-- The latest plan of each milestone of each case; one whose rule is empty is no deadline any more.
CREATE OR REPLACE VIEW deadlines AS
SELECT
    centre, case_id, milestone,
    parseDateTime64BestEffortOrNull(JSONExtractString(planned.2, 'starts'), 6, 'UTC') AS starts_at,
    parseDateTime64BestEffortOrNull(JSONExtractString(planned.2, 'due'), 6, 'UTC') AS due_at,
    toBool(JSONExtractBool(planned.2, 'provisional')) AS provisional,
    JSONExtractString(planned.2, 'rule') AS rule,
    planned.1 AS planned_at
FROM (
    SELECT centre, case_id, plan.1 AS milestone, argMax((at, plan.2), seq) AS planned
    FROM (
        SELECT centre, case_id, seq, at, arrayJoin(JSONExtractKeysAndValuesRaw(data, 'deadlines')) AS plan
        FROM journal_rows FINAL
        WHERE position(data, '"deadlines"') > 0 AND (centre, case_id) NOT IN (SELECT centre, case_id FROM sealed_cases)
    )
    GROUP BY centre, case_id, milestone
)
WHERE JSONExtractString(planned.2, 'rule') != '';

-- How often what a rule sent had to go elsewhere. `share` is what was sent right: 1 less the upheld returns.
CREATE OR REPLACE VIEW routing_accuracy AS
SELECT
    centre, rule, sum(one) AS sent, sum(back) AS returned, sum(wrong) AS upheld,
    if(sum(one) = 0, CAST(NULL AS Nullable(Float64)), 1 - sum(wrong) / sum(one)) AS share
FROM (
    SELECT centre, rule, toUInt64(1) AS one, toUInt64(0) AS back, toUInt64(0) AS wrong FROM dispatches
    UNION ALL
    SELECT centre, rule, toUInt64(0) AS one, toUInt64(1) AS back, toUInt64(ruling = 'upheld') AS wrong FROM returns
)
WHERE rule != ''
GROUP BY centre, rule;

-- What analysts are shown: the same, without what people wrote. Of the journal's data the facts that are codes, numbers and instants; where a
-- person acted, of the reasons the rule alone. To which authority a case was transferred is written in words, too.

CREATE OR REPLACE VIEW outcomes_shown AS
SELECT * EXCEPT (
    reporter_home, reporter_token, reporter_key, reporter_box,
    text_shown, address_shown, area_hint_shown, attachments_shown, extra_shown, text_plain_shown, address_plain_shown, address_key_shown
) REPLACE (
    if(empty(text_shown), text, text_shown) AS text,
    if(empty(address_shown), address, address_shown) AS address,
    if(empty(area_hint_shown), area_hint, area_hint_shown) AS area_hint,
    if(empty(attachments_shown), attachments, attachments_shown) AS attachments,
    if(empty(extra_shown), extra, extra_shown) AS extra,
    if(empty(text_plain_shown), text_plain, text_plain_shown) AS text_plain,
    if(empty(address_plain_shown), address_plain, address_plain_shown) AS address_plain,
    if(empty(address_key_shown), address_key, address_key_shown) AS address_key
)
FROM outcome_rows FINAL;

CREATE OR REPLACE VIEW reports_shown AS
SELECT
    report_id, centre, source, source_id, revision, outcome, standing, sealed, case_id,
    reported_at, arrived_at, accepted_at, at, operation, text, address, area_hint,
    lng, lat, precision, grid, community, community_code, street, street_code, district,
    matter, intent, urgency, unit, co_units, persons, why,
    received_lng, received_lat, crs, accuracy_m, code_standard, source_code, received_intent, urgency_hint, part_owner, attachments, extra,
    text_plain, address_plain, address_key, history, pack, digest, order_key, event_at, receipt_id, raw_offset, raw_line,
    call_waited_s, call_lasted_s, call_answered, reporter_name, reporter_phone, reporter_id, against
FROM outcomes_shown
WHERE outcome IN ('opened', 'merged', 'revised', 'late', 'withdrawn', 'sealed');

CREATE OR REPLACE VIEW journal_shown AS
WITH [
    'unit', 'co_units', 'to', 'from', 'suggested', 'rule', 'reason_code', 'not_accepted', 'need', 'order', 'responder', 'force', 'ring', 'ends_at', 'act', 'state',
    'deadlines', 'milestone', 'limit', 'level', 'since', 'until', 'reached', 'solved', 'satisfied', 'counted', 'precedent', 'second'
] AS codes
SELECT * EXCEPT (facts, may_be_shown) REPLACE (
    if(match(actor, '^(desk|unit|responder)(:|$)') AND why != '', toJSONString(map('rule', JSONExtractString(why, 'rule'))), why) AS why,
    if(
        length(may_be_shown) = length(facts), data,
        concat('{', arrayStringConcat(arrayMap(fact -> concat(toJSONString(fact.1), ':', fact.2), may_be_shown), ','), '}')
    ) AS data
)
FROM (
    SELECT
        *, JSONExtractKeysAndValuesRaw(data) AS facts,
        arrayFilter(fact -> has(codes, fact.1) AND NOT (action = 'transferred' AND fact.1 IN ('unit', 'to', 'from')), facts) AS may_be_shown
    FROM journal
);

CREATE OR REPLACE VIEW commands_shown AS
SELECT * REPLACE (if(detail = '', '', '*') AS detail)
FROM commands;

CREATE OR REPLACE VIEW results_shown AS
SELECT * REPLACE (if(result = '', '', '*') AS result)
FROM results;

CREATE OR REPLACE VIEW returns_shown AS
SELECT * REPLACE (if(clause = '', '', '*') AS clause)
FROM returns;
