-- The cases that this one absorbed.
SELECT case_id, number, opened_at FROM cases_current WHERE centre = $centre AND merged_into = $case_id ORDER BY opened_at, number
