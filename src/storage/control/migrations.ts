import type { Migration } from '../migrate.ts'
import { TRIAGE } from './triage-migration.ts'

/**
 * The schema of `control.db`: what people configure and decide, and the tasks that follow from it.
 * Ids are UUID text, times INTEGER milliseconds since the epoch, booleans 0 or 1, JSON is text. A landed migration never changes.
 */
export const controlMigrations: readonly Migration[] = [
  { version: 1, name: 'identity, projects, audit, tasks, places', up: (db) => void db.exec(V1) },
  { version: 2, name: 'tasks that can be watched and called off, schedules', up: (db) => void db.exec(TASKS) },
  { version: 3, name: 'redaction of projects', up: (db) => void db.exec(REDACTION) },
  { version: 4, name: 'demos', up: (db) => void db.exec(DEMOS) },
  { version: 5, name: 'prices of models', up: (db) => void db.exec(MODEL_PRICES) },
  { version: 6, name: 'failures and anomalies', up: (db) => void db.exec(TRIAGE) },
]

const V1 = `
CREATE TABLE tenants (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  slug TEXT NOT NULL UNIQUE,
  plan TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE COLLATE NOCASE,
  password_hash TEXT,
  first_name TEXT,
  last_name TEXT,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE memberships (
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('owner', 'member', 'viewer')),
  status TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_by_user ON memberships (user_id, created_at);
CREATE INDEX memberships_by_role ON memberships (role);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  last_seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id, tenant_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE projects (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  name TEXT NOT NULL COLLATE NOCASE,
  slug TEXT NOT NULL,
  description TEXT,
  is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
  retention_days_override INTEGER CHECK (retention_days_override >= 1),
  prompt_autoship_enabled INTEGER NOT NULL DEFAULT 0 CHECK (prompt_autoship_enabled IN (0, 1)),
  archived_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (tenant_id, name),
  UNIQUE (tenant_id, slug)
) STRICT;
CREATE INDEX projects_by_age ON projects (tenant_id, created_at, id);
CREATE UNIQUE INDEX projects_default ON projects (tenant_id) WHERE is_default = 1;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  project_id TEXT REFERENCES projects (id) ON DELETE SET NULL,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  scopes TEXT,
  created_by_user_id TEXT REFERENCES users (id) ON DELETE SET NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER,
  expires_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_age ON api_keys (tenant_id, created_at, id);
CREATE INDEX api_keys_by_creator ON api_keys (created_by_user_id);
CREATE INDEX api_keys_by_project ON api_keys (project_id);

CREATE TABLE audit_entries (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  n INTEGER NOT NULL CHECK (n >= 1),
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target_type TEXT,
  target_id TEXT,
  details TEXT NOT NULL,
  prev_hash TEXT NOT NULL,
  curr_hash TEXT NOT NULL,
  PRIMARY KEY (tenant_id, n)
) STRICT, WITHOUT ROWID;

-- queued: waits for run_at · running: leased until lease_until, to the holder of lease_token · done · dead: attempts used up
CREATE TABLE tasks (
  id TEXT PRIMARY KEY,
  tenant_id TEXT REFERENCES tenants (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  -- At most one unfinished task of a kind has the same key: who enqueues twice enqueues once.
  dedupe_key TEXT,
  payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'dead')),
  priority INTEGER NOT NULL DEFAULT 0,
  run_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),
  lease_until INTEGER,
  lease_token TEXT,
  error TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE INDEX tasks_ready ON tasks (priority DESC, run_at, id) WHERE state = 'queued';
CREATE INDEX tasks_due ON tasks (run_at) WHERE state = 'queued';
CREATE INDEX tasks_leased ON tasks (lease_until) WHERE state = 'running';
CREATE INDEX tasks_finished ON tasks (finished_at) WHERE state IN ('done', 'dead');
CREATE INDEX tasks_by_tenant ON tasks (tenant_id, kind, state, created_at);
CREATE UNIQUE INDEX tasks_once ON tasks (kind, dedupe_key) WHERE dedupe_key IS NOT NULL AND state IN ('queued', 'running');

CREATE TABLE follower_places (
  name TEXT PRIMARY KEY,
  seq INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`

