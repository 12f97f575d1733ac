-- The units that stand at a level on a day: those of the level, the named units of a higher level
-- that have none of it below (a prefecture without counties stands among the counties), and counties
-- that their province administers itself among the prefectures.
-- Parameters: level (text), higher (text[], codes), direct (text: digits 3 and 4 of the code of such
-- counties, or ''), at (date), everywhere (boolean), near (uuid[], divisions: without everywhere,
-- only units that meet their common bounding box).
-- One row: division_id, code, name, geom as WKB (EPSG:4490).
SELECT division_id, code, name, ST_AsBinary(geom) AS wkb
FROM division_version
WHERE valid @> CAST(:at AS date)
  AND geom IS NOT NULL
  AND (
    level = :level
    OR code = ANY(CAST(:higher AS text[]))
    OR (level = 'county' AND substr(code, 3, 2) = :direct)
  )
  AND (
    :everywhere
    OR geom && (
      SELECT ST_SetSRID(CAST(ST_Extent(geom) AS geometry), 4490)
      FROM division_version
      WHERE valid @> CAST(:at AS date) AND division_id = ANY(CAST(:near AS uuid[]))
    )
  )
ORDER BY code
