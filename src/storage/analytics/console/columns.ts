interface Column {
  name: string
  /** As DuckDB names it. */
  type: string
  about: string
}

interface Table {
  about: string
  columns: readonly Column[]
}

const column = (name: string, type: string, about: string): Column => ({ name, type, about })

const TRACE_ID = column('trace_id', 'UUID', 'The trace it belongs to.')
const PROJECT_ID = column('project_id', 'UUID', 'The project of the trace.')

/** What people see of the tables of the SQL console; `snapshot.ts` fills them. A test holds it against what is there. */
export const CONSOLE_COLUMNS = {
  traces: {
    about: 'A row for each trace.',
    columns: [
      column('id', 'UUID', 'Its id.'),
      PROJECT_ID,
      column('started_at', 'TIMESTAMP', 'When it began, in UTC.'),
      column('latency_ms', 'BIGINT', 'How long it took, in milliseconds.'),
      column('failed', 'BOOLEAN', 'Whether it ended in an error.'),
      column('error', 'VARCHAR', 'The error, as it was reported.'),
      column('failure_type', 'VARCHAR', 'timeout, rate_limit, invalid_response or context_length.'),
      column('name', 'VARCHAR', 'Its name.'),
      column('model', 'VARCHAR', 'The model of the trace.'),
      column('environment', 'VARCHAR', 'prod, staging and the like.'),
      column('session_id', 'VARCHAR', 'The conversation it is a turn of.'),
      column('user_id', 'VARCHAR', 'Who it was for.'),
      column('tags', 'VARCHAR[]', 'Its tags as key=value.'),
      column('cost', 'DOUBLE', 'US dollars; NULL where nothing has a price.'),
      column('prompt_tokens', 'BIGINT', 'Tokens sent to models.'),
      column('completion_tokens', 'BIGINT', 'Tokens that models wrote.'),
      column('span_count', 'INTEGER', 'How many spans it has.'),
    ],
  },
  spans: {
    about: 'A row for each step of a trace.',
    columns: [
      TRACE_ID,
      column('started_at', 'TIMESTAMP', 'When it began, in UTC.'),
      column('latency_ms', 'BIGINT', 'How long it took, in milliseconds.'),
      column('name', 'VARCHAR', 'Its name.'),
      column('type', 'VARCHAR', 'llm, tool, retrieval, agent and the like.'),
      column('failed', 'BOOLEAN', 'Whether it ended in an error.'),
      column('failure_type', 'VARCHAR', 'As of traces.'),
    ],
  },
  calls: {
    about: 'A row for each step that used a model or cost something.',
    columns: [
      TRACE_ID,
      PROJECT_ID,
      column('trace_started_at', 'TIMESTAMP', 'When its trace began, in UTC.'),
      column('latency_ms', 'BIGINT', 'How long it took, in milliseconds.'),
      column('failed', 'BOOLEAN', 'Whether it ended in an error.'),
      column('name', 'VARCHAR', 'Its name.'),
      column('model', 'VARCHAR', 'The model that was called.'),
      column('provider', 'VARCHAR', 'Who serves it.'),
      column('cost', 'DOUBLE', 'US dollars; NULL without a price.'),
      column('prompt_tokens', 'BIGINT', 'Tokens sent, with those that were cached.'),
      column('completion_tokens', 'BIGINT', 'Tokens written, with those of reasoning.'),
      column('cache_read_tokens', 'BIGINT', 'Of those sent, read from a cache.'),
      column('cache_write_tokens', 'BIGINT', 'Of those sent, written to a cache.'),
      column('reasoning_tokens', 'BIGINT', 'Of those written, reasoning.'),
    ],
  },
  feedback: {
    about: 'A row for each verdict of a person.',
    columns: [
      column('id', 'UUID', 'Its id.'),
      TRACE_ID,
      column('label', 'VARCHAR', 'good, bad or neutral.'),
      column('score', 'DOUBLE', 'A number, where one was given.'),
      column('created_at', 'TIMESTAMP', 'When it was given, in UTC.'),
    ],
  },
  evaluations: {
    about: 'A row for each evaluation of a trace.',
    columns: [
      column('id', 'UUID', 'Its id.'),
      TRACE_ID,
      column('metric', 'VARCHAR', 'What was judged.'),
      column('evaluator_type', 'VARCHAR', 'A rule, a model, a person…'),
      column('context', 'VARCHAR', 'What it was run for.'),
      column('status', 'VARCHAR', 'How far it is.'),
      column('label', 'VARCHAR', 'pass, fail or another word.'),
      column('score', 'DOUBLE', '0 to 1.'),
      column('created_at', 'TIMESTAMP', 'When it was made, in UTC.'),
    ],
  },
  tasks: {
    about: 'A row for each background task that has ended.',
    columns: [
      column('id', 'UUID', 'Its id.'),
      column('kind', 'VARCHAR', 'What it does, such as prices.recompute.'),
      column('outcome', 'VARCHAR', 'done, dead or cancelled: the last one, while it runs again.'),
      column('attempts', 'INTEGER', 'How often it was begun.'),
      column('error', 'VARCHAR', 'Why it failed the last time.'),
      column('created_at', 'TIMESTAMP', 'When it was made, in UTC.'),
      column('finished_at', 'TIMESTAMP', 'When it ended, in UTC.'),
    ],
  },
} as const satisfies Record<string, Table>

export type ConsoleTable = keyof typeof CONSOLE_COLUMNS
