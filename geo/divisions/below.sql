-- A division and everything below it, by the parents valid on a day.
-- Parameters: division (uuid), at (date). One row: division_id.
WITH RECURSIVE below (division_id) AS (
  SELECT CAST(:division AS uuid)
  UNION
  SELECT version.division_id
  FROM below
  JOIN division_version AS version
    ON version.parent_id = below.division_id AND version.valid @> CAST(:at AS date)
)
SELECT division_id FROM below
