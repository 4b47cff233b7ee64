-- How many of the analysts' views are there.
SELECT count() FROM system.tables WHERE database = 'analysts' AND engine = 'View'
