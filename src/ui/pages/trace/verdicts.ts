import type { Outline } from './data.ts'

export type Evaluation = NonNullable<Outline['evals']>[number]
export type VerdictKind = 'bad' | 'warn' | 'off' | 'ok'

/** What one step, or with `span` null the trace, scored by one metric: the newest last. */
export interface Scored {
  span: string | null
  all: readonly Evaluation[]
  newest: Evaluation
}

const WORST_FIRST: readonly VerdictKind[] = ['bad', 'warn', 'off', 'ok']
const KINDS: Record<string, VerdictKind> = { pass: 'ok', warn: 'warn', fail: 'bad' }

export function verdictOf({ status, label, score }: Evaluation): VerdictKind {
  if (status !== 'complete' || score === null) return 'off'
  return KINDS[label ?? ''] ?? (score >= 0.5 ? 'ok' : 'bad')
}

const points = (score: number): string => score.toFixed(2)

/** `0.42, fail`, or how far it has come. */
export const inWords = ({ status, score, label }: Evaluation): string =>
  score === null ? status : label === null ? points(score) : `${points(score)}, ${label}`

/** `faithfulness 0.42` */
export const named = ({ metric_name, score, status }: Evaluation): string =>
  `${metric_name.replaceAll('_', ' ')} ${score === null ? status : points(score)}`

/** By metric, and in each what scored worst first. Takes evaluations from the oldest on, as the API answers them. */
export function byMetric(evals: readonly Evaluation[]): Map<string, readonly [Scored, ...Scored[]]> {
  const found = new Map<string, readonly [Scored, ...Scored[]]>()
  for (const [metric, ofMetric] of grouped(evals, ({ metric_name }) => metric_name)) {
    const scored = [...grouped(ofMetric, ({ span_id }) => span_id)].flatMap(([span, all]): Scored[] => {
      const newest = all.at(-1)
      return newest ? [{ span, all, newest }] : []
    })
    const [worst, ...others] = scored.sort((a, b) => weight(a) - weight(b))
    if (worst) found.set(metric, [worst, ...others])
  }
  return found
}

function grouped<T, K>(all: readonly T[], keyOf: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const one of all) {
    const group = groups.get(keyOf(one))
    if (group) group.push(one)
    else groups.set(keyOf(one), [one])
  }
  return groups
}

const weight = ({ newest }: Scored): number => WORST_FIRST.indexOf(verdictOf(newest)) + (newest.score ?? 0)

/** What a step's row says of it: its worst verdict, and all of them in words. */
export interface Verdict {
  kind: VerdictKind
  words: string
}

export function verdictsBySpan(evals: readonly Evaluation[]): ReadonlyMap<string, Verdict> {
  const found = new Map<string, Verdict>()
  for (const [span, ofSpan] of grouped(evals, ({ span_id }) => span_id)) {
    if (span === null) continue
    const newest = [...byMetric(ofSpan).values()].map(([scored]) => scored.newest)
    const kinds = newest.map(verdictOf)
    const kind = WORST_FIRST.find((one) => kinds.includes(one)) ?? 'off'
    found.set(span, { kind, words: newest.map(named).join(', ') })
  }
  return found
}
