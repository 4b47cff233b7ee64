-- When the oldest waiting dead letter of each centre was written, by the centre's clock.
SELECT centre, toUnixTimestamp(min(at)) AS oldest FROM dead_letters WHERE standing = 'waiting' GROUP BY centre
