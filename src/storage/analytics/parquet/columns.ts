import type { EXPORT_COLUMNS } from '../../telemetry/questions/export.ts'

/**
 * What the fields of an export are in Parquet, as types of DuckDB. Ids are texts, because few readers know Parquet's own UUIDs. What clients
 * write in their own words, and what grows with the providers, is JSON.
 */
type Fields = Record<string, string>

const EXPORTED: Record<(typeof EXPORT_COLUMNS)[number], string> = {
  id: 'VARCHAR',
  project_id: 'VARCHAR',
  model: 'VARCHAR',
  environment: 'VARCHAR',
  status: 'VARCHAR',
  duration_ms: 'BIGINT',
  token_count: 'BIGINT',
  cost_usd: 'DOUBLE',
  created_at: 'TIMESTAMPTZ',
}

const EVENT: Fields = {
  id: 'VARCHAR',
  span_id: 'VARCHAR',
  level: 'VARCHAR',
  message: 'VARCHAR',
  created_at: 'TIMESTAMPTZ',
  metadata: 'JSON',
}

const FEEDBACK: Fields = {
  id: 'VARCHAR',
  tenant_id: 'VARCHAR',
  project_id: 'VARCHAR',
  trace_id: 'VARCHAR',
  attached: 'BOOLEAN',
  label: 'VARCHAR',
  score: 'DOUBLE',
  comment: 'VARCHAR',
  metadata: 'JSON',
  created_at: 'TIMESTAMPTZ',
}

const EVALUATION: Fields = {
  id: 'VARCHAR',
  trace_id: 'VARCHAR',
  project_id: 'VARCHAR',
  span_id: 'VARCHAR',
  metric_name: 'VARCHAR',
  evaluator_type: 'VARCHAR',
  model_tier: 'VARCHAR',
  status: 'VARCHAR',
  score: 'DOUBLE',
  label: 'VARCHAR',
  reasoning: 'VARCHAR',
  error: 'VARCHAR',
  context: 'VARCHAR',
  source_action_id: 'VARCHAR',
  original_evaluation_id: 'VARCHAR',
  judge_model: 'VARCHAR',
  created_at: 'TIMESTAMPTZ',
  completed_at: 'TIMESTAMPTZ',
}

const SPAN: Fields = {
  id: 'VARCHAR',
  external_id: 'VARCHAR',
  tenant_id: 'VARCHAR',
  trace_id: 'VARCHAR',
  parent_span_id: 'VARCHAR',
  otel_trace_id: 'VARCHAR',
  otel_span_id: 'VARCHAR',
  created_at: 'TIMESTAMPTZ',
  name: 'VARCHAR',
  type: 'VARCHAR',
  kind: 'VARCHAR',
  model: 'VARCHAR',
  provider: 'VARCHAR',
  input: 'VARCHAR',
  output: 'VARCHAR',
  error: 'VARCHAR',
  failure_type: 'VARCHAR',
  start_time: 'TIMESTAMPTZ',
  end_time: 'TIMESTAMPTZ',
  latency_ms: 'BIGINT',
  cost: 'DOUBLE',
  prompt_tokens: 'BIGINT',
  completion_tokens: 'BIGINT',
  cache_read_tokens: 'BIGINT',
  cache_write_tokens: 'BIGINT',
  reasoning_tokens: 'BIGINT',
  usage_details: 'JSON',
  cost_details: 'JSON',
  metadata: 'JSON',
}

const listOf = (fields: Fields): string =>
  `STRUCT(${Object.entries(fields).map(([name, type]) => `"${name}" ${type}`)})[]`

const WHOLE: Fields = {
  id: 'VARCHAR',
  project_id: 'VARCHAR',
  session_id: 'VARCHAR',
  external_id: 'VARCHAR',
  otel_trace_id: 'VARCHAR',
  user_id: 'VARCHAR',
  environment: 'VARCHAR',
  name: 'VARCHAR',
  model: 'VARCHAR',
  latency_ms: 'BIGINT',
  cost: 'DOUBLE',
  total_token_count: 'BIGINT',
  error: 'VARCHAR',
  failure_type: 'VARCHAR',
  tags: 'VARCHAR[]',
  tag_map: 'MAP(VARCHAR, VARCHAR)',
  span_count: 'BIGINT',
  started_at: 'TIMESTAMPTZ',
  ended_at: 'TIMESTAMPTZ',
  input: 'VARCHAR',
  output: 'VARCHAR',
  metadata: 'JSON',
  control_loop_depth: 'BIGINT',
  events: listOf(EVENT),
  feedback: listOf(FEEDBACK),
  evals: listOf(EVALUATION),
  spans: listOf(SPAN),
}

/** By the form of the export's JSON lines. */
export const PARQUET_COLUMNS = { jsonl: EXPORTED, whole: WHOLE } as const
export type ParquetForm = keyof typeof PARQUET_COLUMNS
