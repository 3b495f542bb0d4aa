import type { ReactNode } from 'react'
import { useProjects } from '../../client/projects.ts'
import { Id } from '../../components/copy.tsx'
import { Mark } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { count, duration, exactCount } from '../../lib/format.ts'
import { tagWords } from '../../lib/tags.ts'
import { CostFigure } from './cost-figure.tsx'
import type { Outline } from './data.ts'
import { Filtered } from './filtered.tsx'
import { EvalMarks, FeedbackMarks } from './said-of.tsx'

/** What a trace is, when, how long, and what it cost, in one line that wraps. */
export function Figures({ trace }: { trace: Outline }) {
  const { data: projects = [] } = useProjects()
  const project = projects.find(({ id }) => id === trace.project_id)
  const tagged = Object.entries(trace.tag_map)
  const prompt = sum(trace, 'prompt_tokens')
  const completion = sum(trace, 'completion_tokens')
  return (
    <dl className="figures">
      <Figure name="Status">
        {trace.error === null ? (
          <Mark kind="ok">ok</Mark>
        ) : (
          <Filtered by={{ error: 'true', failure_type: trace.failure_type ?? undefined }} title="Traces that failed so">
            <Mark kind="bad" title={trace.error}>
              {trace.failure_type?.replaceAll('_', ' ') ?? 'error'}
            </Mark>
          </Filtered>
        )}
      </Figure>
      <Figure name="Started">
        <Time at={trace.started_at} />
      </Figure>
      <Figure name="Took">{duration(trace.latency_ms)}</Figure>
      <Figure name="Tokens">
        <span title={`${exactCount(prompt)} in, ${exactCount(completion)} out`}>{count(trace.total_token_count)}</span>
      </Figure>
      <Figure name="Cost">
        <CostFigure trace={trace} />
      </Figure>
      <Figure name="Spans">{exactCount(trace.span_count)}</Figure>
      {trace.model && (
        <Figure name="Model">
          <Filtered by={{ model: trace.model }}>{trace.model}</Filtered>
        </Figure>
      )}
      {trace.session_id && (
        <Figure name="Session">
          <Filtered by={{ session_id: trace.session_id }}>{trace.session_id}</Filtered>
        </Figure>
      )}
      {trace.user_id && (
        <Figure name="User">
          <Filtered by={{ user_id: trace.user_id }}>{trace.user_id}</Filtered>
        </Figure>
      )}
      {trace.environment && (
        <Figure name="Environment">
          <Filtered by={{ environment: trace.environment }}>{trace.environment}</Filtered>
        </Figure>
      )}
      {project && (
        <Figure name="Project">
          <Filtered by={{ project: project.id }}>{project.name}</Filtered>
        </Figure>
      )}
      {(trace.control_loop_depth ?? 0) > 0 && <Figure name="Retries">{exactCount(trace.control_loop_depth)}</Figure>}
      {(trace.feedback ?? []).length > 0 && (
        <Figure name="Feedback">
          <span className="line marks">
            <FeedbackMarks feedback={trace.feedback ?? []} />
          </span>
        </Figure>
      )}
      {(trace.evals ?? []).length > 0 && (
        <Figure name="Evals">
          <span className="line marks">
            <EvalMarks evals={trace.evals ?? []} spans={trace.spans} />
          </span>
        </Figure>
      )}
      <Figure name="Id">
        <Id id={trace.id} what="trace id" />
      </Figure>
      {(trace.tags.length > 0 || tagged.length > 0) && (
        <Figure name="Tags">
          <span className="line tight">
            {trace.tags.map((tag) => (
              <Filtered key={`tag ${tag}`} by={{ tag }} title={`Traces tagged ${tag}`}>
                <span className="badge">{tag}</span>
              </Filtered>
            ))}
            {tagged.map(([key, value]) => (
              <Filtered
                key={`key ${key}`}
                by={{ tag_key: key, tag_value: value }}
                title={`Traces with ${tagWords(key, value)}`}
              >
                <span className="badge">{tagWords(key, value)}</span>
              </Filtered>
            ))}
          </span>
        </Figure>
      )}
    </dl>
  )
}

const Figure = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

const sum = ({ spans }: Outline, field: 'prompt_tokens' | 'completion_tokens'): number =>
  spans.reduce((total, span) => total + (span[field] ?? 0), 0)
