-- Views that only they may read who may read what is below them.
SELECT name, engine FROM system.tables
WHERE database = currentDatabase() AND engine = 'View' AND position(create_table_query, 'SQL SECURITY NONE') = 0
