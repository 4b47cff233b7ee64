SELECT milestone, starts_at, due_at, provisional, rule, planned_at FROM deadlines WHERE centre = $centre AND case_id = $case_id
