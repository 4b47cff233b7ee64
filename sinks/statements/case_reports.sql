-- The reports that are in the case now, and why each was placed, classified and routed as it is.
SELECT
    c.source AS source, c.source_id AS source_id, c.report_id AS report_id, c.revision AS revision, c.standing AS standing, c.sealed AS sealed,
    c.reported_at AS reported_at, c.text AS text, c.address AS address, c.lng AS lng, c.lat AS lat, c.precision AS precision,
    c.grid AS grid, c.community AS community, c.street AS street, c.matter AS matter, c.intent AS intent, c.urgency AS urgency, c.unit AS unit, c.co_units AS co_units,
    c.pack AS pack, r.why AS why, d.replayed AS replayed, d.replayed_at AS replayed_at
FROM (SELECT * FROM reports_current WHERE centre = $centre AND case_id = $case_id) AS c
LEFT JOIN (
    SELECT report_id, why FROM reports
    WHERE centre = $centre AND report_id IN (SELECT report_id FROM reports_current WHERE centre = $centre AND case_id = $case_id)
) AS r ON r.report_id = c.report_id
LEFT JOIN (
    SELECT source, source_id, count() AS replayed, max(replayed_at) AS replayed_at FROM dead_letters
    WHERE centre = $centre AND standing = 'replayed' AND became != 'dead'
    GROUP BY source, source_id
) AS d ON d.source = c.source AND d.source_id = c.source_id
ORDER BY reported_at, source, source_id
