import type { Database } from 'better-sqlite3'
import { rfc3339 } from '../../../clock.ts'
import { timeOrNull, writeObject } from './answer.ts'
import { prepared } from './prepared.ts'

interface EvaluationRow {
  id: string
  traceId: string
  projectId: string
  spanId: string | null
  metric: string
  evaluatorType: string
  modelTier: string | null
  status: string
  score: number | null
  label: string | null
  reasoning: string | null
  error: string | null
  context: string
  sourceActionId: string | null
  originalEvaluationId: string | null
  judgeModel: string | null
  createdAt: number
  completedAt: number | null
}

/** How one trace was evaluated, oldest first, as the elements of a JSON list. */
export const evaluationsOf = (db: Database, trace: number): string =>
  prepared<[number], EvaluationRow>(
    db,
    `SELECT e.id, e.trace_id AS traceId, p.id AS projectId, e.span_id AS spanId, e.metric, e.evaluator_type AS evaluatorType,
       e.model_tier AS modelTier, e.status, e.score, e.label, e.reasoning, e.error, e.context, e.source_action_id AS sourceActionId,
       e.original_evaluation_id AS originalEvaluationId, e.judge_model AS judgeModel, e.created_at AS createdAt,
       e.completed_at AS completedAt
     FROM evaluations e JOIN projects p ON p.key = e.project WHERE e.trace = ? ORDER BY e.created_at, e.key`,
  )
    .all(trace)
    .map(evaluationJson)
    .join(',')

const evaluationJson = (row: EvaluationRow): string =>
  writeObject({
    id: row.id,
    trace_id: row.traceId,
    project_id: row.projectId,
    span_id: row.spanId,
    metric_name: row.metric,
    evaluator_type: row.evaluatorType,
    model_tier: row.modelTier,
    status: row.status,
    score: row.score,
    label: row.label,
    reasoning: row.reasoning,
    error: row.error,
    context: row.context,
    source_action_id: row.sourceActionId,
    original_evaluation_id: row.originalEvaluationId,
    judge_model: row.judgeModel,
    created_at: rfc3339(row.createdAt),
    completed_at: timeOrNull(row.completedAt),
  })
