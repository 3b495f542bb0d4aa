import type { ReactNode } from 'react'
import { Popup } from '../../components/popup.tsx'
import { Mark } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { LabelMark } from '../feedback/labels.tsx'
import type { Outline } from './data.ts'

/** What was said of the trace by people and by evaluations: small marks that open. */

type Feedback = NonNullable<Outline['feedback']>[number]
type Evaluation = NonNullable<Outline['evals']>[number]

export const FeedbackMarks = ({ feedback }: { feedback: readonly Feedback[] }) =>
  feedback.map((one) => (
    <Opens key={one.id} label={`Feedback: ${one.label}`} mark={<LabelMark label={one.label} />}>
      <Facts
        facts={[
          ['Score', one.score === null ? null : String(one.score)],
          ['Said', <Time key="at" at={one.created_at} />],
        ]}
      />
      <p>{one.comment ?? <span className="quiet">Without a comment.</span>}</p>
    </Opens>
  ))

/** One for each metric: the newest score, and before it what was scored earlier. */
export function EvalMarks({ evals }: { evals: readonly Evaluation[] }) {
  const metrics = Map.groupBy(evals, ({ metric_name }) => metric_name)
  return [...metrics].map(([metric, all]) => {
    const newestFirst = all.toReversed()
    const [newest] = newestFirst
    return (
      newest && (
        <Opens
          key={metric}
          label={`${metric}: ${inWords(newest)}`}
          mark={
            <Mark kind={kindOf(newest)}>
              {metric.replaceAll('_', ' ')} {newest.score === null ? newest.status : score(newest.score)}
            </Mark>
          }
        >
          {newestFirst.map((one) => (
            <Scored key={one.id} evaluation={one} />
          ))}
        </Opens>
      )
    )
  })
}

function Scored({ evaluation }: { evaluation: Evaluation }) {
  const { evaluator_type, judge_model, completed_at, created_at, reasoning, error, context } = evaluation
  return (
    <section className="stack tight">
      <Facts
        facts={[
          ['Score', inWords(evaluation)],
          ['By', evaluator_type === 'rule' ? 'a rule' : (judge_model ?? 'a model')],
          ['Of', context === 'remediation' ? 'a repaired answer' : null],
          ['When', <Time key="at" at={completed_at ?? created_at} />],
        ]}
      />
      {(error ?? reasoning) && <p>{error ?? reasoning}</p>}
    </section>
  )
}

const KINDS: Record<string, 'ok' | 'warn' | 'bad'> = { pass: 'ok', warn: 'warn', fail: 'bad' }

function kindOf({ status, label, score: value }: Evaluation): 'ok' | 'warn' | 'bad' | 'off' {
  if (status !== 'complete' || value === null) return 'off'
  return KINDS[label ?? ''] ?? (value >= 0.5 ? 'ok' : 'bad')
}

const score = (value: number): string => value.toFixed(2)
const inWords = ({ status, score: value, label }: Evaluation): string =>
  value === null ? status : label === null ? score(value) : `${score(value)}, ${label}`

function Opens({ label, mark, children }: { label: string; mark: ReactNode; children: ReactNode }) {
  return (
    <Popup
      label={label}
      className="said-of"
      trigger={
        <button type="button" className="figure-mark" aria-label={label}>
          {mark}
        </button>
      }
    >
      {children}
    </Popup>
  )
}

const Facts = ({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) => (
  <dl className="number">
    {facts.map(
      ([name, value]) =>
        value !== null && (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
    )}
  </dl>
)
