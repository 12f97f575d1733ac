-- The tables of the foundation: access, divisions, boundary lines, files, imports, jobs.
-- Applied by 0001_foundation.py; never edited after a release, a change is a migration of its own.

CREATE TABLE audit_log (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  actor TEXT NOT NULL,
  table_name TEXT NOT NULL,
  row_id TEXT NOT NULL,
  action TEXT NOT NULL,
  reason TEXT,
  old JSONB,
  new JSONB,
  CONSTRAINT audit_log_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_log_at_idx ON audit_log (at);
CREATE INDEX audit_log_table_name_row_id_idx ON audit_log (table_name, row_id);

CREATE TABLE office_setting (
  key TEXT NOT NULL,
  value JSONB NOT NULL,
  CONSTRAINT office_setting_pkey PRIMARY KEY (key)
);

CREATE TABLE app_user (
  id UUID NOT NULL,
  name TEXT NOT NULL,
  display_name TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  disabled_at timestamptz,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT app_user_pkey PRIMARY KEY (id),
  CONSTRAINT app_user_name_key UNIQUE (name)
);

CREATE TABLE file (
  sha256 TEXT NOT NULL,
  size BIGINT NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT file_pkey PRIMARY KEY (sha256)
);

CREATE TABLE import_run (
  id UUID NOT NULL,
  kind TEXT NOT NULL,
  file_sha256 TEXT NOT NULL,
  file_name TEXT NOT NULL,
  options JSONB NOT NULL,
  state TEXT NOT NULL,
  rows INTEGER NOT NULL,
  applied INTEGER DEFAULT '0' NOT NULL,
  conclusions JSONB NOT NULL,
  findings JSONB NOT NULL,
  actor TEXT NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT import_run_pkey PRIMARY KEY (id),
  CONSTRAINT import_run_state_check CHECK (state IN ('staged', 'applied', 'refused')),
  CONSTRAINT import_run_file_sha256_fkey FOREIGN KEY(file_sha256) REFERENCES file (sha256)
);
CREATE INDEX import_run_created_at_idx ON import_run (created_at);

CREATE TABLE division (
  id UUID NOT NULL,
  CONSTRAINT division_pkey PRIMARY KEY (id)
);

CREATE TABLE division_code (
  scheme TEXT NOT NULL,
  code TEXT NOT NULL,
  division_id UUID NOT NULL,
  CONSTRAINT division_code_pkey PRIMARY KEY (scheme, code),
  CONSTRAINT division_code_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id)
);
CREATE INDEX division_code_division_id_idx ON division_code (division_id);

CREATE TABLE division_version (
  id UUID NOT NULL,
  division_id UUID NOT NULL,
  scheme TEXT NOT NULL,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  level TEXT NOT NULL,
  parent_id UUID,
  valid DATERANGE NOT NULL,
  geom geometry(MULTIPOLYGON,4490),
  label geometry(POINT,4490),
  area_km2 FLOAT,
  source TEXT NOT NULL,
  source_crs TEXT,
  import_id UUID,
  publication TEXT DEFAULT 'unpublished' NOT NULL,
  approval_number TEXT,
  CONSTRAINT division_version_pkey PRIMARY KEY (id),
  CONSTRAINT division_version_level_check CHECK (level IN ('province', 'prefecture', 'county', 'township', 'village')),
  CONSTRAINT division_version_publication_check CHECK (publication IN ('unpublished', 'demo', 'published')),
  CONSTRAINT division_version_approval_check CHECK (publication <> 'published' OR approval_number IS NOT NULL OR geom IS NULL),
  CONSTRAINT division_version_valid_check CHECK (NOT isempty(valid)),
  CONSTRAINT division_version_parent_check CHECK (parent_id <> division_id),
  CONSTRAINT division_version_once EXCLUDE USING gist (division_id WITH =, valid WITH &&),
  CONSTRAINT division_version_code_once EXCLUDE USING gist (scheme WITH =, code WITH =, valid WITH &&),
  CONSTRAINT division_version_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id),
  CONSTRAINT division_version_parent_id_fkey FOREIGN KEY(parent_id) REFERENCES division (id),
  CONSTRAINT division_version_import_id_fkey FOREIGN KEY(import_id) REFERENCES import_run (id)
);
CREATE INDEX division_version_code_idx ON division_version (code);
CREATE INDEX division_version_geom_idx ON division_version USING gist (geom);
CREATE INDEX division_version_label_idx ON division_version USING gist (label);
CREATE INDEX division_version_level_idx ON division_version (level);
CREATE INDEX division_version_name_idx ON division_version USING gin (name gin_trgm_ops);
CREATE INDEX division_version_parent_id_idx ON division_version (parent_id);

CREATE TABLE division_succession (
  predecessor_id UUID NOT NULL,
  successor_id UUID NOT NULL,
  since DATE NOT NULL,
  CONSTRAINT division_succession_pkey PRIMARY KEY (predecessor_id, successor_id),
  CONSTRAINT division_succession_other_check CHECK (predecessor_id <> successor_id),
  CONSTRAINT division_succession_predecessor_id_fkey FOREIGN KEY(predecessor_id) REFERENCES division (id),
  CONSTRAINT division_succession_successor_id_fkey FOREIGN KEY(successor_id) REFERENCES division (id)
);
CREATE INDEX division_succession_successor_id_idx ON division_succession (successor_id);

