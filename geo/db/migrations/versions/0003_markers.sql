-- Attachments, revisions, local fits, proposals, features, lines as legal objects, markers, reports.

CREATE TABLE attachment (
  id UUID NOT NULL,
  file_sha256 TEXT NOT NULL,
  object_kind TEXT NOT NULL,
  object_id UUID NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  division_id UUID,
  title TEXT,
  number TEXT,
  dated DATE,
  issuer TEXT,
  note TEXT,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at timestamptz,
  CONSTRAINT attachment_pkey PRIMARY KEY (id),
  CONSTRAINT attachment_file_sha256_fkey FOREIGN KEY(file_sha256) REFERENCES file (sha256),
  CONSTRAINT attachment_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id)
);
CREATE INDEX attachment_object_id_idx ON attachment (object_id);

CREATE TABLE shared_object (
  id UUID NOT NULL,
  kind TEXT NOT NULL,
  revision INTEGER NOT NULL,
  CONSTRAINT shared_object_pkey PRIMARY KEY (id)
);

CREATE TABLE object_change (
  object_id UUID NOT NULL,
  revision INTEGER NOT NULL,
  what TEXT NOT NULL,
  facts JSONB DEFAULT '{}' NOT NULL,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT object_change_pkey PRIMARY KEY (object_id, revision),
  CONSTRAINT object_change_object_id_fkey FOREIGN KEY(object_id) REFERENCES shared_object (id)
);

CREATE TABLE local_fit (
  id UUID NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  source_crs TEXT NOT NULL,
  target_crs TEXT NOT NULL,
  parameters JSONB NOT NULL,
  points JSONB NOT NULL,
  rms_m FLOAT NOT NULL,
  worst_m FLOAT NOT NULL,
  accuracy_m FLOAT NOT NULL,
  area geometry(POLYGON,4490) NOT NULL,
  note TEXT,
  actor TEXT NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  retired_at timestamptz,
  CONSTRAINT local_fit_pkey PRIMARY KEY (id),
  CONSTRAINT local_fit_kind_check CHECK (kind IN ('four', 'seven')),
  CONSTRAINT local_fit_sizes_check CHECK (rms_m >= 0 AND accuracy_m > 0),
  CONSTRAINT local_fit_name_key UNIQUE (name)
);

CREATE TABLE proposal (
  id UUID NOT NULL,
  kind TEXT NOT NULL,
  object_id UUID,
  sides UUID[] NOT NULL,
  body JSONB NOT NULL,
  state TEXT DEFAULT 'proposed' NOT NULL,
  note TEXT,
  actor TEXT NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  ended_at timestamptz,
  CONSTRAINT proposal_pkey PRIMARY KEY (id),
  CONSTRAINT proposal_state_check CHECK (state IN ('proposed', 'approved', 'returned', 'withdrawn'))
);
CREATE INDEX proposal_object_id_idx ON proposal (object_id);
CREATE INDEX proposal_sides_idx ON proposal USING gin (sides);

CREATE TABLE proposal_voice (
  id UUID NOT NULL,
  proposal_id UUID NOT NULL,
  said TEXT NOT NULL,
  division_id UUID,
  signer TEXT NOT NULL,
  on_day DATE NOT NULL,
  document JSONB,
  note TEXT,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT proposal_voice_pkey PRIMARY KEY (id),
  CONSTRAINT proposal_voice_said_check CHECK (said IN ('consent', 'approval', 'return', 'withdrawal')),
  CONSTRAINT proposal_voice_proposal_id_fkey FOREIGN KEY(proposal_id) REFERENCES proposal (id),
  CONSTRAINT proposal_voice_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id)
);
CREATE INDEX proposal_voice_proposal_id_idx ON proposal_voice (proposal_id);

