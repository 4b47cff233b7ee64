-- Where the lines of the topics land. One row per key: ReplacingMergeTree, read with FINAL; a batch may be inserted twice.
-- Settings of the tables: an insert is on the disk when it returns; small buffers and merges column by column keep the engine
-- of one installation below half a gigabyte (one buffer per column and stream is a megabyte otherwise).
-- Statements may run twice, too (IF NOT EXISTS): a migration that was cut off is applied again from its beginning.

-- ucc.outcomes: the lines as they are; the views below take them apart.
CREATE TABLE IF NOT EXISTS outcome_lines (
    centre LowCardinality(String),
    raw_offset UInt64,
    raw_line UInt32,
    at DateTime64(6, 'UTC'),
    receipt_id String,
    outcome LowCardinality(String),
    source LowCardinality(String),
    source_id String,
    report_id String,
    revision UInt32,
    standing Bool,
    case_id String,
    code LowCardinality(String),
    detail String,
    event Tuple(
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
            extra String
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
        why String
    )
) ENGINE = Null;

-- Every accepted line once, with what its report said and what intake decided; in the order of acceptance.
CREATE TABLE IF NOT EXISTS outcome_rows (
    centre LowCardinality(String),
    raw_offset UInt64,
    raw_line UInt32,
    at DateTime64(6, 'UTC'),
    receipt_id String,
    outcome LowCardinality(String),
    source LowCardinality(String),
    source_id String,
    report_id String,
    revision UInt32,
    standing Bool,
    case_id String,
    code LowCardinality(String),
    detail String,
    event_at DateTime64(6, 'UTC'),
    accepted_at DateTime64(6, 'UTC'),
    history Bool,
    pack LowCardinality(String),
    digest String,
    operation LowCardinality(String),
    order_key String,
    reported_at DateTime64(6, 'UTC'),
    arrived_at Nullable(DateTime64(6, 'UTC')),
    text String,
    address String,
    area_hint LowCardinality(String),
    received_lng Nullable(Float64),
    received_lat Nullable(Float64),
    crs LowCardinality(String),
    accuracy_m Nullable(Float64),
    code_standard LowCardinality(String),
    source_code String,
    received_intent LowCardinality(String),
    urgency_hint LowCardinality(String),
    part_owner LowCardinality(String),
    persons Nullable(UInt32),
    attachments Array(String),
    extra String,
    text_plain String,
    address_plain String,
    address_key String,
    lng Nullable(Float64),
    lat Nullable(Float64),
    precision LowCardinality(String),
    grid LowCardinality(String),
    community LowCardinality(String),
    community_code LowCardinality(String),
    street LowCardinality(String),
    street_code LowCardinality(String),
    district LowCardinality(String),
    matter LowCardinality(String),
    intent LowCardinality(String),
    urgency LowCardinality(String),
    sealed Bool,
    unit LowCardinality(String),
    co_units Array(String),
    why String
) ENGINE = ReplacingMergeTree
ORDER BY (centre, raw_offset, raw_line)
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;

-- A field that a line leaves out is at its model's default (schemas/event.py); only a line without an event has none.
CREATE MATERIALIZED VIEW IF NOT EXISTS outcome_lines_to_rows TO outcome_rows AS
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
    if(event.kind != '' AND event.why = '', '{}', event.why) AS why
FROM outcome_lines;

-- The present of each report: the last line that set it. `version` is that line's place in the order of acceptance.
-- `report_key` names the report in 128 bits, as derived ids do: joining by it takes a third of the time of joining by three names.
CREATE TABLE IF NOT EXISTS present_rows (
    centre LowCardinality(String),
    source LowCardinality(String),
    source_id String,
    report_key UInt128 MATERIALIZED reinterpretAsUInt128(sipHash128(centre, source, source_id)),
    version UInt64,
    report_id String,
    revision UInt32,
    case_id String,
    sealed Bool,
    history Bool,
    reported_at DateTime64(6, 'UTC'),
    accepted_at DateTime64(6, 'UTC'),
    text String,
    address String,
    area_hint LowCardinality(String),
    source_code String,
    persons Nullable(UInt32),
    lng Nullable(Float64),
    lat Nullable(Float64),
    precision LowCardinality(String),
    grid LowCardinality(String),
    community LowCardinality(String),
    community_code LowCardinality(String),
    street LowCardinality(String),
    street_code LowCardinality(String),
    district LowCardinality(String),
    matter LowCardinality(String),
    intent LowCardinality(String),
    urgency LowCardinality(String),
    unit LowCardinality(String),
    co_units Array(String),
    pack LowCardinality(String)
) ENGINE = ReplacingMergeTree(version)
ORDER BY (centre, source, source_id)
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS outcome_lines_to_present TO present_rows AS
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
    event.pack AS pack
FROM outcome_lines
WHERE outcome IN ('opened', 'merged', 'revised', 'sealed');

