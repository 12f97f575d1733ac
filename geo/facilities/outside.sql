-- How far places lie outside the division they are said to be in, as of a day. A division without a
-- polygon is judged by the nearest one above it that has one; without any, nothing is said.
-- Parameters: divisions (uuid[]), lons, lats (float8[], degrees, EPSG:4490), at (date).
-- One row: place (bigint, 1-based position in the arrays), division (text, name and code of the
-- polygon's division), distance_m (float8, metres on the ellipsoid).
WITH RECURSIVE up (start_id, division_id, depth) AS (
  SELECT DISTINCT said.id, said.id, 0
  FROM unnest(CAST(:divisions AS uuid[])) AS said (id)
  UNION ALL
  SELECT up.start_id, version.parent_id, up.depth + 1
  FROM up
  JOIN division_version AS version
    ON version.division_id = up.division_id AND version.valid @> CAST(:at AS date)
  WHERE version.geom IS NULL AND version.parent_id IS NOT NULL AND up.depth < 10
),
polygon AS (
  SELECT up.start_id, version.name || ' ' || version.code AS division, version.geom
  FROM up
  JOIN division_version AS version
    ON version.division_id = up.division_id AND version.valid @> CAST(:at AS date)
  WHERE version.geom IS NOT NULL
),
place AS (
  SELECT said.division_id, said.number, ST_SetSRID(ST_MakePoint(said.lon, said.lat), 4490) AS geom
  FROM unnest(
    CAST(:divisions AS uuid[]), CAST(:lons AS float8[]), CAST(:lats AS float8[])
  ) WITH ORDINALITY AS said (division_id, lon, lat, number)
)
SELECT
  place.number AS place,
  polygon.division,
  ST_Distance(polygon.geom::geography, place.geom::geography) AS distance_m
FROM place
JOIN polygon ON polygon.start_id = place.division_id
WHERE NOT ST_Intersects(polygon.geom, place.geom)
