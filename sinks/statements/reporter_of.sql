-- Who sent a report, in its box, and whether the report is sealed by now. A line that says nothing (a resend) comes last.
SELECT
    centre, source, source_id, report_id, reporter_key, reporter_box,
    (centre, source, source_id) IN (SELECT centre, source, source_id FROM sealed_rows) AS sealed
FROM outcome_rows FINAL
WHERE report_id = $report_id
ORDER BY reporter_box = '', raw_offset, raw_line
LIMIT 1