-- The last withdrawal of each report that ever was withdrawn: few, so that the present is joined with a small table.
CREATE TABLE IF NOT EXISTS withdrawal_rows (
    centre LowCardinality(String),
    source LowCardinality(String),
    source_id String,
    report_key UInt128 MATERIALIZED reinterpretAsUInt128(sipHash128(centre, source, source_id)),
    version UInt64,
    report_id String,
    case_id String,
    sealed Bool,
    history Bool,
    reported_at DateTime64(6, 'UTC'),
    accepted_at DateTime64(6, 'UTC')
) ENGINE = ReplacingMergeTree(version)
ORDER BY (centre, source, source_id)
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS outcome_lines_to_withdrawals TO withdrawal_rows AS
SELECT
    centre, source, source_id,
    bitOr(bitShiftLeft(raw_offset, 16), toUInt64(raw_line)) AS version,
    report_id, case_id,
    event.sealed AS sealed,
    event.history AS history,
    event.report.reported_at AS reported_at,
    event.accepted_at AS accepted_at
FROM outcome_lines
WHERE outcome = 'withdrawn';

-- Which reports are sealed: nothing said in them, or where, may stay in any view, not even of a revision before the sealing.
CREATE TABLE IF NOT EXISTS sealed_rows (
    centre LowCardinality(String),
    source LowCardinality(String),
    source_id String
) ENGINE = ReplacingMergeTree
ORDER BY (centre, source, source_id)
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS outcome_lines_to_sealed TO sealed_rows AS
SELECT centre, source, source_id
FROM outcome_lines
WHERE outcome = 'sealed';

-- ucc.journal: every transition of every case, a case's lines side by side.
CREATE TABLE IF NOT EXISTS journal_rows (
    transition_id String,
    centre LowCardinality(String),
    case_id String,
    seq UInt32,
    at DateTime64(6, 'UTC'),
    action LowCardinality(String),
    from_state LowCardinality(String),
    to_state LowCardinality(String),
    actor LowCardinality(String),
    source LowCardinality(String),
    source_id String,
    report_id String,
    other_case String,
    why String,
    pack LowCardinality(String),
    raw_offset UInt64,
    raw_line UInt32
) ENGINE = ReplacingMergeTree
ORDER BY (centre, case_id, seq, transition_id)
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;

-- The last move of each report into another case (a merge of cases moves its reports): few, too.
CREATE TABLE IF NOT EXISTS move_rows (
    centre LowCardinality(String),
    source LowCardinality(String),
    source_id String,
    report_key UInt128 MATERIALIZED reinterpretAsUInt128(sipHash128(centre, source, source_id)),
    version UInt64,
    case_id String
) ENGINE = ReplacingMergeTree(version)
ORDER BY (centre, source, source_id)
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS journal_rows_to_moves TO move_rows AS
SELECT centre, source, source_id, bitOr(bitShiftLeft(raw_offset, 16), toUInt64(raw_line)) AS version, case_id
FROM journal_rows
WHERE action = 'report_moved';

-- ucc.cases: the latest picture of each case.
CREATE TABLE IF NOT EXISTS case_rows (
    case_id String,
    centre LowCardinality(String),
    number String,
    version UInt64,
    state LowCardinality(String),
    seq UInt32,
    opened_at DateTime64(6, 'UTC'),
    changed_at DateTime64(6, 'UTC'),
    reports UInt32,
    lead_report String,
    first_reported_at DateTime64(6, 'UTC'),
    last_reported_at DateTime64(6, 'UTC'),
    matter LowCardinality(String),
    intent LowCardinality(String) DEFAULT 'OTHR',
    urgency LowCardinality(String) DEFAULT 'U3',
    sealed Bool,
    history Bool,
    unit LowCardinality(String),
    co_units Array(String),
    precision LowCardinality(String) DEFAULT 'none',
    lng Nullable(Float64),
    lat Nullable(Float64),
    grid LowCardinality(String),
    community LowCardinality(String),
    community_name LowCardinality(String),
    street LowCardinality(String),
    street_name LowCardinality(String),
    district LowCardinality(String),
    merged_into String,
    pack LowCardinality(String)
) ENGINE = ReplacingMergeTree(version)
ORDER BY (centre, case_id)
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;

-- ucc.dead-letters: what could not go on, with the original bytes.
CREATE TABLE IF NOT EXISTS dead_letter_rows (
    centre LowCardinality(String),
    dead_letter_id String,
    stage LowCardinality(String),
    at DateTime64(6, 'UTC'),
    code LowCardinality(String),
    detail String,
    raw_offset UInt64,
    raw_line UInt32,
    receipt_id String,
    source LowCardinality(String),
    source_id String,
    original String,
    encoding LowCardinality(String) DEFAULT 'utf-8'
) ENGINE = ReplacingMergeTree
ORDER BY (centre, dead_letter_id)
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;
