-- Numbers of the cases that a case and its journal name: others of a merge, the parent of its incident, linked ones.
SELECT case_id, number FROM cases_current
WHERE centre = $centre AND (
    case_id IN (SELECT other_case FROM journal WHERE centre = $centre AND case_id = $case_id AND other_case != '')
    OR case_id IN (
        SELECT arrayJoin(arrayConcat([merged_into, parent], linked)) FROM cases_current WHERE centre = $centre AND case_id = $case_id
    )
)
