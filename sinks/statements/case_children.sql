-- The cases of the incident of which this one is the parent.
SELECT case_id, number, opened_at FROM cases_current WHERE centre = $centre AND parent = $case_id ORDER BY opened_at, number