CREATE TABLE feature_layer (
  id UUID NOT NULL,
  layer TEXT NOT NULL,
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  licence TEXT,
  as_of DATE NOT NULL,
  extent geometry(POLYGON,4490) NOT NULL,
  import_id UUID,
  publication TEXT DEFAULT 'unpublished' NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT feature_layer_pkey PRIMARY KEY (id),
  CONSTRAINT feature_layer_publication_check CHECK (publication IN ('unpublished', 'demo', 'published')),
  CONSTRAINT feature_layer_import_id_fkey FOREIGN KEY(import_id) REFERENCES import_run (id)
);
CREATE INDEX feature_layer_layer_idx ON feature_layer (layer);

CREATE TABLE feature (
  id UUID NOT NULL,
  layer_id UUID NOT NULL,
  name TEXT,
  kind TEXT,
  geom geometry(GEOMETRY,4490) NOT NULL,
  CONSTRAINT feature_pkey PRIMARY KEY (id),
  CONSTRAINT feature_layer_id_fkey FOREIGN KEY(layer_id) REFERENCES feature_layer (id)
);
CREATE INDEX feature_geom_idx ON feature USING gist (geom);
CREATE INDEX feature_layer_id_idx ON feature (layer_id);

CREATE TABLE boundary_line_record (
  id UUID NOT NULL,
  line_id UUID NOT NULL,
  version INTEGER NOT NULL,
  code TEXT,
  name TEXT,
  official_length_km FLOAT,
  length_basis TEXT,
  length_document TEXT,
  length_dated DATE,
  begins_at TEXT,
  ends_at TEXT,
  settled_on DATE,
  approved_by TEXT,
  approval_document TEXT,
  approved_on DATE,
  published_by TEXT,
  published_on DATE,
  disputed BOOLEAN DEFAULT 'false' NOT NULL,
  note TEXT,
  valid DATERANGE NOT NULL,
  source TEXT NOT NULL,
  import_id UUID,
  publication TEXT DEFAULT 'unpublished' NOT NULL,
  CONSTRAINT boundary_line_record_pkey PRIMARY KEY (id),
  CONSTRAINT boundary_line_record_length_check CHECK (official_length_km > 0),
  CONSTRAINT boundary_line_record_length_basis_check CHECK (length_basis IN ('agreement', 'published_list')),
  CONSTRAINT boundary_line_record_length_has_document_check CHECK (official_length_km IS NULL OR (length_basis IS NOT NULL AND length_document IS NOT NULL)),
  CONSTRAINT boundary_line_record_publication_check CHECK (publication IN ('unpublished', 'demo', 'published')),
  CONSTRAINT boundary_line_record_valid_check CHECK (NOT isempty(valid)),
  CONSTRAINT boundary_line_record_once EXCLUDE USING gist (line_id WITH =, valid WITH &&),
  CONSTRAINT boundary_line_record_line_id_fkey FOREIGN KEY(line_id) REFERENCES boundary_line (id),
  CONSTRAINT boundary_line_record_import_id_fkey FOREIGN KEY(import_id) REFERENCES import_run (id)
);
CREATE INDEX boundary_line_record_code_idx ON boundary_line_record (code);
CREATE INDEX boundary_line_record_line_id_idx ON boundary_line_record (line_id);

CREATE TABLE boundary_line_survey (
  id UUID NOT NULL,
  line_id UUID NOT NULL,
  origin TEXT NOT NULL,
  as_of DATE NOT NULL,
  geom geometry(MULTILINESTRING,4490) NOT NULL,
  length_km FLOAT NOT NULL,
  accuracy_m FLOAT,
  source TEXT NOT NULL,
  source_crs TEXT,
  fit_id UUID,
  import_id UUID,
  publication TEXT DEFAULT 'unpublished' NOT NULL,
  CONSTRAINT boundary_line_survey_pkey PRIMARY KEY (id),
  CONSTRAINT boundary_line_survey_origin_check CHECK (origin IN ('imported', 'agreed', 'surveyed')),
  CONSTRAINT boundary_line_survey_publication_check CHECK (publication IN ('unpublished', 'demo', 'published')),
  CONSTRAINT boundary_line_survey_line_id_fkey FOREIGN KEY(line_id) REFERENCES boundary_line (id),
  CONSTRAINT boundary_line_survey_fit_id_fkey FOREIGN KEY(fit_id) REFERENCES local_fit (id),
  CONSTRAINT boundary_line_survey_import_id_fkey FOREIGN KEY(import_id) REFERENCES import_run (id)
);
CREATE INDEX boundary_line_survey_line_id_idx ON boundary_line_survey (line_id);

