-- The deepest division whose polygon holds each place, as of a day.
-- Parameters: lons, lats (float8[], degrees, EPSG:4490), at (date).
-- One row: place (bigint, 1-based position in the arrays), division_id.
SELECT place.number AS place, holder.division_id
FROM unnest(CAST(:lons AS float8[]), CAST(:lats AS float8[]))
  WITH ORDINALITY AS place (lon, lat, number)
CROSS JOIN LATERAL (
  SELECT version.division_id
  FROM division_version AS version
  WHERE version.valid @> CAST(:at AS date)
    AND ST_Intersects(version.geom, ST_SetSRID(ST_MakePoint(place.lon, place.lat), 4490))
  ORDER BY
    array_position(
      ARRAY['village', 'township', 'county', 'prefecture', 'province'], version.level
    ),
    version.code
  LIMIT 1
) AS holder
