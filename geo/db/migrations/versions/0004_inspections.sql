-- Signing keys, work orders, joint inspections.

CREATE TABLE signing_key (
  id UUID NOT NULL,
  user_id UUID NOT NULL,
  algorithm TEXT NOT NULL,
  public_key BYTEA NOT NULL,
  wrapped BYTEA NOT NULL,
  salt BYTEA NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  retired_at timestamptz,
  CONSTRAINT signing_key_pkey PRIMARY KEY (id),
  CONSTRAINT signing_key_algorithm_check CHECK (algorithm IN ('Ed25519')),
  CONSTRAINT signing_key_user_id_fkey FOREIGN KEY(user_id) REFERENCES app_user (id)
);
CREATE INDEX signing_key_user_id_idx ON signing_key (user_id);

CREATE TABLE work_order (
  id UUID NOT NULL,
  object_kind TEXT NOT NULL,
  object_id UUID NOT NULL,
  cause_id UUID,
  task TEXT NOT NULL,
  responsible_id UUID NOT NULL,
  due_on DATE,
  note TEXT,
  state TEXT DEFAULT 'open' NOT NULL,
  ended_on DATE,
  present JSONB DEFAULT '[]' NOT NULL,
  files JSONB DEFAULT '[]' NOT NULL,
  event_id UUID,
  end_note TEXT,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  end_actor TEXT,
  CONSTRAINT work_order_pkey PRIMARY KEY (id),
  CONSTRAINT work_order_object_kind_check CHECK (object_kind IN ('marker', 'section')),
  CONSTRAINT work_order_state_check CHECK (state IN ('open', 'done', 'dropped')),
  CONSTRAINT work_order_ended_check CHECK ((state = 'open') = (ended_on IS NULL)),
  CONSTRAINT work_order_responsible_id_fkey FOREIGN KEY(responsible_id) REFERENCES division (id),
  CONSTRAINT work_order_event_id_fkey FOREIGN KEY(event_id) REFERENCES marker_event (id)
);
CREATE INDEX work_order_cause_id_idx ON work_order (cause_id);
CREATE INDEX work_order_object_id_idx ON work_order (object_id);
CREATE INDEX work_order_responsible_id_idx ON work_order (responsible_id, state);

CREATE TABLE inspection (
  id UUID NOT NULL,
  line_id UUID NOT NULL,
  parent_id UUID,
  kind TEXT NOT NULL,
  round INTEGER,
  year INTEGER NOT NULL,
  reason TEXT,
  state TEXT DEFAULT 'planned' NOT NULL,
  field_from DATE,
  field_to DATE,
  accepted_on DATE,
  note TEXT,
  publication TEXT DEFAULT 'unpublished' NOT NULL,
  actor TEXT NOT NULL,
  created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT inspection_pkey PRIMARY KEY (id),
  CONSTRAINT inspection_kind_check CHECK (kind IN ('regular', 'special')),
  CONSTRAINT inspection_round_check CHECK ((kind = 'regular') = (round IS NOT NULL)),
  CONSTRAINT inspection_round_counts_check CHECK (round > 0),
  CONSTRAINT inspection_year_check CHECK (year BETWEEN 1996 AND 2200),
  CONSTRAINT inspection_field_check CHECK (field_from <= field_to),
  CONSTRAINT inspection_publication_check CHECK (publication IN ('unpublished', 'demo')),
  CONSTRAINT inspection_line_id_fkey FOREIGN KEY(line_id) REFERENCES boundary_line (id),
  CONSTRAINT inspection_parent_id_fkey FOREIGN KEY(parent_id) REFERENCES inspection (id)
);
CREATE INDEX inspection_line_id_idx ON inspection (line_id);
CREATE UNIQUE INDEX inspection_once ON inspection (line_id, round) WHERE parent_id IS NULL AND state <> 'withdrawn';
CREATE INDEX inspection_parent_id_idx ON inspection (parent_id);
CREATE INDEX inspection_year_idx ON inspection (year);

