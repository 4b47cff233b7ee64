-- What a centre has in the warehouse, as name and number; `twice` counts rows that share a key, and is 0 when the views are exact.
SELECT 'outcome ' || outcome AS name, count() AS number FROM outcomes WHERE centre = $centre GROUP BY outcome
UNION ALL SELECT 'lines', count() FROM outcomes WHERE centre = $centre
UNION ALL SELECT 'reports', count() FROM reports_current WHERE centre = $centre
UNION ALL SELECT 'standing', countIf(standing = 1) FROM reports_current WHERE centre = $centre
UNION ALL SELECT 'standing in cases', sum(reports) FROM cases_current WHERE centre = $centre
UNION ALL SELECT 'cases', count() FROM cases_current WHERE centre = $centre
UNION ALL SELECT 'transitions', count() FROM journal WHERE centre = $centre
UNION ALL SELECT 'dead letters', count() FROM dead_letters WHERE centre = $centre AND stage IN ('intake', 'casework')
UNION ALL SELECT 'dead letters waiting', count() FROM dead_letters WHERE centre = $centre AND stage IN ('intake', 'casework') AND standing = 'waiting'
UNION ALL SELECT 'refused by the warehouse', count() FROM dead_letters WHERE centre = $centre AND stage = 'sink'
UNION ALL SELECT 'twice', (SELECT count() - uniqExact(raw_offset, raw_line) FROM outcomes WHERE centre = $centre)
    + (SELECT count() - uniqExact(transition_id) FROM journal WHERE centre = $centre)
    + (SELECT count() - uniqExact(case_id) FROM cases_current WHERE centre = $centre)
    + (SELECT count() - uniqExact(dead_letter_id) FROM dead_letters WHERE centre = $centre)
    + (SELECT count() - uniqExact(source, source_id) FROM reports_current WHERE centre = $centre)
