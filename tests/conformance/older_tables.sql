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
    pack String
) ENGINE = ReplacingMergeTree(version)
ORDER BY (centre, case_id);

CREATE VIEW cases_current AS SELECT * FROM case_rows FINAL;