CREATE TABLE inspection_party (
  inspection_id UUID NOT NULL,
  division_id UUID NOT NULL,
  role TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  takes_part TEXT DEFAULT 'account' NOT NULL,
  clerk_id UUID,
  contact TEXT,
  CONSTRAINT inspection_party_pkey PRIMARY KEY (inspection_id, division_id),
  CONSTRAINT inspection_party_role_check CHECK (role IN ('lead', 'cooperating', 'third')),
  CONSTRAINT inspection_party_takes_part_check CHECK (takes_part IN ('account', 'paper')),
  CONSTRAINT inspection_party_inspection_id_fkey FOREIGN KEY(inspection_id) REFERENCES inspection (id),
  CONSTRAINT inspection_party_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id),
  CONSTRAINT inspection_party_clerk_id_fkey FOREIGN KEY(clerk_id) REFERENCES app_user (id)
);
CREATE INDEX inspection_party_division_id_idx ON inspection_party (division_id);
CREATE UNIQUE INDEX inspection_party_one_lead ON inspection_party (inspection_id) WHERE role = 'lead';

CREATE TABLE inspection_subject (
  inspection_id UUID NOT NULL,
  kind TEXT NOT NULL,
  object_id UUID NOT NULL,
  ordinal INTEGER NOT NULL,
  label TEXT NOT NULL,
  sides UUID[] NOT NULL,
  lead_id UUID NOT NULL,
  planned_on DATE,
  register JSONB NOT NULL,
  CONSTRAINT inspection_subject_pkey PRIMARY KEY (inspection_id, kind, object_id),
  CONSTRAINT inspection_subject_kind_check CHECK (kind IN ('marker', 'section')),
  CONSTRAINT inspection_subject_inspection_id_fkey FOREIGN KEY(inspection_id) REFERENCES inspection (id),
  CONSTRAINT inspection_subject_lead_id_fkey FOREIGN KEY(lead_id) REFERENCES division (id)
);
CREATE INDEX inspection_subject_object_id_idx ON inspection_subject (object_id);

CREATE TABLE inspection_step (
  id UUID NOT NULL,
  inspection_id UUID NOT NULL,
  action TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  division_id UUID,
  document JSONB,
  note TEXT,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT inspection_step_pkey PRIMARY KEY (id),
  CONSTRAINT inspection_step_inspection_id_fkey FOREIGN KEY(inspection_id) REFERENCES inspection (id),
  CONSTRAINT inspection_step_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id)
);
CREATE INDEX inspection_step_inspection_id_idx ON inspection_step (inspection_id, at);

CREATE TABLE inspection_record (
  id UUID NOT NULL,
  inspection_id UUID NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id UUID NOT NULL,
  division_id UUID NOT NULL,
  version INTEGER NOT NULL,
  on_day DATE NOT NULL,
  edited_at timestamptz NOT NULL,
  state TEXT NOT NULL,
  body JSONB NOT NULL,
  sha256 TEXT NOT NULL,
  via TEXT NOT NULL,
  scan_id UUID,
  guest_id UUID,
  accepted_at timestamptz,
  returned_at timestamptz,
  returned_note TEXT,
  withdrawn_at timestamptz,
  withdrawn_reason TEXT,
  actor TEXT NOT NULL,
  recorded_at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT inspection_record_pkey PRIMARY KEY (id),
  CONSTRAINT inspection_record_subject_kind_check CHECK (subject_kind IN ('marker', 'section')),
  CONSTRAINT inspection_record_via_check CHECK (via IN ('account', 'guest', 'contractor', 'confirmed', 'return_file', 'paper')),
  CONSTRAINT inspection_record_inspection_id_fkey FOREIGN KEY(inspection_id) REFERENCES inspection (id),
  CONSTRAINT inspection_record_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id),
  CONSTRAINT inspection_record_scan_id_fkey FOREIGN KEY(scan_id) REFERENCES attachment (id)
);
CREATE INDEX inspection_record_subject_idx ON inspection_record (inspection_id, subject_kind, subject_id);

CREATE TABLE inspection_record_version (
  record_id UUID NOT NULL,
  version INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  body JSONB NOT NULL,
  edited_at timestamptz NOT NULL,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT inspection_record_version_pkey PRIMARY KEY (record_id, version),
  CONSTRAINT inspection_record_version_record_id_fkey FOREIGN KEY(record_id) REFERENCES inspection_record (id)
);

