import type { Migration } from '../migrate.ts'
import { ATTACHMENTS } from './schema/attachments.ts'
import { FACTS } from './schema/facts.ts'
import { INITIAL } from './schema/initial.ts'
import { SESSIONS_AND_LETTERS } from './schema/sessions-and-letters.ts'

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

/**
 * repeats   spans of other traces that tell of calls which `trace` tells of (`repeats.ts`); `of_trace` is the trace's id, for it
 * may not have come
 */
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
 * said.began      when the span began in which something was said, where that is all that is known of it; its `span_id` is '' until
 * it is found
 */
const LOGGED = `
CREATE INDEX events_logged ON events (trace) WHERE otlp IS NOT NULL;
ALTER TABLE said ADD COLUMN began INTEGER;
`

/**
 * payload_bytes   what a span's input, output and metadata come to, so that whoever reads many spans in pieces need not open their
 * payloads to weigh them
 */
const WEIGHED = 'ALTER TABLE spans ADD COLUMN payload_bytes INTEGER'

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
  { version: 13, name: 'weighed spans', up: (db) => db.exec(WEIGHED) },
]
