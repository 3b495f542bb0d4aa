import type { Database } from 'better-sqlite3'
import type { EvaluationFact, FeedbackFact } from './facts.ts'

/** Numbers of the tenant and project that a fact is of. */
interface Owner {
  tenant: number
  project: number
}

/** Writes what is said of traces beside them. Part of the writer: it runs inside its transactions and takes its places of the log. */
export class FactWriter {
  readonly #sql: ReturnType<typeof statements>
  readonly #nextSeq: () => number
  /** Feedback whose trace has not come. While there is none, a new trace costs nothing here. */
  #waiting = 0

  constructor(db: Database, nextSeq: () => number) {
    this.#sql = statements(db)
    this.#nextSeq = nextSeq
    this.reload()
  }

  /** Reads anew what is held in memory, after a rollback. */
  reload(): void {
    this.#waiting = this.#sql.countWaiting.get() ?? 0
  }

  /** Feedback that is there already (the same id) stays as it was. */
  feedback(fact: FeedbackFact, { tenant, project }: Owner): void {
    const trace = this.#sql.findTrace.get(tenant, fact.traceId)
    const { changes } = this.#sql.insertFeedback.run(
      this.#nextSeq(),
      tenant,
      trace?.project ?? project,
      trace?.key ?? null,
      fact.traceId,
      fact.id,
      fact.label,
      fact.score,
      fact.comment,
      fact.metadata,
      fact.createdAt,
    )
    if (!trace) this.#waiting += changes
  }

  /** Hands a new trace the feedback that came before it. */
  attach(key: number, id: string, { tenant, project }: Owner): void {
    if (this.#waiting === 0) return
    for (const feedback of this.#sql.waitingFor.all(tenant, id)) {
      this.#sql.attach.run(this.#nextSeq(), key, project, feedback)
      this.#waiting -= 1
    }
  }

  /** Is it a new one? */
  evaluation(fact: EvaluationFact, tenant: number): boolean {
    const trace = this.#sql.findTrace.get(tenant, fact.traceId)
    if (!trace) return false
    const known = this.#sql.knowsEvaluation.get(fact.id) !== undefined
    this.#sql.putEvaluation.run(
      this.#nextSeq(),
      tenant,
      trace.project,
      trace.key,
      fact.id,
      fact.traceId,
      fact.spanId,
      fact.metric,
      fact.evaluatorType,
      fact.evaluatorVersion,
      fact.modelTier,
      fact.status,
      fact.score,
      fact.label,
      fact.reasoning,
      fact.error,
      fact.context,
      fact.sourceActionId,
      fact.originalEvaluationId,
      fact.ruleId,
      fact.judgeModel,
      fact.judgeTokens,
      fact.judgeCost,
      fact.createdAt,
      fact.completedAt,
    )
    return !known
  }
}

/** What of an evaluation changes as it goes on, besides its `seq`. */
const CHANGING = `evaluator_version, status, score, label, reasoning, error, judge_model, judge_tokens, judge_cost, completed_at`

function statements(db: Database) {
  const changing = CHANGING.split(', ').map((column) => `${column} = excluded.${column}`)
  return {
    findTrace: db.prepare<[number, string], { key: number; project: number }>(
      'SELECT key, project FROM traces WHERE tenant = ? AND id = ?',
    ),
    countWaiting: db.prepare<[], number>('SELECT count(*) FROM feedback WHERE trace IS NULL').pluck(),
    waitingFor: db
      .prepare<[number, string], number>('SELECT key FROM feedback WHERE tenant = ? AND trace_id = ? AND trace IS NULL')
      .pluck(),
    attach: db.prepare<[number, number, number, number]>(
      'UPDATE feedback SET seq = ?, trace = ?, project = ? WHERE key = ?',
    ),
    insertFeedback: db.prepare(
      `INSERT INTO feedback (seq, tenant, project, trace, trace_id, id, label, score, comment, metadata, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ),
    knowsEvaluation: db.prepare<[string], number>('SELECT key FROM evaluations WHERE id = ?').pluck(),
    putEvaluation: db.prepare(
      `INSERT INTO evaluations (seq, tenant, project, trace, id, trace_id, span_id, metric, evaluator_type, evaluator_version, model_tier,
         status, score, label, reasoning, error, context, source_action_id, original_evaluation_id, rule_id, judge_model, judge_tokens,
         judge_cost, created_at, completed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, ${changing} WHERE tenant = excluded.tenant`,
    ),
  }
}