CREATE TABLE marker (
  id UUID NOT NULL,
  CONSTRAINT marker_pkey PRIMARY KEY (id)
);

CREATE TABLE marker_version (
  id UUID NOT NULL,
  marker_id UUID NOT NULL,
  version INTEGER NOT NULL,
  number TEXT NOT NULL,
  member TEXT DEFAULT '' NOT NULL,
  set_up TEXT NOT NULL,
  faces INTEGER NOT NULL,
  material TEXT,
  grade TEXT,
  managing_id UUID,
  sides UUID[] NOT NULL,
  geom geometry(POINT,4490),
  given_x TEXT,
  given_y TEXT,
  source_crs TEXT,
  fit_id UUID,
  height_m FLOAT,
  height_datum TEXT,
  method TEXT,
  accuracy_m FLOAT,
  set_on DATE,
  surveyed_on DATE,
  note TEXT,
  valid DATERANGE NOT NULL,
  source TEXT NOT NULL,
  import_id UUID,
  publication TEXT DEFAULT 'unpublished' NOT NULL,
  CONSTRAINT marker_version_pkey PRIMARY KEY (id),
  CONSTRAINT marker_version_set_up_check CHECK (set_up IN ('single', 'double', 'triple')),
  CONSTRAINT marker_version_faces_check CHECK (faces IN (2, 3)),
  CONSTRAINT marker_version_member_check CHECK ((set_up = 'single') = (member = '')),
  CONSTRAINT marker_version_sides_check CHECK (cardinality(sides) BETWEEN 2 AND 3),
  CONSTRAINT marker_version_accuracy_check CHECK (accuracy_m > 0),
  CONSTRAINT marker_version_publication_check CHECK (publication IN ('unpublished', 'demo')),
  CONSTRAINT marker_version_valid_check CHECK (NOT isempty(valid)),
  CONSTRAINT marker_version_once EXCLUDE USING gist (marker_id WITH =, valid WITH &&),
  CONSTRAINT marker_version_marker_id_fkey FOREIGN KEY(marker_id) REFERENCES marker (id),
  CONSTRAINT marker_version_managing_id_fkey FOREIGN KEY(managing_id) REFERENCES division (id),
  CONSTRAINT marker_version_fit_id_fkey FOREIGN KEY(fit_id) REFERENCES local_fit (id),
  CONSTRAINT marker_version_import_id_fkey FOREIGN KEY(import_id) REFERENCES import_run (id)
);
CREATE INDEX marker_version_geom_idx ON marker_version USING gist (geom);
CREATE INDEX marker_version_marker_id_idx ON marker_version (marker_id);
CREATE INDEX marker_version_number_idx ON marker_version USING gin (number gin_trgm_ops);
CREATE INDEX marker_version_sides_idx ON marker_version USING gin (sides);

