import type { z } from 'zod'
import { rfc3339 } from '../../clock.ts'
import type { TaskRow } from '../../storage/control/schema.ts'
import type { task } from './contract.ts'

/** A task as the API shows it. Its payload is not shown: it may hold what only the work may see. */
export const presentTask = (row: TaskRow): z.output<typeof task> => ({
  id: row.id,
  kind: row.kind,
  state: row.state,
  attempts: row.attempts,
  max_attempts: row.max_attempts,
  progress: progressOf(row),
  result: row.result === null ? null : (JSON.parse(row.result) as Record<string, unknown>),
  error: row.error,
  cancel_requested: row.cancel_requested_at !== null,
  run_at: rfc3339(row.run_at),
  created_at: rfc3339(row.created_at),
  updated_at: rfc3339(row.updated_at),
  finished_at: row.finished_at === null ? null : rfc3339(row.finished_at),
})

function progressOf({ progress_done: done, progress_total: total, progress_message: message }: TaskRow) {
  return done === null && total === null && message === null ? null : { done, total, message }
}
