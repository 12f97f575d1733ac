-- Facilities, walking networks, population and coverage.

CREATE TABLE facility (
  id UUID NOT NULL,
  CONSTRAINT facility_pkey PRIMARY KEY (id)
);

CREATE TABLE facility_version (
  id UUID NOT NULL,
  facility_id UUID NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  code TEXT,
  division_id UUID,
  division_code TEXT,
  address TEXT,
  capacity INTEGER,
  beds INTEGER,
  nursing_beds INTEGER,
  valid DATERANGE NOT NULL,
  geom geometry(POINT,4490),
  position_quality TEXT NOT NULL,
  given_x FLOAT,
  given_y FLOAT,
  source_crs TEXT,
  source TEXT NOT NULL,
  import_id UUID,
  publication TEXT DEFAULT 'unpublished' NOT NULL,
  CONSTRAINT facility_version_pkey PRIMARY KEY (id),
  CONSTRAINT facility_version_position_quality_check CHECK (position_quality IN ('none', 'township', 'village', 'mapped', 'measured')),
  CONSTRAINT facility_version_placed_check CHECK ((geom IS NULL) = (position_quality = 'none')),
  CONSTRAINT facility_version_sizes_check CHECK (capacity >= 0 AND beds >= 0 AND nursing_beds >= 0),
  CONSTRAINT facility_version_publication_check CHECK (publication IN ('unpublished', 'demo', 'published')),
  CONSTRAINT facility_version_valid_check CHECK (NOT isempty(valid)),
  CONSTRAINT facility_version_once EXCLUDE USING gist (facility_id WITH =, valid WITH &&),
  CONSTRAINT facility_version_facility_id_fkey FOREIGN KEY(facility_id) REFERENCES facility (id),
  CONSTRAINT facility_version_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id),
  CONSTRAINT facility_version_import_id_fkey FOREIGN KEY(import_id) REFERENCES import_run (id)
);
CREATE INDEX facility_version_division_id_idx ON facility_version (division_id);
CREATE INDEX facility_version_facility_id_idx ON facility_version (facility_id);
CREATE INDEX facility_version_geom_idx ON facility_version USING gist (geom);
CREATE INDEX facility_version_kind_name_idx ON facility_version (kind, name);
CREATE INDEX facility_version_near_idx ON facility_version USING gist ((geom::geography));

CREATE TABLE facility_count (
  id UUID NOT NULL,
  kind TEXT NOT NULL,
  division_id UUID NOT NULL,
  as_of DATE NOT NULL,
  number INTEGER NOT NULL,
  source TEXT NOT NULL,
  import_id UUID,
  publication TEXT DEFAULT 'unpublished' NOT NULL,
  CONSTRAINT facility_count_pkey PRIMARY KEY (id),
  CONSTRAINT facility_count_number_check CHECK (number >= 0),
  CONSTRAINT facility_count_publication_check CHECK (publication IN ('unpublished', 'demo', 'published')),
  CONSTRAINT facility_count_kind_division_id_as_of_key UNIQUE (kind, division_id, as_of),
  CONSTRAINT facility_count_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id),
  CONSTRAINT facility_count_import_id_fkey FOREIGN KEY(import_id) REFERENCES import_run (id)
);

CREATE TABLE network (
  id UUID NOT NULL,
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  source_crs TEXT,
  import_id UUID,
  imported_at timestamptz DEFAULT now() NOT NULL,
  edges INTEGER NOT NULL,
  nodes INTEGER NOT NULL,
  length_km FLOAT NOT NULL,
  content_sha256 TEXT NOT NULL,
  publication TEXT DEFAULT 'unpublished' NOT NULL,
  CONSTRAINT network_pkey PRIMARY KEY (id),
  CONSTRAINT network_publication_check CHECK (publication IN ('unpublished', 'demo', 'published')),
  CONSTRAINT network_import_id_fkey FOREIGN KEY(import_id) REFERENCES import_run (id)
);
CREATE INDEX network_name_imported_at_idx ON network (name, imported_at);

CREATE TABLE network_edge (
  network_id UUID NOT NULL,
  number INTEGER NOT NULL,
  from_node INTEGER NOT NULL,
  to_node INTEGER NOT NULL,
  way TEXT,
  highway TEXT,
  foot TEXT,
  access TEXT,
  name TEXT,
  length_m FLOAT NOT NULL,
  geom geometry(LINESTRING,4490) NOT NULL,
  CONSTRAINT network_edge_pkey PRIMARY KEY (network_id, number),
  CONSTRAINT network_edge_length_check CHECK (length_m >= 0),
  CONSTRAINT network_edge_network_id_fkey FOREIGN KEY(network_id) REFERENCES network (id) ON DELETE CASCADE
);
CREATE INDEX network_edge_geom_idx ON network_edge USING gist (geom);

