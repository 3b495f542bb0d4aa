import { describe, expect, it } from 'vitest'
import { byMetric, type Evaluation, inWords, named, verdictOf, verdictsBySpan } from './verdicts.ts'

const scored = (fields: Partial<Evaluation>): Evaluation => ({
  ...{ id: 'e', trace_id: 't', project_id: 'p', span_id: null, metric_name: 'faithfulness' },
  ...{ evaluator_type: 'llm', model_tier: null, status: 'complete', score: 1, label: null, reasoning: null },
  ...{ error: null, context: 'fresh', source_action_id: null, original_evaluation_id: null, judge_model: null },
  ...{ created_at: '2026-03-01T12:00:00.000Z', completed_at: null },
  ...fields,
})

describe('verdicts', () => {
  it('go by the label, else by the score', () => {
    expect(verdictOf(scored({ score: 0.2, label: 'pass' }))).toBe('ok')
    expect(verdictOf(scored({ score: 0.9, label: 'warn' }))).toBe('warn')
    expect(verdictOf(scored({ score: 0.49 }))).toBe('bad')
    expect(verdictOf(scored({ status: 'running', score: null }))).toBe('off')
    expect(inWords(scored({ score: 0.424, label: 'fail' }))).toBe('0.42, fail')
    expect(named(scored({ metric_name: 'tone_of_voice', status: 'pending', score: null }))).toBe(
      'tone of voice pending',
    )
  })

  it('of a metric have the newest of each step, the worst first', () => {
    const evals = [
      scored({ span_id: 'a', score: 0.1 }),
      scored({ span_id: 'b', score: 0.3 }),
      scored({ score: 0.9 }),
      scored({ span_id: 'a', score: 0.8 }),
    ]
    const all = byMetric(evals).get('faithfulness') ?? []
    expect(all.map(({ span, newest }) => [span, newest.score])).toEqual([
      ['b', 0.3],
      ['a', 0.8],
      [null, 0.9],
    ])
    expect(all[1]?.all).toHaveLength(2)
  })

  it('of a step are its worst', () => {
    const verdicts = verdictsBySpan([
      scored({ span_id: 'a', score: 0.9 }),
      scored({ span_id: 'a', metric_name: 'toxicity', score: 0.7, label: 'warn' }),
      scored({ score: 0 }),
    ])
    expect([...verdicts]).toEqual([['a', { kind: 'warn', words: 'faithfulness 0.90, toxicity 0.70' }]])
  })
})
