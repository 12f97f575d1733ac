-- The units that stand at a level on a day: those of the level, and the named units of a higher
-- level that have nothing below (a prefecture without counties stands among the counties).
-- Parameters: level (text), higher (text[], codes), at (date), everywhere (boolean), near (uuid[],
-- divisions: without everywhere, only units that meet their common bounding box).
-- One row: division_id, code, name, geom as WKB (EPSG:4490).
SELECT division_id, code, name, ST_AsBinary(geom) AS wkb
FROM division_version
WHERE valid @> CAST(:at AS date)
  AND geom IS NOT NULL
  AND (level = :level OR code = ANY(CAST(:higher AS text[])))
  AND (
    :everywhere
    OR geom && (
      SELECT ST_SetSRID(CAST(ST_Extent(geom) AS geometry), 4490)
      FROM division_version
      WHERE valid @> CAST(:at AS date) AND division_id = ANY(CAST(:near AS uuid[]))
    )
  )
ORDER BY code