CREATE TABLE inspection_photo (
  record_id UUID NOT NULL,
  file_sha256 TEXT NOT NULL,
  shows TEXT NOT NULL,
  object_ordinal INTEGER,
  media_type TEXT NOT NULL,
  taken_at timestamptz,
  note TEXT,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at timestamptz,
  CONSTRAINT inspection_photo_pkey PRIMARY KEY (record_id, file_sha256),
  CONSTRAINT inspection_photo_shows_check CHECK (shows IN ('near', 'far', 'object', 'together', 'before', 'after', 'other')),
  CONSTRAINT inspection_photo_object_ordinal_check CHECK ((shows = 'object') >= (object_ordinal IS NOT NULL)),
  CONSTRAINT inspection_photo_record_id_fkey FOREIGN KEY(record_id) REFERENCES inspection_record (id),
  CONSTRAINT inspection_photo_file_sha256_fkey FOREIGN KEY(file_sha256) REFERENCES file (sha256)
);

CREATE TABLE inspection_finding (
  id UUID NOT NULL,
  inspection_id UUID NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id UUID NOT NULL,
  said TEXT NOT NULL,
  state TEXT,
  words TEXT,
  division_id UUID NOT NULL,
  records_sha256 TEXT NOT NULL,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT inspection_finding_pkey PRIMARY KEY (id),
  CONSTRAINT inspection_finding_said_check CHECK (said IN ('agreed', 'disagreed')),
  CONSTRAINT inspection_finding_state_check CHECK ((said = 'agreed') = (state IS NOT NULL)),
  CONSTRAINT inspection_finding_inspection_id_fkey FOREIGN KEY(inspection_id) REFERENCES inspection (id),
  CONSTRAINT inspection_finding_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id)
);
CREATE INDEX inspection_finding_subject_idx ON inspection_finding (inspection_id, subject_kind, subject_id);

CREATE TABLE inspection_desk (
  id UUID NOT NULL,
  inspection_id UUID NOT NULL,
  section_id UUID NOT NULL,
  items JSONB NOT NULL,
  note TEXT,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT inspection_desk_pkey PRIMARY KEY (id),
  CONSTRAINT inspection_desk_inspection_id_fkey FOREIGN KEY(inspection_id) REFERENCES inspection (id)
);
CREATE INDEX inspection_desk_section_idx ON inspection_desk (inspection_id, section_id, at);

CREATE TABLE inspection_guest (
  id UUID NOT NULL,
  inspection_id UUID NOT NULL,
  user_id UUID NOT NULL,
  division_id UUID NOT NULL,
  role TEXT NOT NULL,
  organisation TEXT,
  subjects UUID[],
  valid_from DATE NOT NULL,
  valid_to DATE NOT NULL,
  revoked_at timestamptz,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT inspection_guest_pkey PRIMARY KEY (id),
  CONSTRAINT inspection_guest_role_check CHECK (role IN ('invited', 'contractor')),
  CONSTRAINT inspection_guest_valid_check CHECK (valid_from < valid_to),
  CONSTRAINT inspection_guest_once UNIQUE (inspection_id, user_id),
  CONSTRAINT inspection_guest_inspection_id_fkey FOREIGN KEY(inspection_id) REFERENCES inspection (id),
  CONSTRAINT inspection_guest_user_id_fkey FOREIGN KEY(user_id) REFERENCES app_user (id),
  CONSTRAINT inspection_guest_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id)
);
CREATE INDEX inspection_guest_user_id_idx ON inspection_guest (user_id);

CREATE TABLE inspection_signature (
  id UUID NOT NULL,
  inspection_id UUID NOT NULL,
  division_id UUID NOT NULL,
  role TEXT NOT NULL,
  signer TEXT NOT NULL,
  kind TEXT NOT NULL,
  algorithm TEXT,
  public_key BYTEA,
  signature BYTEA,
  signed BYTEA,
  content_sha256 TEXT NOT NULL,
  drawn TEXT,
  scan_id UUID,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  voided_at timestamptz,
  void_reason JSONB,
  CONSTRAINT inspection_signature_pkey PRIMARY KEY (id),
  CONSTRAINT inspection_signature_kind_check CHECK (kind IN ('key', 'seal')),
  CONSTRAINT inspection_signature_signature_check CHECK ((kind = 'key') = (signature IS NOT NULL)),
  CONSTRAINT inspection_signature_seal_check CHECK ((kind = 'seal') = (scan_id IS NOT NULL)),
  CONSTRAINT inspection_signature_inspection_id_fkey FOREIGN KEY(inspection_id) REFERENCES inspection (id),
  CONSTRAINT inspection_signature_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id),
  CONSTRAINT inspection_signature_scan_id_fkey FOREIGN KEY(scan_id) REFERENCES attachment (id)
);
CREATE INDEX inspection_signature_inspection_id_idx ON inspection_signature (inspection_id);

