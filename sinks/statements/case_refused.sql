-- Commands on a case that were refused, in their order.
SELECT command_id, at, action, actor, code, detail, seq
FROM commands
WHERE centre = $centre AND case_id = $case_id AND verdict = 'refused'
ORDER BY raw_offset, raw_line
