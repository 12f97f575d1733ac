-- Bring division_closure to the parents valid on a day; only rows that differ are touched.
-- Parameters: today (date). A division that is not valid then counts with its last version.
WITH RECURSIVE latest AS (
  SELECT DISTINCT ON (division_id) division_id, parent_id
  FROM division_version
  WHERE lower(valid) <= :today OR NOT EXISTS (
    SELECT 1 FROM division_version AS earlier
    WHERE earlier.division_id = division_version.division_id AND lower(earlier.valid) <= :today
  )
  ORDER BY division_id, lower(valid) DESC
), wanted (ancestor_id, descendant_id, depth) AS (
  SELECT division_id, division_id, 0 FROM latest
  UNION ALL
  SELECT latest.parent_id, wanted.descendant_id, wanted.depth + 1
  FROM wanted
  JOIN latest ON latest.division_id = wanted.ancestor_id
  WHERE latest.parent_id IS NOT NULL AND wanted.depth < 10
), gone AS (
  DELETE FROM division_closure AS old
  WHERE NOT EXISTS (
    SELECT 1 FROM wanted
    WHERE wanted.ancestor_id = old.ancestor_id AND wanted.descendant_id = old.descendant_id
  )
)
INSERT INTO division_closure (ancestor_id, descendant_id, depth)
SELECT ancestor_id, descendant_id, min(depth) FROM wanted
GROUP BY ancestor_id, descendant_id
ON CONFLICT (ancestor_id, descendant_id) DO UPDATE SET depth = excluded.depth
WHERE division_closure.depth <> excluded.depth
