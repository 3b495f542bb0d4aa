import { tracePage } from './answer.ts'
import { attachment } from './attachment.ts'
import { traceCosts } from './costs.ts'
import { deadLetter, deadLetterPage, deadLetterTotals, lettersToReplay } from './dead-letters.ts'
import { moreSpans, spanDetail, traceDetail, traceOutline } from './detail.ts'
import { exportIsCut, traceExport } from './export.ts'
import { feedbackPage } from './feedback.ts'
import { findInTrace } from './find.ts'
import { ingestHealth } from './ingest-health.ts'
import { changesAfter } from './log.ts'
import { newestTrace, newTraces } from './new-traces.ts'
import { firstTraces, tracesBefore } from './old-traces.ts'
import { otlpPage, otlpSpans } from './otlp.ts'
import { priceableCount, priceablePage } from './priceable.ts'
import { searchPage } from './search-page.ts'
import { session, sessionPage } from './sessions.ts'
import { unpricedModels } from './unpriced.ts'
import { usageDaily, usageSince } from './usage.ts'

/**
 * What can be asked of the reader threads. A question answers a value, or a generator of bytes that is drawn piece by piece, or
 * null where there is nothing.
 */
export const QUESTIONS = {
  tracePage,
  traceDetail,
  moreSpans,
  traceOutline,
  spanDetail,
  findInTrace,
  traceCosts,
  attachment,
  traceExport,
  exportIsCut,
  changesAfter,
  newTraces,
  newestTrace,
  tracesBefore,
  firstTraces,
  searchPage,
  usageSince,
  usageDaily,
  unpricedModels,
  priceablePage,
  priceableCount,
  deadLetterPage,
  deadLetter,
  lettersToReplay,
  deadLetterTotals,
  feedbackPage,
  sessionPage,
  otlpPage,
  ingestHealth,
  otlpSpans,
  session,
}

export type Questions = typeof QUESTIONS
export type QuestionName = keyof Questions
export type AskOf<Q extends QuestionName> = Parameters<Questions[Q]>[1]
export type AnswerOf<Q extends QuestionName> = ReturnType<Questions[Q]>
