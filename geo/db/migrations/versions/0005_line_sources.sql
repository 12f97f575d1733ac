-- Where the course of a line comes from; of the versions there are it is not known.

ALTER TABLE boundary_line_version
  ADD COLUMN source TEXT,
  ADD COLUMN import_id UUID,
  ADD CONSTRAINT boundary_line_version_import_id_fkey FOREIGN KEY(import_id) REFERENCES import_run (id);
