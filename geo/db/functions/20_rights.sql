-- Rights of the serving role (yutu.serving_role): it reads and writes the tables and runs the job
-- queue, but it can neither change nor delete the audit log, nor take anything out of the record of
-- what was imported, nor a user, nor what happened to a marker and who agreed to it, nor what was
-- recorded, signed and archived of an inspection. Rows reach the audit log through its triggers only.

DO $$
DECLARE
  serving text := current_setting('yutu.serving_role');
BEGIN
  IF serving = current_user THEN
    RETURN;  -- one role for both: nothing to give, and nothing can be withheld from an owner
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA yutu, jobs TO %I', serving);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA yutu, jobs TO %I', serving);
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA yutu, jobs TO %I', serving);
  EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA yutu, jobs TO %I', serving);
  EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON audit_log, alembic_version FROM %I', serving);
  EXECUTE format('REVOKE DELETE ON import_run, app_user, division, division_code, facility FROM %I', serving);
  EXECUTE format('REVOKE UPDATE, DELETE ON marker_event, description, proposal_voice, object_change FROM %I', serving);
  EXECUTE format('REVOKE DELETE ON marker, attachment, local_fit, proposal, report_package, report_item, shared_object FROM %I', serving);
  EXECUTE format('REVOKE UPDATE, DELETE ON inspection_step, inspection_record_version, inspection_finding, inspection_desk, signed_content, inspection_event, inspection_return, inspection_archive FROM %I', serving);
  EXECUTE format('REVOKE DELETE ON signing_key, work_order, inspection, inspection_record, inspection_photo, inspection_guest, inspection_signature, past_round FROM %I', serving);
END $$;

-- Only the triggers may write the log; they run with the owner's rights.
REVOKE EXECUTE ON FUNCTION audit_write(text, text, text, jsonb, jsonb) FROM PUBLIC;
DO $$
DECLARE
  serving text := current_setting('yutu.serving_role');
BEGIN
  IF serving <> current_user THEN
    EXECUTE format(
      'REVOKE EXECUTE ON FUNCTION audit_write(text, text, text, jsonb, jsonb) FROM %I', serving
    );
  END IF;
END $$;
