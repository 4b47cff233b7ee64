-- Numbers of the cases that the journal of a case names, and of the one that absorbed it.
SELECT case_id, number FROM cases_current
WHERE centre = $centre AND (
    case_id IN (SELECT other_case FROM journal WHERE centre = $centre AND case_id = $case_id AND other_case != '')
    OR case_id IN (SELECT merged_into FROM cases_current WHERE centre = $centre AND case_id = $case_id AND merged_into != '')
)
