-- Dead letters that were replayed: which line replayed which letter, and what became of it.

ALTER TABLE dead_letter_rows ADD COLUMN IF NOT EXISTS replays String;

ALTER TABLE dead_letter_rows ADD COLUMN IF NOT EXISTS attempt UInt16 DEFAULT 1;

ALTER TABLE dead_letter_rows ADD COLUMN IF NOT EXISTS first_place String;

ALTER TABLE dead_letter_rows ADD COLUMN IF NOT EXISTS origin String;

ALTER TABLE outcome_lines ADD COLUMN IF NOT EXISTS replays String;

-- Each replay of a letter; the first is the one that counted, whatever was replayed again later.
CREATE TABLE IF NOT EXISTS replay_rows (
    centre LowCardinality(String),
    dead_letter_id String,
    raw_offset UInt64,
    raw_line UInt32,
    at DateTime64(6, 'UTC'),
    outcome LowCardinality(String)
) ENGINE = ReplacingMergeTree
ORDER BY (centre, dead_letter_id, raw_offset, raw_line)
SETTINGS fsync_after_insert = 1, max_compress_block_size = 65536, min_compress_block_size = 65536, merge_max_block_size_bytes = 2000000, vertical_merge_algorithm_min_rows_to_activate = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS outcome_lines_to_replays TO replay_rows AS
SELECT centre, replays AS dead_letter_id, raw_offset, raw_line, at, outcome
FROM outcome_lines
WHERE replays != '';

CREATE OR REPLACE VIEW dead_letters AS
SELECT
    d.dead_letter_id AS dead_letter_id, d.centre AS centre, d.stage AS stage, d.at AS at, d.code AS code, d.detail AS detail,
    d.raw_offset AS raw_offset, d.raw_line AS raw_line, d.receipt_id AS receipt_id, d.source AS source, d.source_id AS source_id,
    d.attempt AS attempt, d.replays AS replays, d.first_place AS first_place, d.origin AS origin,
    if(r.times = 0, 'waiting', 'replayed') AS standing,
    if(r.times = 0, '', concat(toString(r.place.1), '.', toString(r.place.2))) AS replayed_by,
    if(r.times = 0, CAST(NULL AS Nullable(DateTime64(6, 'UTC'))), r.first_at) AS replayed_at,
    r.became AS became,
    if((d.centre, d.source, d.source_id) IN (SELECT centre, source, source_id FROM sealed_rows), '', d.original) AS original,
    d.encoding AS encoding
FROM (SELECT * FROM dead_letter_rows FINAL) AS d
LEFT JOIN (
    SELECT
        centre, dead_letter_id, count() AS times, min((raw_offset, raw_line)) AS place,
        argMin(at, (raw_offset, raw_line)) AS first_at, argMin(outcome, (raw_offset, raw_line)) AS became
    FROM replay_rows FINAL
    GROUP BY centre, dead_letter_id
) AS r ON r.centre = d.centre AND r.dead_letter_id = d.dead_letter_id;
