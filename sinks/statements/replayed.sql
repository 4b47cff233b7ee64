-- Ids of the dead letters that were replayed.
SELECT DISTINCT dead_letter_id FROM replay_rows WHERE centre = $centre