CREATE TABLE marker_on_line (
  id UUID NOT NULL,
  marker_id UUID NOT NULL,
  line_id UUID NOT NULL,
  number TEXT NOT NULL,
  member TEXT DEFAULT '' NOT NULL,
  valid DATERANGE NOT NULL,
  CONSTRAINT marker_on_line_pkey PRIMARY KEY (id),
  CONSTRAINT marker_on_line_valid_check CHECK (NOT isempty(valid)),
  CONSTRAINT marker_on_line_number_once EXCLUDE USING gist (line_id WITH =, number WITH =, member WITH =, valid WITH &&),
  CONSTRAINT marker_on_line_once EXCLUDE USING gist (marker_id WITH =, line_id WITH =, valid WITH &&),
  CONSTRAINT marker_on_line_marker_id_fkey FOREIGN KEY(marker_id) REFERENCES marker (id),
  CONSTRAINT marker_on_line_line_id_fkey FOREIGN KEY(line_id) REFERENCES boundary_line (id)
);
CREATE INDEX marker_on_line_line_id_idx ON marker_on_line (line_id);
CREATE INDEX marker_on_line_marker_id_idx ON marker_on_line (marker_id);

CREATE TABLE marker_side (
  id UUID NOT NULL,
  marker_id UUID NOT NULL,
  division_id UUID NOT NULL,
  site TEXT,
  custodian TEXT,
  phone TEXT,
  valid DATERANGE NOT NULL,
  CONSTRAINT marker_side_pkey PRIMARY KEY (id),
  CONSTRAINT marker_side_valid_check CHECK (NOT isempty(valid)),
  CONSTRAINT marker_side_once EXCLUDE USING gist (marker_id WITH =, division_id WITH =, valid WITH &&),
  CONSTRAINT marker_side_marker_id_fkey FOREIGN KEY(marker_id) REFERENCES marker (id),
  CONSTRAINT marker_side_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id)
);
CREATE INDEX marker_side_marker_id_idx ON marker_side (marker_id);

CREATE TABLE reference_object_version (
  id UUID NOT NULL,
  object_id UUID NOT NULL,
  marker_id UUID NOT NULL,
  ordinal INTEGER NOT NULL,
  name TEXT NOT NULL,
  part TEXT,
  grid_bearing_deg FLOAT,
  magnetic_bearing_deg FLOAT,
  distance_m FLOAT,
  geom geometry(POINT,4490),
  given_x TEXT,
  given_y TEXT,
  source_crs TEXT,
  accuracy_m FLOAT,
  note TEXT,
  valid DATERANGE NOT NULL,
  CONSTRAINT reference_object_version_pkey PRIMARY KEY (id),
  CONSTRAINT reference_object_version_ordinal_check CHECK (ordinal >= 1),
  CONSTRAINT reference_object_version_grid_bearing_check CHECK (grid_bearing_deg >= 0 AND grid_bearing_deg < 360),
  CONSTRAINT reference_object_version_magnetic_bearing_check CHECK (magnetic_bearing_deg >= 0 AND magnetic_bearing_deg < 360),
  CONSTRAINT reference_object_version_distance_check CHECK (distance_m > 0),
  CONSTRAINT reference_object_version_valid_check CHECK (NOT isempty(valid)),
  CONSTRAINT reference_object_version_once EXCLUDE USING gist (object_id WITH =, valid WITH &&),
  CONSTRAINT reference_object_version_place EXCLUDE USING gist (marker_id WITH =, ordinal WITH =, valid WITH &&),
  CONSTRAINT reference_object_version_marker_id_fkey FOREIGN KEY(marker_id) REFERENCES marker (id)
);
CREATE INDEX reference_object_version_marker_id_idx ON reference_object_version (marker_id);

CREATE TABLE marker_event (
  id UUID NOT NULL,
  marker_id UUID NOT NULL,
  kind TEXT NOT NULL,
  at DATE NOT NULL,
  state TEXT NOT NULL,
  present JSONB DEFAULT '[]' NOT NULL,
  goals JSONB,
  facts JSONB DEFAULT '{}' NOT NULL,
  proposal_id UUID,
  note TEXT,
  actor TEXT NOT NULL,
  recorded_at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT marker_event_pkey PRIMARY KEY (id),
  CONSTRAINT marker_event_marker_id_fkey FOREIGN KEY(marker_id) REFERENCES marker (id),
  CONSTRAINT marker_event_proposal_id_fkey FOREIGN KEY(proposal_id) REFERENCES proposal (id)
);
CREATE INDEX marker_event_marker_id_at_idx ON marker_event (marker_id, at, recorded_at);

