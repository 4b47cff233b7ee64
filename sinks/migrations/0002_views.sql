-- The views under the plain names: exact, one row per key, whatever was inserted twice. docs/analysts.md describes them.

CREATE OR REPLACE VIEW outcomes AS
SELECT * FROM outcome_rows FINAL;

CREATE OR REPLACE VIEW reports AS
SELECT
    report_id, centre, source, source_id, revision, outcome, standing, sealed, case_id,
    reported_at, arrived_at, accepted_at, at, operation, text, address, area_hint,
    lng, lat, precision, grid, community, community_code, street, street_code, district,
    matter, intent, urgency, unit, co_units, persons, why,
    received_lng, received_lat, crs, accuracy_m, code_standard, source_code, received_intent, urgency_hint, part_owner, attachments, extra,
    text_plain, address_plain, address_key, history, pack, digest, order_key, event_at, receipt_id, raw_offset, raw_line
FROM outcome_rows FINAL
WHERE outcome IN ('opened', 'merged', 'revised', 'late', 'withdrawn', 'sealed');

CREATE OR REPLACE VIEW reports_current AS
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
    p.pack AS pack
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
    '' AS source_code, history, '' AS pack
FROM withdrawal_rows FINAL
WHERE case_id = '' AND (centre, source, source_id) NOT IN (
    SELECT centre, source, source_id FROM present_rows
    WHERE (centre, source, source_id) IN (SELECT centre, source, source_id FROM withdrawal_rows WHERE case_id = '')
);

CREATE OR REPLACE VIEW cases_current AS
SELECT
    case_id, centre, number, state, reports, sealed, matter, intent, urgency, unit, co_units,
    opened_at, changed_at, first_reported_at, last_reported_at, lead_report, precision, lng, lat,
    grid, community_name AS community, community AS community_code, street_name AS street, street AS street_code, district,
    merged_into, history, pack, version, seq
FROM case_rows FINAL;

CREATE OR REPLACE VIEW journal AS
SELECT
    transition_id, centre, case_id, seq, at, action, from_state, to_state, actor, source, source_id, report_id, other_case,
    if((centre, source, source_id) IN (SELECT centre, source, source_id FROM sealed_rows), '', why) AS why,
    pack, raw_offset, raw_line
FROM journal_rows FINAL;

CREATE OR REPLACE VIEW dead_letters AS
SELECT
    dead_letter_id, centre, stage, at, code, detail, raw_offset, raw_line, receipt_id, source, source_id,
    if((centre, source, source_id) IN (SELECT centre, source, source_id FROM sealed_rows), '', original) AS original,
    encoding
FROM dead_letter_rows FINAL;
