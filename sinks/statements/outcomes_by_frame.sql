-- How many lines of some raw frames came to which outcome, by frame.
SELECT raw_offset, outcome, count() AS lines FROM outcomes WHERE centre = $centre AND raw_offset BETWEEN toUInt64($first) AND toUInt64($last) GROUP BY raw_offset, outcome
