-- The ids under which a report, or the reports of a case, may stand in the audit log: of each of their revisions, and the sources' own.
SELECT DISTINCT arrayJoin([report_id, source_id]) AS name
FROM reports
WHERE (centre, source, source_id) IN (
    SELECT centre, source, source_id FROM reports
    WHERE report_id = $wanted OR source_id = $wanted OR case_id IN (SELECT case_id FROM cases_current WHERE case_id = $wanted OR upper(number) = upper($wanted))
    UNION ALL
    SELECT centre, source, source_id FROM reports_current
    WHERE case_id IN (SELECT case_id FROM cases_current WHERE case_id = $wanted OR upper(number) = upper($wanted))
)
