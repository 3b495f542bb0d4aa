import type { EvaluationId, FeedbackId, ProjectId, SpanId, TenantId, TraceId } from '../../ids.ts'

/**
 * Facts about a trace that come after it, or before it: they are telemetry, take a `seq` of the log each time they change, and go with
 * their trace when it is erased.
 *
 * feedback    what a person (or the application for them) says of a trace. It may come first: it waits, and is attached when the trace comes
 * evaluation  a score of a trace by one metric, from when it is asked for to when it is known
 */
export type Fact = FeedbackFact | EvaluationFact

export interface FeedbackFact {
  kind: 'feedback'
  id: FeedbackId
  tenantId: TenantId
  /** Stands in for the trace's own project until the trace has come. */
  projectId: ProjectId
  traceId: TraceId
  label: string
  score: number | null
  comment: string | null
  /** JSON text of an object. */
  metadata: string
  createdAt: number
}

const EVALUATION_STATUSES = ['pending', 'running', 'complete', 'failed'] as const

/** One with an id that is known replaces what was said before; one of a trace that is not there is not kept. */
export interface EvaluationFact {
  kind: 'evaluation'
  id: EvaluationId
  tenantId: TenantId
  traceId: TraceId
  spanId: SpanId | null
  metric: string
  evaluatorType: 'llm' | 'rule'
  evaluatorVersion: string | null
  modelTier: string | null
  status: (typeof EVALUATION_STATUSES)[number]
  /** 0 to 1; null until it is complete. */
  score: number | null
  /** `pass`, `warn`, `fail`. */
  label: string | null
  reasoning: string | null
  /** Why it failed. */
  error: string | null
  context: 'fresh' | 'remediation'
  sourceActionId: string | null
  originalEvaluationId: EvaluationId | null
  /** The rule that asked for it. */
  ruleId: string | null
  judgeModel: string | null
  judgeTokens: number | null
  /** US dollars. */
  judgeCost: number | null
  createdAt: number
  completedAt: number | null
}
