-- Points as received beside their addresses, the newest first: of each source's last seven days no more than 2,000 under a label. A department is its system.
SELECT
    o.centre AS centre, o.pack AS pack, o.crs AS crs, o.received_lng AS lng, o.received_lat AS lat, o.address_plain AS address, o.area_hint AS area_hint,
    if(o.source = 'department', concat(o.source, '-', JSONExtractString(o.extra, 'system')), o.source) AS source
FROM outcome_rows AS o
INNER JOIN (SELECT centre, source, max(at) AS newest FROM outcome_rows GROUP BY centre, source) AS n ON n.centre = o.centre AND n.source = o.source
WHERE o.at > n.newest - INTERVAL 7 DAY AND NOT o.sealed AND o.address_plain != '' AND o.received_lng IS NOT NULL AND o.received_lat IS NOT NULL
ORDER BY o.at DESC, o.raw_offset DESC, o.raw_line DESC
LIMIT 2000 BY centre, source, crs