CREATE TABLE network_graph (
  network_id UUID NOT NULL,
  rule TEXT NOT NULL,
  file_sha256 TEXT NOT NULL,
  nodes INTEGER NOT NULL,
  edges INTEGER NOT NULL,
  length_km FLOAT NOT NULL,
  components INTEGER NOT NULL,
  parts JSONB NOT NULL,
  CONSTRAINT network_graph_pkey PRIMARY KEY (network_id, rule),
  CONSTRAINT network_graph_network_id_fkey FOREIGN KEY(network_id) REFERENCES network (id) ON DELETE CASCADE,
  CONSTRAINT network_graph_file_sha256_fkey FOREIGN KEY(file_sha256) REFERENCES file (sha256)
);

CREATE TABLE population_set (
  id UUID NOT NULL,
  name TEXT NOT NULL,
  content TEXT NOT NULL,
  ages TEXT[] NOT NULL,
  people JSONB NOT NULL,
  as_of DATE,
  source TEXT NOT NULL,
  source_crs TEXT,
  import_id UUID,
  imported_at timestamptz DEFAULT now() NOT NULL,
  cells INTEGER,
  cell_size_m FLOAT,
  file_sha256 TEXT,
  extent geometry(POLYGON,4490),
  publication TEXT DEFAULT 'unpublished' NOT NULL,
  CONSTRAINT population_set_pkey PRIMARY KEY (id),
  CONSTRAINT population_set_content_check CHECK (content IN ('cells', 'totals')),
  CONSTRAINT population_set_file_check CHECK ((content = 'cells') = (file_sha256 IS NOT NULL)),
  CONSTRAINT population_set_publication_check CHECK (publication IN ('unpublished', 'demo', 'published')),
  CONSTRAINT population_set_import_id_fkey FOREIGN KEY(import_id) REFERENCES import_run (id),
  CONSTRAINT population_set_file_sha256_fkey FOREIGN KEY(file_sha256) REFERENCES file (sha256)
);
CREATE INDEX population_set_name_imported_at_idx ON population_set (name, imported_at);

CREATE TABLE population_total (
  set_id UUID NOT NULL,
  division_id UUID NOT NULL,
  age TEXT NOT NULL,
  people FLOAT NOT NULL,
  CONSTRAINT population_total_pkey PRIMARY KEY (set_id, division_id, age),
  CONSTRAINT population_total_people_check CHECK (people >= 0),
  CONSTRAINT population_total_set_id_fkey FOREIGN KEY(set_id) REFERENCES population_set (id) ON DELETE CASCADE,
  CONSTRAINT population_total_division_id_fkey FOREIGN KEY(division_id) REFERENCES division (id)
);
CREATE INDEX population_total_division_id_idx ON population_total (division_id);

CREATE TABLE coverage_run (
  id UUID NOT NULL,
  parameters JSONB NOT NULL,
  inputs JSONB NOT NULL,
  result JSONB NOT NULL,
  walk_sha256 TEXT NOT NULL,
  within_id UUID,
  publication TEXT DEFAULT 'unpublished' NOT NULL,
  actor TEXT NOT NULL,
  created_at timestamptz DEFAULT now() NOT NULL,
  CONSTRAINT coverage_run_pkey PRIMARY KEY (id),
  CONSTRAINT coverage_run_publication_check CHECK (publication IN ('unpublished', 'demo', 'published')),
  CONSTRAINT coverage_run_walk_sha256_fkey FOREIGN KEY(walk_sha256) REFERENCES file (sha256),
  CONSTRAINT coverage_run_within_id_fkey FOREIGN KEY(within_id) REFERENCES division (id)
);
CREATE INDEX coverage_run_created_at_idx ON coverage_run (created_at);

CREATE TABLE coverage_snap (
  graph_sha256 TEXT NOT NULL,
  cells_sha256 TEXT NOT NULL,
  limit_m FLOAT NOT NULL,
  file_sha256 TEXT NOT NULL,
  CONSTRAINT coverage_snap_pkey PRIMARY KEY (graph_sha256, cells_sha256, limit_m),
  CONSTRAINT coverage_snap_graph_sha256_fkey FOREIGN KEY(graph_sha256) REFERENCES file (sha256),
  CONSTRAINT coverage_snap_cells_sha256_fkey FOREIGN KEY(cells_sha256) REFERENCES file (sha256),
  CONSTRAINT coverage_snap_file_sha256_fkey FOREIGN KEY(file_sha256) REFERENCES file (sha256)
);

CREATE TABLE coverage_walk (
  graph_sha256 TEXT NOT NULL,
  cells_sha256 TEXT NOT NULL,
  places_sha256 TEXT NOT NULL,
  limit_m FLOAT NOT NULL,
  reach_m FLOAT NOT NULL,
  file_sha256 TEXT NOT NULL,
  CONSTRAINT coverage_walk_pkey PRIMARY KEY (graph_sha256, cells_sha256, places_sha256, limit_m, reach_m),
  CONSTRAINT coverage_walk_graph_sha256_fkey FOREIGN KEY(graph_sha256) REFERENCES file (sha256),
  CONSTRAINT coverage_walk_cells_sha256_fkey FOREIGN KEY(cells_sha256) REFERENCES file (sha256),
  CONSTRAINT coverage_walk_file_sha256_fkey FOREIGN KEY(file_sha256) REFERENCES file (sha256)
);