CREATE TABLE division_closure (
  ancestor_id UUID NOT NULL,
  descendant_id UUID NOT NULL,
  depth INTEGER NOT NULL,
  CONSTRAINT division_closure_pkey PRIMARY KEY (ancestor_id, descendant_id),
  CONSTRAINT division_closure_ancestor_id_fkey FOREIGN KEY(ancestor_id) REFERENCES division (id),
  CONSTRAINT division_closure_descendant_id_fkey FOREIGN KEY(descendant_id) REFERENCES division (id)
);
CREATE INDEX division_closure_descendant_id_idx ON division_closure (descendant_id);

CREATE TABLE role_grant (
  id UUID NOT NULL,
  user_id UUID NOT NULL,
  role TEXT NOT NULL,
  division_id UUID,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT role_grant_pkey PRIMARY KEY (id),
  CONSTRAINT role_grant_role_check CHECK (role IN ('viewer', 'editor', 'approver', 'administrator')),
  CONSTRAINT role_grant_once UNIQUE NULLS NOT DISTINCT (user_id, role, division_id),
  CONSTRAINT role_grant_user_id_fkey FOREIGN KEY(user_id) REFERENCES app_user (id),
  CONSTRAINT role_grant_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id)
);

CREATE TABLE access_token (
  id UUID NOT NULL,
  user_id UUID NOT NULL,
  kind TEXT NOT NULL,
  note TEXT DEFAULT '' NOT NULL,
  token_sha256 BYTEA NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz,
  CONSTRAINT access_token_pkey PRIMARY KEY (id),
  CONSTRAINT access_token_kind_check CHECK (kind IN ('bearer', 'session')),
  CONSTRAINT access_token_user_id_fkey FOREIGN KEY(user_id) REFERENCES app_user (id),
  CONSTRAINT access_token_token_sha256_key UNIQUE (token_sha256)
);
CREATE INDEX access_token_user_id_idx ON access_token (user_id);

CREATE TABLE login_try (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  succeeded BOOLEAN NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT login_try_pkey PRIMARY KEY (id)
);
CREATE INDEX login_try_address_at_idx ON login_try (address, at);
CREATE INDEX login_try_name_at_idx ON login_try (name, at);

CREATE TABLE boundary_line (
  id UUID NOT NULL,
  unit_level TEXT NOT NULL,
  CONSTRAINT boundary_line_pkey PRIMARY KEY (id),
  CONSTRAINT boundary_line_unit_level_check CHECK (unit_level IN ('province', 'prefecture', 'county', 'township', 'village'))
);

CREATE TABLE boundary_line_version (
  id UUID NOT NULL,
  line_id UUID NOT NULL,
  version INTEGER NOT NULL,
  level TEXT NOT NULL,
  left_id UUID NOT NULL,
  right_id UUID NOT NULL,
  origin TEXT NOT NULL,
  valid DATERANGE NOT NULL,
  geom geometry(MULTILINESTRING,4490) NOT NULL,
  length_km FLOAT NOT NULL,
  publication TEXT DEFAULT 'unpublished' NOT NULL,
  approval_number TEXT,
  CONSTRAINT boundary_line_version_pkey PRIMARY KEY (id),
  CONSTRAINT boundary_line_version_origin_check CHECK (origin IN ('derived', 'imported', 'agreed', 'surveyed')),
  CONSTRAINT boundary_line_version_publication_check CHECK (publication IN ('unpublished', 'demo', 'published')),
  CONSTRAINT boundary_line_version_approval_check CHECK (publication <> 'published' OR approval_number IS NOT NULL),
  CONSTRAINT boundary_line_version_valid_check CHECK (NOT isempty(valid)),
  CONSTRAINT boundary_line_version_sides_check CHECK (left_id <> right_id),
  CONSTRAINT boundary_line_version_once EXCLUDE USING gist (line_id WITH =, valid WITH &&),
  CONSTRAINT boundary_line_version_line_id_fkey FOREIGN KEY(line_id) REFERENCES boundary_line (id),
  CONSTRAINT boundary_line_version_left_id_fkey FOREIGN KEY(left_id) REFERENCES division (id),
  CONSTRAINT boundary_line_version_right_id_fkey FOREIGN KEY(right_id) REFERENCES division (id)
);
CREATE INDEX boundary_line_version_geom_idx ON boundary_line_version USING gist (geom);
CREATE INDEX boundary_line_version_left_id_idx ON boundary_line_version (left_id);
CREATE INDEX boundary_line_version_right_id_idx ON boundary_line_version (right_id);

CREATE TABLE job (
  id UUID NOT NULL,
  kind TEXT NOT NULL,
  args JSONB NOT NULL,
  user_id UUID,
  state TEXT DEFAULT 'waiting' NOT NULL,
  progress FLOAT DEFAULT '0' NOT NULL,
  note TEXT DEFAULT '' NOT NULL,
  result JSONB,
  error JSONB,
  cancel_asked BOOLEAN DEFAULT 'false' NOT NULL,
  attempts INTEGER DEFAULT '0' NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  started_at timestamptz,
  beat_at timestamptz,
  ended_at timestamptz,
  CONSTRAINT job_pkey PRIMARY KEY (id),
  CONSTRAINT job_state_check CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
  CONSTRAINT job_progress_check CHECK (progress BETWEEN 0 AND 1),
  CONSTRAINT job_user_id_fkey FOREIGN KEY(user_id) REFERENCES app_user (id)
);
CREATE INDEX job_state_idx ON job (state);
