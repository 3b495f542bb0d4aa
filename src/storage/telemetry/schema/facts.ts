/** What is said of traces beside them (`facts.ts`). `trace` is the trace's key, `seq` the fact's own place in the log. */
export const FACTS = `
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