CREATE TABLE line_section (
  id UUID NOT NULL,
  section_id UUID NOT NULL,
  line_id UUID NOT NULL,
  ordinal INTEGER NOT NULL,
  from_marker_id UUID,
  to_marker_id UUID,
  from_text TEXT,
  to_text TEXT,
  basis TEXT NOT NULL,
  basis_name TEXT,
  length_km FLOAT,
  note TEXT,
  valid DATERANGE NOT NULL,
  source TEXT NOT NULL,
  CONSTRAINT line_section_pkey PRIMARY KEY (id),
  CONSTRAINT line_section_basis_check CHECK (basis IN ('marker_to_marker', 'river', 'ditch', 'road', 'ridge', 'other')),
  CONSTRAINT line_section_valid_check CHECK (NOT isempty(valid)),
  CONSTRAINT line_section_once EXCLUDE USING gist (section_id WITH =, valid WITH &&),
  CONSTRAINT line_section_place EXCLUDE USING gist (line_id WITH =, ordinal WITH =, valid WITH &&),
  CONSTRAINT line_section_line_id_fkey FOREIGN KEY(line_id) REFERENCES boundary_line (id),
  CONSTRAINT line_section_from_marker_id_fkey FOREIGN KEY(from_marker_id) REFERENCES marker (id),
  CONSTRAINT line_section_to_marker_id_fkey FOREIGN KEY(to_marker_id) REFERENCES marker (id)
);
CREATE INDEX line_section_line_id_idx ON line_section (line_id);

CREATE TABLE description (
  id UUID NOT NULL,
  object_kind TEXT NOT NULL,
  object_id UUID NOT NULL,
  generated TEXT,
  written TEXT,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT description_pkey PRIMARY KEY (id),
  CONSTRAINT description_object_kind_check CHECK (object_kind IN ('marker', 'section')),
  CONSTRAINT description_something_check CHECK (generated IS NOT NULL OR written IS NOT NULL)
);
CREATE INDEX description_object_id_at_idx ON description (object_id, at);

CREATE TABLE report_package (
  id UUID NOT NULL,
  platform TEXT NOT NULL,
  number INTEGER NOT NULL,
  division_id UUID,
  file_sha256 TEXT NOT NULL,
  counts JSONB NOT NULL,
  state TEXT DEFAULT 'made' NOT NULL,
  receipt JSONB,
  actor TEXT NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT report_package_pkey PRIMARY KEY (id),
  CONSTRAINT report_package_state_check CHECK (state IN ('made', 'accepted', 'partly', 'refused')),
  CONSTRAINT report_package_platform_division_id_number_key UNIQUE NULLS NOT DISTINCT (platform, division_id, number),
  CONSTRAINT report_package_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id),
  CONSTRAINT report_package_file_sha256_fkey FOREIGN KEY(file_sha256) REFERENCES file (sha256)
);

CREATE TABLE report_item (
  package_id UUID NOT NULL,
  object_id UUID NOT NULL,
  object_kind TEXT NOT NULL,
  key TEXT NOT NULL,
  what TEXT NOT NULL,
  digest TEXT NOT NULL,
  accepted BOOLEAN,
  reason TEXT,
  CONSTRAINT report_item_pkey PRIMARY KEY (package_id, object_id),
  CONSTRAINT report_item_what_check CHECK (what IN ('new', 'changed', 'ended')),
  CONSTRAINT report_item_package_id_fkey FOREIGN KEY(package_id) REFERENCES report_package (id)
);
CREATE INDEX report_item_object_id_idx ON report_item (object_id);

CREATE INDEX boundary_line_version_line_id_idx ON boundary_line_version (line_id);
CREATE INDEX division_version_division_id_idx ON division_version (division_id);
