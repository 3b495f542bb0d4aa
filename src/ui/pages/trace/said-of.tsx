import type { ReactNode } from 'react'
import { Popup } from '../../components/popup.tsx'
import { Mark } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { useUrl } from '../../lib/url.ts'
import { LabelMark } from '../feedback/labels.tsx'
import type { Outline } from './data.ts'
import { byMetric, type Evaluation, inWords, named, verdictOf } from './verdicts.ts'

/** What was said of the trace by people and by evaluations: small marks that open. */

type Feedback = NonNullable<Outline['feedback']>[number]

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

interface EvalMarksProps {
  evals: readonly Evaluation[]
  /** Of the trace, to name the steps that were evaluated; a step's own marks say nothing of others. */
  spans?: Outline['spans']
}

/** One for each metric: the worst of what the trace and its steps scored last. It opens to all of them, and to what was scored before. */
export const EvalMarks = ({ evals, spans = NO_SPANS }: EvalMarksProps) =>
  [...byMetric(evals)].map(([metric, [worst, ...others]]) => (
    <Opens
      key={metric}
      label={`${named(worst.newest)}${more(others)}${worst.newest.label === null ? '' : `, ${worst.newest.label}`}`}
      mark={
        <Mark kind={verdictOf(worst.newest)}>
          {named(worst.newest)}
          {others.length > 0 && <span className="quiet">{more(others)}</span>}
        </Mark>
      }
    >
      {[worst, ...others].map(({ span, all }) => (
        <section key={span} className="stack tight">
          {spans.length > 0 && <Step spans={spans} id={span} />}
          {all.toReversed().map((one) => (
            <Scored key={one.id} evaluation={one} />
          ))}
        </section>
      ))}
    </Opens>
  ))

const more = (others: readonly unknown[]): string => (others.length > 0 ? ` +${others.length}` : '')
const NO_SPANS: Outline['spans'] = []

/** Which step was scored; it leads there. */
function Step({ spans, id }: { spans: Outline['spans']; id: string | null }) {
  const [, set] = useUrl()
  const step = spans.find((one) => one.id === id)
  if (!step) return <strong>{id === null ? 'The whole trace' : 'A step that is not here'}</strong>
  return (
    <button
      type="button"
      className="row-button"
      onClick={() => set({ span: step.id, view: undefined }, { replace: true })}
    >
      <strong>{step.name}</strong>
    </button>
  )
}

function Scored({ evaluation }: { evaluation: Evaluation }) {
  const { evaluator_type, judge_model, completed_at, created_at, reasoning, error, context } = evaluation
  return (
    <div className="scored">
      <Facts
        facts={[
          [
            'Score',
            <Mark key="score" kind={verdictOf(evaluation)}>
              {inWords(evaluation)}
            </Mark>,
          ],
          ['By', evaluator_type === 'rule' ? 'a rule' : (judge_model ?? 'a model')],
          ['Of', context === 'remediation' ? 'a repaired answer' : null],
          ['When', <Time key="at" at={completed_at ?? created_at} />],
        ]}
      />
      {(error ?? reasoning) && <p>{error ?? reasoning}</p>}
    </div>
  )
}

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
