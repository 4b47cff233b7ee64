-- Whether a report is sealed.
SELECT count() FROM sealed_rows WHERE centre = $centre AND source = $source AND source_id = $source_id
