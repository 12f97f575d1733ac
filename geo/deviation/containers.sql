-- The county, or else the prefecture or province, whose polygon holds each place, as of a day.
-- Parameters: lons, lats (float8[], degrees, EPSG:4490), at (date).
-- One row: place (bigint, 1-based position in the arrays), division_id, name, code, level, above
-- (uuid[], the division itself and all it lies under).
SELECT place.number AS place, holder.*, ARRAY(
    SELECT closure.ancestor_id
    FROM division_closure AS closure
    WHERE closure.descendant_id = holder.division_id
    UNION
    SELECT holder.division_id
  ) AS above
FROM unnest(CAST(:lons AS float8[]), CAST(:lats AS float8[]))
  WITH ORDINALITY AS place (lon, lat, number)
CROSS JOIN LATERAL (
  SELECT version.division_id, version.name, version.code, version.level
  FROM division_version AS version
  WHERE version.valid @> CAST(:at AS date)
    AND version.level IN ('county', 'prefecture', 'province')
    AND ST_Intersects(version.geom, ST_SetSRID(ST_MakePoint(place.lon, place.lat), 4490))
  ORDER BY array_position(ARRAY['county', 'prefecture', 'province'], version.level), version.code
  LIMIT 1
) AS holder
