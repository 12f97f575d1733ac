-- The audit log: who changed which row of the tables below, when, from what to what.
-- The actor is set for each transaction (yutu.actor), the reason of a correction likewise
-- (yutu.reason). A write without an actor is refused. Secrets never reach the log; a geometry is
-- logged as a digest where the row keeps it, and in full (hex EWKB) where it is overwritten.

CREATE OR REPLACE FUNCTION audit_write(
  table_name text, row_id text, action text, old jsonb, new jsonb
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = yutu, public, pg_temp AS $$
DECLARE
  -- After a commit a custom setting is '' and not NULL on that connection.
  who text := NULLIF(current_setting('yutu.actor', true), '');
  secrets text[] := ARRAY['password_hash', 'token_sha256', 'key_wrapped', 'wrapped', 'salt'];
BEGIN
  IF who IS NULL THEN
    RAISE EXCEPTION 'a write to % needs yutu.actor', table_name USING ERRCODE = 'YU001';
  END IF;
  INSERT INTO audit_log (actor, table_name, row_id, action, reason, old, new)
  VALUES (
    who, table_name, row_id, action, NULLIF(current_setting('yutu.reason', true), ''),
    old - secrets, new - secrets
  );
END $$;

CREATE OR REPLACE FUNCTION audit_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = yutu, public, pg_temp AS $$
DECLARE
  before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
  this jsonb := COALESCE(after, before);
BEGIN
  PERFORM audit_write(
    TG_TABLE_NAME,
    (SELECT string_agg(this ->> key, ' ') FROM unnest(TG_ARGV) AS key),
    lower(TG_OP), before, after
  );
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION audit_row_with_geom() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = yutu, public, pg_temp AS $$
DECLARE
  before jsonb;
  after jsonb;
  shape geometry;
BEGIN
  -- Set the shape aside first: to_jsonb would write all its vertices as GeoJSON.
  IF TG_OP <> 'INSERT' THEN
    shape := OLD.geom;
    OLD.geom := NULL;
    before := to_jsonb(OLD);
    IF TG_OP = 'DELETE' OR NOT ST_OrderingEquals(shape, NEW.geom) THEN
      before := before || jsonb_build_object('geom', encode(ST_AsEWKB(shape), 'hex'));
    END IF;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    shape := NEW.geom;
    NEW.geom := NULL;
    after := to_jsonb(NEW) || jsonb_build_object('geom', md5(ST_AsBinary(shape)));
  END IF;
  PERFORM audit_write(
    TG_TABLE_NAME, COALESCE(after, before) ->> 'id', lower(TG_OP), before, after
  );
  RETURN NULL;
END $$;

DO $$
DECLARE
  audited record;
BEGIN
  FOR audited IN
    SELECT * FROM (VALUES
      ('app_user', 'audit_row', '''id'''),
      ('role_grant', 'audit_row', '''id'''),
      ('access_token', 'audit_row', '''id'''),
      ('office_setting', 'audit_row', '''key'''),
      ('division_code', 'audit_row', '''scheme'', ''code'''),
      ('division_succession', 'audit_row', '''predecessor_id'', ''successor_id'''),
      ('division_version', 'audit_row_with_geom', ''),
      ('boundary_line_version', 'audit_row_with_geom', ''),
      ('facility_version', 'audit_row_with_geom', ''),
      ('facility_count', 'audit_row', '''id'''),
      ('attachment', 'audit_row', '''id'''),
      ('local_fit', 'audit_row', '''id'''),
      ('proposal', 'audit_row', '''id'''),
      ('proposal_voice', 'audit_row', '''id'''),
      ('boundary_line_record', 'audit_row', '''id'''),
      ('boundary_line_survey', 'audit_row_with_geom', ''),
      ('marker_version', 'audit_row_with_geom', ''),
      ('marker_on_line', 'audit_row', '''id'''),
      ('marker_side', 'audit_row', '''id'''),
      ('reference_object_version', 'audit_row_with_geom', ''),
      ('marker_event', 'audit_row', '''id'''),
      ('line_section', 'audit_row', '''id'''),
      ('description', 'audit_row', '''id'''),
      ('report_package', 'audit_row', '''id'''),
      ('signing_key', 'audit_row', '''id'''),
      ('work_order', 'audit_row', '''id'''),
      ('inspection', 'audit_row', '''id'''),
      ('inspection_party', 'audit_row', '''inspection_id'', ''division_id'''),
      ('inspection_subject', 'audit_row', '''inspection_id'', ''kind'', ''object_id'''),
      ('inspection_step', 'audit_row', '''id'''),
      ('inspection_record', 'audit_row', '''id'''),
      ('inspection_photo', 'audit_row', '''record_id'', ''file_sha256'''),
      ('inspection_finding', 'audit_row', '''id'''),
      ('inspection_desk', 'audit_row', '''id'''),
      ('inspection_guest', 'audit_row', '''id'''),
      ('inspection_signature', 'audit_row', '''id'''),
      ('past_round', 'audit_row', '''id''')
    ) AS t (name, function, keys)
  LOOP
    EXECUTE format(
      'CREATE OR REPLACE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %I '
      'FOR EACH ROW EXECUTE FUNCTION %I(%s)', audited.name, audited.function, audited.keys
    );
  END LOOP;
END $$;
