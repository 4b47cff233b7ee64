-- The case with this id or number; of several centres' the first.
SELECT * FROM cases_current WHERE case_id = $wanted OR upper(number) = upper($wanted) ORDER BY centre LIMIT 1
