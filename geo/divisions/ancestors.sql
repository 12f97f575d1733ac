-- The divisions above one, by the parents valid on a day, from the top.
-- Parameters: division (uuid), at (date). One row: division_id, code, name, level.
WITH RECURSIVE above (division_id, depth) AS (
  SELECT parent_id, 1 FROM division_version
  WHERE division_id = CAST(:division AS uuid) AND valid @> CAST(:at AS date)
  UNION ALL
  SELECT version.parent_id, above.depth + 1
  FROM above
  JOIN division_version AS version
    ON version.division_id = above.division_id AND version.valid @> CAST(:at AS date)
  WHERE above.depth < 10
)
SELECT version.division_id, version.code, version.name, version.level
FROM above
JOIN division_version AS version
  ON version.division_id = above.division_id AND version.valid @> CAST(:at AS date)
ORDER BY above.depth DESC
