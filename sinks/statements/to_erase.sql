SELECT count() FROM outcome_rows WHERE (centre, source, source_id) IN (SELECT centre, source, source_id FROM sealed_rows) AND NOT sealed
