-- Who reports, masked and encrypted; the call by which a report came; and what analysts are shown instead of what was said.
-- The box and the token are in no view: `ucc open` reads them, and notes who opens what (docs/adr/0014-personal-fields.md).

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
    )
);

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS call_waited_s Nullable(UInt32);

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS call_lasted_s Nullable(UInt32);

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS call_answered Nullable(UInt8);

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS reporter_name String;

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS reporter_phone String;

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS reporter_id String;

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS reporter_home String;

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS reporter_token String;

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS reporter_key LowCardinality(String);

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS reporter_box String;

-- Empty: shown as it was said. What landed before this migration, or was made by an intake before it, was never looked at: it is shown as `*`.
ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS text_shown String DEFAULT if(text = '', '', '*');

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS address_shown String DEFAULT if(address = '', '', '*');

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS area_hint_shown String DEFAULT if(area_hint = '', '', '*');

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS attachments_shown Array(String) DEFAULT if(empty(attachments), attachments, ['*']);

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS extra_shown String DEFAULT if(extra IN ('', '{}'), '', '{"*":"*"}');

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS text_plain_shown String DEFAULT if(text_plain = '', '', '*');

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS address_plain_shown String DEFAULT if(address_plain = '', '', '*');

ALTER TABLE outcome_rows ADD COLUMN IF NOT EXISTS address_key_shown String DEFAULT if(address_key = '', '', '*');

ALTER TABLE present_rows ADD COLUMN IF NOT EXISTS reporter_name String;

ALTER TABLE present_rows ADD COLUMN IF NOT EXISTS reporter_phone String;

ALTER TABLE present_rows ADD COLUMN IF NOT EXISTS reporter_id String;

ALTER TABLE present_rows ADD COLUMN IF NOT EXISTS text_shown String DEFAULT if(text = '', '', '*');

ALTER TABLE present_rows ADD COLUMN IF NOT EXISTS address_shown String DEFAULT if(address = '', '', '*');

ALTER TABLE present_rows ADD COLUMN IF NOT EXISTS area_hint_shown String DEFAULT if(area_hint = '', '', '*');

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
    if(event.masked, event.shown.address_key, if(event.address_key = '', '', '*')) AS address_key_shown
FROM outcome_lines;

ALTER TABLE outcome_lines_to_present MODIFY QUERY
SELECT
    centre, source, source_id,
    bitOr(bitShiftLeft(raw_offset, 16), toUInt64(raw_line)) AS version,
    report_id, revision, case_id,
    event.sealed AS sealed,
    event.history AS history,
    event.report.reported_at AS reported_at,
    event.accepted_at AS accepted_at,
    event.report.text AS text,
    event.report.address AS address,
    event.report.area_hint AS area_hint,
    event.report.code AS source_code,
    event.report.persons AS persons,
    event.lng AS lng,
    event.lat AS lat,
    if(event.precision = '', 'none', event.precision) AS precision,
    event.grid AS grid,
    event.community_name AS community,
    event.community AS community_code,
    event.street_name AS street,
    event.street AS street_code,
    event.district AS district,
    if(event.matter = '', '1999', event.matter) AS matter,
    if(event.intent = '', 'OTHR', event.intent) AS intent,
    if(event.urgency = '', 'U3', event.urgency) AS urgency,
    event.unit AS unit,
    event.co_units AS co_units,
    event.pack AS pack,
    event.report.reporter.name AS reporter_name,
    event.report.reporter.phone AS reporter_phone,
    event.report.reporter.id_number AS reporter_id,
    if(event.masked, event.shown.text, if(event.report.text = '', '', '*')) AS text_shown,
    if(event.masked, event.shown.address, if(event.report.address = '', '', '*')) AS address_shown,
    if(event.masked, event.shown.area_hint, if(event.report.area_hint = '', '', '*')) AS area_hint_shown
FROM outcome_lines
WHERE outcome IN ('opened', 'merged', 'revised', 'sealed');

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
    call_waited_s, call_lasted_s, call_answered, reporter_name, reporter_phone, reporter_id
