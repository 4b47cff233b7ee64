SELECT seq, at, action, from_state, to_state, actor, source, source_id, report_id, other_case, why, data, pack
FROM journal
WHERE centre = $centre AND case_id = $case_id
ORDER BY seq
