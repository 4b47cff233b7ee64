SELECT alert_id, kind, level, status, at, changed_at, milestone, tells, rule, evidence, by
FROM alerts
WHERE centre = $centre AND case_id = $case_id
ORDER BY at, alert_id