/** The table is made anew, with its rows, because SQLite cannot widen a CHECK. Nothing refers to it. */
const TASKS = `
ALTER TABLE tasks RENAME TO tasks_before;
DROP INDEX tasks_ready;
DROP INDEX tasks_due;
DROP INDEX tasks_leased;
DROP INDEX tasks_finished;
DROP INDEX tasks_by_tenant;
DROP INDEX tasks_once;

-- queued: waits for run_at · running: leased until lease_until, to the holder of lease_token
-- done · dead: attempts used up, or no use in trying again · cancelled
CREATE TABLE tasks (
  id TEXT PRIMARY KEY,
  -- Null: work of the appliance itself, which no tenant sees.
  tenant_id TEXT REFERENCES tenants (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  -- At most one unfinished task of a tenant and kind has the same key: who enqueues twice enqueues once.
  dedupe_key TEXT,
  payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'dead', 'cancelled')),
  run_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  max_attempts INTEGER NOT NULL CHECK (max_attempts >= 1),
  lease_until INTEGER,
  lease_token TEXT,
  cancel_requested_at INTEGER,
  progress_done INTEGER,
  progress_total INTEGER,
  progress_message TEXT,
  result TEXT,
  error TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
INSERT INTO tasks (id, tenant_id, kind, dedupe_key, payload, state, run_at, attempts, max_attempts, lease_until, lease_token, error,
  created_at, updated_at, finished_at)
  SELECT id, tenant_id, kind, dedupe_key, payload, state, run_at, attempts, max_attempts, lease_until, lease_token, error,
    created_at, updated_at, finished_at FROM tasks_before;
DROP TABLE tasks_before;
CREATE INDEX tasks_ready ON tasks (kind, run_at, id) WHERE state = 'queued';
CREATE INDEX tasks_due ON tasks (run_at) WHERE state = 'queued';
CREATE INDEX tasks_leased ON tasks (lease_until) WHERE state = 'running';
CREATE INDEX tasks_finished ON tasks (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX tasks_dead ON tasks (kind) WHERE state = 'dead';
CREATE INDEX tasks_by_tenant ON tasks (tenant_id, id);
CREATE INDEX tasks_by_state ON tasks (tenant_id, state, id);
CREATE INDEX tasks_by_kind ON tasks (tenant_id, kind, id);
CREATE INDEX tasks_by_kind_state ON tasks (tenant_id, kind, state, id);
CREATE UNIQUE INDEX tasks_once ON tasks (kind, ifnull(tenant_id, ''), dedupe_key)
  WHERE dedupe_key IS NOT NULL AND state IN ('queued', 'running');

-- When a schedule was last due, and the task that it then became.
CREATE TABLE schedules (
  name TEXT PRIMARY KEY,
  due_at INTEGER NOT NULL,
  task_id TEXT,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`

/** JSON of the rules (`ingest/redact/rules.ts`); null: those of the configuration alone. */
const REDACTION = 'ALTER TABLE projects ADD COLUMN redaction TEXT'

/** A demo goes with its project. The task is the last that was made for it; tasks are swept, so it may be gone. */
const DEMOS = `
CREATE TABLE demos (
  tenant_id TEXT PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
  project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
  seed INTEGER NOT NULL,
  days INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('loading', 'loaded', 'removing')),
  -- How many parts of the traffic are stored, the traces in them, and the share of the time that is over with them.
  stretches INTEGER NOT NULL,
  traces INTEGER NOT NULL,
  progress REAL NOT NULL,
  task_id TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX demos_by_project ON demos (project_id);
`

/** `rates` and `tiers` are JSON objects; `provider` is '' for any. */
const MODEL_PRICES = `
CREATE TABLE model_prices (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  model TEXT NOT NULL,
  match TEXT NOT NULL CHECK (match IN ('exact', 'regex')),
  provider TEXT NOT NULL,
  effective_from INTEGER NOT NULL,
  rates TEXT NOT NULL,
  per_call REAL NOT NULL,
  tiers TEXT NOT NULL,
  note TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (tenant_id, model, match, provider, effective_from)
) STRICT;
`
