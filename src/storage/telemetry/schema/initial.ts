/**
 * `telemetry.db`. What lists and filters read (`traces`, `spans`) is apart from what is only read when one trace is opened
 * (`*_payloads`), so that a page of a list never touches a payload page.
 *
 * key       row number inside this file, never shown outside
 * seq       place in the log: every change of a trace takes the next number; followers read `traces` in its order
 * term      one thing a trace can be filtered by for equality (`model` = gpt-4o, `metadata.tier` = pro)
 * posting   "this trace has this term", in the order of the newest-first list
 * fixed     bits of the fields that the client gave outright (see `fold.ts`)
 */
export const INITIAL = `
CREATE TABLE log_head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL) STRICT;
INSERT INTO log_head VALUES (1, 0);

CREATE TABLE tenants (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE projects (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant INTEGER NOT NULL) STRICT;

CREATE TABLE traces (
  key INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  project INTEGER NOT NULL,
  id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  created_seq INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  external_id TEXT,
  otel_trace_id TEXT,
  session_id TEXT,
  user_id TEXT,
  environment TEXT,
  name TEXT,
  model TEXT,
  error TEXT,
  failure_type TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  latency_ms INTEGER,
  cost REAL,
  prompt_tokens INTEGER,
  completion_tokens INTEGER,
  total_tokens INTEGER,
  span_count INTEGER NOT NULL,
  tags TEXT NOT NULL,
  tag_map TEXT NOT NULL,
  input_preview TEXT,
  output_preview TEXT,
  fixed INTEGER NOT NULL,
  root_span INTEGER,
  root_rank INTEGER,
  root_started_at INTEGER,
  root_error TEXT,
  root_failure_type TEXT,
  model_cost REAL,
  last_started_at INTEGER,
  last_error TEXT,
  last_failure_type TEXT
) STRICT;
CREATE UNIQUE INDEX traces_id ON traces (tenant, id);
CREATE UNIQUE INDEX traces_seq ON traces (seq);
CREATE INDEX traces_started ON traces (tenant, started_at, key);
CREATE INDEX traces_project ON traces (project, started_at, key);
CREATE INDEX traces_latency ON traces (tenant, ifnull(latency_ms, -1), key);
CREATE INDEX traces_cost ON traces (tenant, ifnull(cost, -1), key);
CREATE INDEX traces_tokens ON traces (tenant, ifnull(total_tokens, -1), key);

CREATE TABLE trace_payloads (
  key INTEGER PRIMARY KEY,
  input TEXT,
  output TEXT,
  metadata TEXT NOT NULL
) STRICT;

CREATE TABLE spans (
  key INTEGER PRIMARY KEY,
  trace INTEGER NOT NULL,
  id TEXT NOT NULL,
  external_id TEXT,
  parent_id TEXT,
  otel_span_id TEXT,
  created_at INTEGER NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  kind TEXT,
  model TEXT,
  provider TEXT,
  error TEXT,
  failure_type TEXT,
  started_at INTEGER,
  ended_at INTEGER,
  latency_ms INTEGER,
  cost REAL,
  prompt_tokens INTEGER,
  completion_tokens INTEGER,
  cache_read_tokens INTEGER,
  cache_write_tokens INTEGER,
  reasoning_tokens INTEGER,
  input_audio_tokens INTEGER,
  output_audio_tokens INTEGER
) STRICT;
CREATE UNIQUE INDEX spans_id ON spans (trace, id);

CREATE TABLE span_payloads (
  key INTEGER PRIMARY KEY,
  input TEXT,
  output TEXT,
  metadata TEXT NOT NULL,
  otlp TEXT,
  otlp_context INTEGER
) STRICT;
CREATE TABLE otlp_contexts (key INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;

CREATE TABLE events (
  key INTEGER PRIMARY KEY,
  trace INTEGER NOT NULL,
  id TEXT NOT NULL,
  span_id TEXT,
  level TEXT NOT NULL,
  message TEXT NOT NULL,
  at INTEGER,
  metadata TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX events_id ON events (trace, id);

CREATE TABLE terms (key INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX terms_value ON terms (tenant, name, value);
CREATE TABLE postings (
  term INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  trace INTEGER NOT NULL,
  PRIMARY KEY (term, started_at, trace)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_daily (
  tenant INTEGER NOT NULL,
  day TEXT NOT NULL,
  traces INTEGER NOT NULL,
  spans INTEGER NOT NULL,
  PRIMARY KEY (tenant, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  tenant INTEGER NOT NULL,
  project INTEGER,
  received_at INTEGER NOT NULL,
  source TEXT NOT NULL,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  subject_id TEXT,
  state TEXT NOT NULL DEFAULT 'open',
  size INTEGER NOT NULL
) STRICT;
CREATE INDEX dead_letters_received ON dead_letters (tenant, received_at, key);
CREATE TABLE dead_letter_payloads (key INTEGER PRIMARY KEY, payload TEXT NOT NULL) STRICT;
`
