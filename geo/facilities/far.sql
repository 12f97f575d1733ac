-- How far places are from the nearest street of a network, for places far from any.
-- Parameters: network (uuid), lons, lats (float8[], degrees, EPSG:4490), candidates (int): how many
-- of the nearest in degrees are measured, for degrees are not square.
-- One row: place (bigint, 1-based position in the arrays), distance_m (float8, null without street).
SELECT place.number AS place, min(ST_Distance(near.geom::geography, place.geom::geography))
FROM (
  SELECT said.number, ST_SetSRID(ST_MakePoint(said.lon, said.lat), 4490) AS geom
  FROM unnest(CAST(:lons AS float8[]), CAST(:lats AS float8[]))
    WITH ORDINALITY AS said (lon, lat, number)
) AS place
LEFT JOIN LATERAL (
  SELECT edge.geom
  FROM network_edge AS edge
  WHERE edge.network_id = CAST(:network AS uuid)
  ORDER BY edge.geom <-> place.geom
  LIMIT :candidates
) AS near ON true
GROUP BY place.number
