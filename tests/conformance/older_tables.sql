-- Some of sinks/migrations as a ClickHouse server of version 18.16 can have them: instants in whole seconds, no LowCardinality, no Bool.
CREATE TABLE journal_rows (
    transition_id String,
    centre String,
    case_id String,
    seq UInt32,
    at DateTime('UTC'),
    action String,
    from_state String,
    to_state String,
    actor String,
    source String,
    source_id String,
    report_id String,
    other_case String,
    why String,
    data String DEFAULT '{}',
    pack String,
    raw_offset UInt64,
    raw_line UInt32
) ENGINE = ReplacingMergeTree
ORDER BY (centre, case_id, seq, transition_id);

CREATE VIEW journal AS SELECT * FROM journal_rows FINAL;

CREATE TABLE case_rows (
    case_id String,
    centre String,
    number String,
    version UInt64,
    state String,
    seq UInt32,
    opened_at DateTime('UTC'),
    changed_at DateTime('UTC'),
    reports UInt32,
    lead_report String,
    first_reported_at DateTime('UTC'),
    last_reported_at DateTime('UTC'),
    matter String,
    intent String DEFAULT 'OTHR',
    urgency String DEFAULT 'U3',
    sealed UInt8,
    history UInt8,
    unit String,
    co_units Array(String),
    precision String DEFAULT 'none',
    lng Nullable(Float64),
    lat Nullable(Float64),
    grid String,
    community String,
    community_name String,
    street String,
    street_name String,
    district String,
    merged_into String,
    flags Array(String),
    due_at Nullable(DateTime('UTC')),
    provisional UInt8,
    dispatched_at Nullable(DateTime('UTC')),
    closed_at Nullable(DateTime('UTC')),
    parent String,
    linked Array(String),
    sent Array(String),
    desk UInt32,
    rework UInt32,
    returns UInt32,
    pack String
) ENGINE = ReplacingMergeTree(version)
ORDER BY (centre, case_id);

CREATE VIEW cases_current AS SELECT * FROM case_rows FINAL;

CREATE TABLE alert_rows (
    alert_id String,
    centre String,
    version UInt64,
    kind String,
    level String,
    status String,
    at DateTime('UTC'),
    changed_at DateTime('UTC'),
    case_id String,
    number String,
    milestone String,
    matter String,
    area String,
    tells Array(String),
    rule String,
    evidence String,
    by String
) ENGINE = ReplacingMergeTree(version)
ORDER BY (centre, alert_id);

CREATE VIEW alerts AS SELECT * FROM alert_rows FINAL;

CREATE TABLE verdict_rows (
    centre String,
    command_id String,
    at DateTime('UTC'),
    verdict String,
    code String,
    detail String,
    action String,
    actor String,
    case_id String,
    number String,
    state String,
    seq UInt32,
    raw_offset UInt64,
    raw_line UInt32,
    precedence UInt64 MATERIALIZED bitNot(bitOr(bitShiftLeft(raw_offset, 16), toUInt64(raw_line)))
) ENGINE = ReplacingMergeTree(precedence)
ORDER BY (centre, command_id);

CREATE VIEW commands AS SELECT * FROM verdict_rows FINAL;

CREATE TABLE result_rows (
    result_id String,
    centre String,
    at DateTime('UTC'),
    source String,
    source_id String,
    report_id String,
    case_id String,
    number String,
    seq UInt32,
    state String,
    said String,
    final UInt8,
    again UInt8,
    result String,
    unit String
) ENGINE = ReplacingMergeTree
ORDER BY (centre, result_id);

CREATE VIEW results AS SELECT * FROM result_rows FINAL;
