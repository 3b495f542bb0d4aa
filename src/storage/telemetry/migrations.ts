import type { Migration } from '../migrate.ts'

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
const INITIAL = `
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

/**
 * tombstone  a trace that was erased, in the log: its place, and all that is still known of it
 * remains    a trace that is erased and whose spans and events are still being removed, a few at a time
 * log_head   also holds the last keys that were given, so that none is given twice after its row was erased
 */
const ERASING = `
ALTER TABLE log_head ADD COLUMN trace_key INTEGER NOT NULL DEFAULT 0;
ALTER TABLE log_head ADD COLUMN span_key INTEGER NOT NULL DEFAULT 0;
UPDATE log_head SET
  trace_key = (SELECT ifnull(max(key), 0) FROM traces),
  span_key = (SELECT ifnull(max(key), 0) FROM spans);

CREATE TABLE tombstones (
  seq INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  project INTEGER NOT NULL,
  trace_key INTEGER NOT NULL,
  id TEXT NOT NULL
) STRICT;
CREATE TABLE remains (key INTEGER PRIMARY KEY) STRICT;
CREATE INDEX dead_letters_project ON dead_letters (project, received_at, key);
`

/** What is said of traces beside them (`facts.ts`). `trace` is the trace's key, `seq` the fact's own place in the log. */
const FACTS = `
CREATE TABLE feedback (
  key INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  tenant INTEGER NOT NULL,
  project INTEGER NOT NULL,
  trace INTEGER,
  trace_id TEXT NOT NULL,
  id TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL,
  score REAL,
  comment TEXT,
  metadata TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX feedback_seq ON feedback (seq);
CREATE INDEX feedback_trace ON feedback (trace) WHERE trace IS NOT NULL;
CREATE INDEX feedback_waiting ON feedback (tenant, trace_id) WHERE trace IS NULL;
CREATE INDEX feedback_created ON feedback (tenant, created_at, key);

CREATE TABLE evaluations (
  key INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  tenant INTEGER NOT NULL,
  project INTEGER NOT NULL,
  trace INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  trace_id TEXT NOT NULL,
  span_id TEXT,
  metric TEXT NOT NULL,
  evaluator_type TEXT NOT NULL,
  evaluator_version TEXT,
  model_tier TEXT,
  status TEXT NOT NULL,
  score REAL,
  label TEXT,
  reasoning TEXT,
  error TEXT,
  context TEXT NOT NULL,
  source_action_id TEXT,
  original_evaluation_id TEXT,
  rule_id TEXT,
  judge_model TEXT,
  judge_tokens INTEGER,
  judge_cost REAL,
  created_at INTEGER NOT NULL,
  completed_at INTEGER
) STRICT;
CREATE UNIQUE INDEX evaluations_seq ON evaluations (seq);
CREATE INDEX evaluations_trace ON evaluations (trace);
CREATE INDEX evaluations_created ON evaluations (tenant, created_at, key);
`

/**
 * session  what a conversation adds up to in one project, kept by the writer (`sessions.ts`); `term` is that of its `session_id`
 * totals   how many dead letters there are and what their payloads weigh, kept by triggers, so that nobody can forget to
 */
const SESSIONS_AND_LETTERS = `
CREATE TABLE sessions (
  term INTEGER NOT NULL,
  project INTEGER NOT NULL,
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  traces INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  spans INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  priced INTEGER NOT NULL,
  cost REAL NOT NULL,
  PRIMARY KEY (term, project)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_last ON sessions (tenant, last_at, term, project);
INSERT INTO sessions
  SELECT o.term, t.project, t.tenant, t.session_id, min(t.started_at), max(t.started_at), count(*), count(t.error), sum(t.span_count),
    ifnull(sum(t.total_tokens), 0), count(t.cost), ifnull(sum(t.cost), 0)
  FROM terms x CROSS JOIN postings o ON o.term = x.key CROSS JOIN traces t ON t.key = o.trace
  WHERE x.name = 'session_id' GROUP BY o.term, t.project;

ALTER TABLE dead_letters ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dead_letters ADD COLUMN tried_at INTEGER;
ALTER TABLE dead_letters ADD COLUMN settled_at INTEGER;
CREATE INDEX dead_letters_open ON dead_letters (tenant, received_at, key) WHERE state = 'open';
CREATE INDEX dead_letters_settled ON dead_letters (settled_at) WHERE settled_at IS NOT NULL;
CREATE TABLE dead_letter_totals (
  tenant INTEGER NOT NULL,
  project INTEGER NOT NULL,
  letters INTEGER NOT NULL,
  open INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (tenant, project)
) STRICT, WITHOUT ROWID;
INSERT INTO dead_letter_totals
  SELECT tenant, ifnull(project, 0), count(*), sum(state = 'open'), sum(size) FROM dead_letters GROUP BY 1, 2;
CREATE TRIGGER dead_letters_came AFTER INSERT ON dead_letters BEGIN
  INSERT INTO dead_letter_totals VALUES (new.tenant, ifnull(new.project, 0), 1, new.state = 'open', new.size)
  ON CONFLICT (tenant, project) DO UPDATE SET letters = letters + 1, open = open + excluded.open, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER dead_letters_changed AFTER UPDATE OF state ON dead_letters BEGIN
  UPDATE dead_letter_totals SET open = open + (new.state = 'open') - (old.state = 'open')
  WHERE tenant = new.tenant AND project = ifnull(new.project, 0);
END;
CREATE TRIGGER dead_letters_went AFTER DELETE ON dead_letters BEGIN
  UPDATE dead_letter_totals SET letters = letters - 1, open = open - (old.state = 'open'), bytes = bytes - old.size
  WHERE tenant = old.tenant AND project = ifnull(old.project, 0);
END;
`

/**
 * reported_below   bits of what the spans below a span report: what it repeats is not counted again (see `usage-tree.ts`)
 * awaited_spans    spans that have not come yet and whose children have, with what those report
 * attachments      images, sounds and files of messages, each once for a tenant by the SHA-256 of its bytes (hex), which is its id
 * attachment_uses  which traces show an attachment; it goes with the last of them
 */
const ATTACHMENTS = `
ALTER TABLE spans ADD COLUMN reported_below INTEGER;
CREATE TABLE awaited_spans (key INTEGER PRIMARY KEY, trace INTEGER NOT NULL, span_id TEXT NOT NULL, below INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX awaited_spans_id ON awaited_spans (trace, span_id);

CREATE TABLE attachments (
  key INTEGER PRIMARY KEY,
  tenant INTEGER NOT NULL,
  id TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX attachments_id ON attachments (tenant, id);
CREATE TABLE attachment_bodies (key INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE attachment_uses (key INTEGER PRIMARY KEY, trace INTEGER NOT NULL, attachment INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX attachment_uses_trace ON attachment_uses (trace, attachment);
CREATE INDEX attachment_uses_attachment ON attachment_uses (attachment);
CREATE TRIGGER attachment_unused AFTER DELETE ON attachment_uses
WHEN NOT EXISTS (SELECT 1 FROM attachment_uses WHERE attachment = old.attachment)
BEGIN
  DELETE FROM attachment_bodies WHERE key = old.attachment;
  DELETE FROM attachments WHERE key = old.attachment;
END;
`

const COUNTED_EVALUATIONS = 'ALTER TABLE usage_daily ADD COLUMN evals INTEGER NOT NULL DEFAULT 0'

/** How ingest goes, by minute, for a week (`health.ts`). Tenant 0 is nobody known, project 0 none; minute 0 holds what was last, for good. */
const HEALTH = `
CREATE TABLE ingest_health (
  tenant INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  project INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  example TEXT,
  PRIMARY KEY (tenant, minute, project, kind, name)
) STRICT, WITHOUT ROWID;
`

/**
 * price           of a span whose cost was worked out here: the rates and where they come from, as JSON in `prices`, stored once for all
 *                 spans with the same; null where the client said what it cost, or nobody knows
 * usage_more      JSON of the finer parts of a span's usage, for the few that have any
 * unpriced_daily  calls of models with tokens and no price, by the day they came in
 */
const PRICES = `
CREATE TABLE prices (key INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE) STRICT;
ALTER TABLE span_payloads ADD COLUMN price INTEGER;
ALTER TABLE span_payloads ADD COLUMN usage_more TEXT;
CREATE TABLE unpriced_daily (
  tenant INTEGER NOT NULL,
  day TEXT NOT NULL,
  model TEXT NOT NULL,
  provider TEXT NOT NULL,
  tier TEXT NOT NULL,
  spans INTEGER NOT NULL,
  PRIMARY KEY (tenant, day, model, provider, tier)
) STRICT, WITHOUT ROWID;
`

/**
 * said   messages of spans that came as log records (`said.ts`); `state` is 0 while their span has not come, 1 where they are its input or
 *        output, 2 where the span has its own
 */
const SAID = `
CREATE TABLE said (
  key INTEGER PRIMARY KEY,
  trace INTEGER NOT NULL,
  span_id TEXT NOT NULL,
  side TEXT NOT NULL,
  id TEXT NOT NULL,
  whole INTEGER NOT NULL,
  place TEXT NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  messages TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX said_id ON said (trace, span_id, side, id);
CREATE INDEX said_waiting ON said (trace) WHERE state = 0;
`

/**
 * stand_ins     spans that stand for ones of which only log records have come (`stand-ins.ts`)
 * events.otlp   a log record as the event that it is of its span, in OTLP/JSON; null for all other events
 */
const STAND_INS = `
CREATE TABLE stand_ins (key INTEGER PRIMARY KEY, trace INTEGER NOT NULL, span_id TEXT NOT NULL) STRICT;
CREATE UNIQUE INDEX stand_ins_span ON stand_ins (trace, span_id);
ALTER TABLE events ADD COLUMN otlp TEXT;
`

/** repeats   spans of other traces that tell of calls which `trace` tells of (`repeats.ts`); `of_trace` is the trace's id, for it may not have come */
const REPEATS = `
CREATE TABLE repeats (
  key INTEGER PRIMARY KEY,
  trace INTEGER NOT NULL,
  tenant INTEGER NOT NULL,
  of_trace TEXT NOT NULL,
  of_span TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX repeats_of ON repeats (tenant, of_trace, of_span);
CREATE INDEX repeats_trace ON repeats (trace);
`

/**
 * events_logged   finds the events that came as log records, of which few traces have any
 * said.began      when the span began in which something was said, where that is all that is known of it; its `span_id` is '' until it is found
 */
const LOGGED = `
CREATE INDEX events_logged ON events (trace) WHERE otlp IS NOT NULL;
ALTER TABLE said ADD COLUMN began INTEGER;
`

export const TELEMETRY_MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'initial', up: (db) => db.exec(INITIAL) },
  { version: 2, name: 'erasing', up: (db) => db.exec(ERASING) },
  { version: 3, name: 'feedback and evaluations', up: (db) => db.exec(FACTS) },
  { version: 4, name: 'sessions and dead letters', up: (db) => db.exec(SESSIONS_AND_LETTERS) },
  { version: 5, name: 'attachments', up: (db) => db.exec(ATTACHMENTS) },
  { version: 6, name: 'counted evaluations', up: (db) => db.exec(COUNTED_EVALUATIONS) },
  { version: 7, name: 'ingestion health', up: (db) => db.exec(HEALTH) },
  { version: 8, name: 'prices', up: (db) => db.exec(PRICES) },
  { version: 9, name: 'messages from logs', up: (db) => db.exec(SAID) },
  { version: 10, name: 'spans known from logs', up: (db) => db.exec(STAND_INS) },
  { version: 11, name: 'calls that are told twice', up: (db) => db.exec(REPEATS) },
  { version: 12, name: 'events from logs', up: (db) => db.exec(LOGGED) },
]