CREATE TABLE signed_content (
  sha256 TEXT NOT NULL,
  inspection_id UUID NOT NULL,
  content BYTEA NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT signed_content_pkey PRIMARY KEY (sha256),
  CONSTRAINT signed_content_inspection_id_fkey FOREIGN KEY(inspection_id) REFERENCES inspection (id)
);

CREATE TABLE inspection_event (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  inspection_id UUID NOT NULL,
  kind TEXT NOT NULL,
  division_id UUID,
  facts JSONB DEFAULT '{}' NOT NULL,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT inspection_event_pkey PRIMARY KEY (id),
  CONSTRAINT inspection_event_inspection_id_fkey FOREIGN KEY(inspection_id) REFERENCES inspection (id),
  CONSTRAINT inspection_event_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id)
);
CREATE INDEX inspection_event_inspection_id_idx ON inspection_event (inspection_id, id);

CREATE TABLE inspection_return (
  id UUID NOT NULL,
  inspection_id UUID NOT NULL,
  division_id UUID NOT NULL,
  file_sha256 TEXT NOT NULL,
  records INTEGER NOT NULL,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT inspection_return_pkey PRIMARY KEY (id),
  CONSTRAINT inspection_return_once UNIQUE (inspection_id, file_sha256),
  CONSTRAINT inspection_return_inspection_id_fkey FOREIGN KEY(inspection_id) REFERENCES inspection (id),
  CONSTRAINT inspection_return_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id),
  CONSTRAINT inspection_return_file_sha256_fkey FOREIGN KEY(file_sha256) REFERENCES file (sha256)
);

CREATE TABLE inspection_archive (
  id UUID NOT NULL,
  inspection_id UUID NOT NULL,
  file_sha256 TEXT NOT NULL,
  content_sha256 TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  title TEXT NOT NULL,
  content JSONB NOT NULL,
  sides UUID[] NOT NULL,
  imported BOOLEAN NOT NULL,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT inspection_archive_pkey PRIMARY KEY (id),
  CONSTRAINT inspection_archive_once UNIQUE (inspection_id, file_sha256),
  CONSTRAINT inspection_archive_file_sha256_fkey FOREIGN KEY(file_sha256) REFERENCES file (sha256)
);

CREATE TABLE past_round (
  id UUID NOT NULL,
  line_id UUID NOT NULL,
  round INTEGER NOT NULL,
  started_on DATE,
  finished_on DATE NOT NULL,
  lead_id UUID,
  states JSONB DEFAULT '{}' NOT NULL,
  note TEXT,
  source TEXT NOT NULL,
  import_id UUID,
  publication TEXT DEFAULT 'unpublished' NOT NULL,
  actor TEXT NOT NULL,
  at timestamptz DEFAULT clock_timestamp() NOT NULL,
  withdrawn_at timestamptz,
  withdrawn_reason TEXT,
  CONSTRAINT past_round_pkey PRIMARY KEY (id),
  CONSTRAINT past_round_round_check CHECK (round > 0),
  CONSTRAINT past_round_days_check CHECK (started_on <= finished_on),
  CONSTRAINT past_round_publication_check CHECK (publication IN ('unpublished', 'demo')),
  CONSTRAINT past_round_withdrawn_check CHECK ((withdrawn_at IS NULL) = (withdrawn_reason IS NULL)),
  CONSTRAINT past_round_line_id_fkey FOREIGN KEY(line_id) REFERENCES boundary_line (id),
  CONSTRAINT past_round_lead_id_fkey FOREIGN KEY(lead_id) REFERENCES division (id),
  CONSTRAINT past_round_import_id_fkey FOREIGN KEY(import_id) REFERENCES import_run (id)
);
CREATE UNIQUE INDEX past_round_once ON past_round (line_id, round) WHERE withdrawn_at IS NULL;

ALTER TABLE access_token ADD COLUMN key_wrapped BYTEA;
