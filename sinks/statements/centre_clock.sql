-- The latest instant that is known of a centre.
SELECT max(changed_at) AS at FROM cases_current WHERE centre = $centre