FROM outcome_rows FINAL
WHERE outcome IN ('opened', 'merged', 'revised', 'late', 'withdrawn', 'sealed');

-- The present of each report, as it was said and as analysts are shown it: the two views below take of it what they show.
CREATE OR REPLACE VIEW present_reports AS
SELECT
    p.centre AS centre,
    p.source AS source,
    p.source_id AS source_id,
    p.report_id AS report_id,
    p.revision AS revision,
    toUInt8(p.version >= w.after) AS standing,
    toUInt8(p.sealed) AS sealed,
    if(m.version > p.version, m.case_id, p.case_id) AS case_id,
    p.reported_at AS reported_at,
    p.accepted_at AS accepted_at,
    p.text AS text,
    p.address AS address,
    p.area_hint AS area_hint,
    p.lng AS lng,
    p.lat AS lat,
    p.precision AS precision,
    p.grid AS grid,
    p.community AS community,
    p.community_code AS community_code,
    p.street AS street,
    p.street_code AS street_code,
    p.district AS district,
    p.matter AS matter,
    p.intent AS intent,
    p.urgency AS urgency,
    p.unit AS unit,
    p.co_units AS co_units,
    p.persons AS persons,
    p.source_code AS source_code,
    p.history AS history,
    p.pack AS pack,
    p.reporter_name AS reporter_name,
    p.reporter_phone AS reporter_phone,
    p.reporter_id AS reporter_id,
    p.text_shown AS text_shown,
    p.address_shown AS address_shown,
    p.area_hint_shown AS area_hint_shown
FROM (SELECT *, report_key FROM present_rows FINAL) AS p
LEFT JOIN (SELECT report_key, version + 1 AS after FROM withdrawal_rows FINAL) AS w ON w.report_key = p.report_key
LEFT JOIN (SELECT report_key, version, case_id FROM move_rows FINAL) AS m ON m.report_key = p.report_key
UNION ALL
SELECT
    centre, source, source_id, report_id,
    toUInt32(0) AS revision, toUInt8(0) AS standing, toUInt8(sealed) AS sealed, case_id, reported_at, accepted_at,
    '' AS text, '' AS address, '' AS area_hint, CAST(NULL AS Nullable(Float64)) AS lng, CAST(NULL AS Nullable(Float64)) AS lat,
    'none' AS precision, '' AS grid, '' AS community, '' AS community_code, '' AS street, '' AS street_code, '' AS district,
    '' AS matter, '' AS intent, '' AS urgency, '' AS unit, emptyArrayString() AS co_units, CAST(NULL AS Nullable(UInt32)) AS persons,
    '' AS source_code, history, '' AS pack,
    '' AS reporter_name, '' AS reporter_phone, '' AS reporter_id, '' AS text_shown, '' AS address_shown, '' AS area_hint_shown
FROM withdrawal_rows FINAL
WHERE case_id = '' AND (centre, source, source_id) NOT IN (
    SELECT centre, source, source_id FROM present_rows
    WHERE (centre, source, source_id) IN (SELECT centre, source, source_id FROM withdrawal_rows WHERE case_id = '')
);

CREATE OR REPLACE VIEW reports_current AS
SELECT * EXCEPT (text_shown, address_shown, area_hint_shown)
FROM present_reports;

-- What analysts are shown: the same, with numbers of persons masked. docs/analysts.md says what is.

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
    call_waited_s, call_lasted_s, call_answered, reporter_name, reporter_phone, reporter_id
FROM outcomes_shown
WHERE outcome IN ('opened', 'merged', 'revised', 'late', 'withdrawn', 'sealed');

CREATE OR REPLACE VIEW reports_current_shown AS
SELECT * EXCEPT (text_shown, address_shown, area_hint_shown) REPLACE (
    if(empty(text_shown), text, text_shown) AS text,
    if(empty(address_shown), address, address_shown) AS address,
    if(empty(area_hint_shown), area_hint, area_hint_shown) AS area_hint
)
FROM present_reports;

CREATE OR REPLACE VIEW dead_letters_shown AS
SELECT * REPLACE ('' AS original)
FROM dead_letters;
