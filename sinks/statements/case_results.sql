SELECT seq, at, source, source_id, state, said, final, again, result, unit
FROM results
WHERE centre = $centre AND case_id = $case_id
ORDER BY seq, source, source_id
