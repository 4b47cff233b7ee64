-- The deadlines that hold; one without a rule holds no more.
SELECT milestone, starts_at, due_at, provisional, rule, planned_at FROM deadlines WHERE centre = $centre AND case_id = $case_id AND rule != ''
