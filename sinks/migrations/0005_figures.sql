-- What departments feed and phones tell: ucc.readings and ucc.positions. One row per key; the line that landed last is the row.

CREATE TABLE IF NOT EXISTS reading_rows (
    centre LowCardinality(String),
    metric LowCardinality(String),
    object_id String,
    area LowCardinality(String),
    at DateTime64(6, 'UTC'),
    value Float64,
    unit LowCardinality(String),
    quality LowCardinality(String)
) ENGINE = ReplacingMergeTree
ORDER BY (centre, metric, area, object_id, at)
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;

-- Where somebody was is sensitive: it is forgotten after 90 days (domain §7), and is in no view of analysts.
CREATE TABLE IF NOT EXISTS position_rows (
    centre LowCardinality(String),
    responder String,
    at DateTime64(6, 'UTC'),
    lng Float64,
    lat Float64,
    accuracy_m Float64
) ENGINE = ReplacingMergeTree
ORDER BY (centre, responder, at)
TTL toDateTime(at) + INTERVAL 90 DAY
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;

CREATE OR REPLACE VIEW readings AS
SELECT centre, metric, object_id, area, at, value, unit, quality
FROM reading_rows FINAL;

-- The latest of each metric, object and area; how old it is tells `dateDiff('second', at, now())`.
CREATE OR REPLACE VIEW readings_latest AS
SELECT centre, metric, object_id, area, last.1 AS at, last.2 AS value, last.3 AS unit, last.4 AS quality
FROM (
    SELECT centre, metric, object_id, area, argMax((at, value, unit, quality), at) AS last
    FROM reading_rows FINAL
    GROUP BY centre, metric, object_id, area
);

CREATE OR REPLACE VIEW positions_latest AS
SELECT centre, responder, last.1 AS at, last.2 AS lng, last.3 AS lat, last.4 AS accuracy_m
FROM (
    SELECT centre, responder, argMax((at, lng, lat, accuracy_m), at) AS last
    FROM position_rows FINAL
    GROUP BY centre, responder
);
