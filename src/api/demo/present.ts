import type { z } from 'zod'
import { rfc3339 } from '../../clock.ts'
import type { DemoState } from '../../jobs/demo/demo.ts'
import type { demo as answer } from './contract.ts'

export type DemoAnswer = z.output<typeof answer>

/** A demo as the API shows it. */
export function presentDemo(demo: DemoState): DemoAnswer {
  if (demo.state === 'none') {
    const nothing = { project_id: null, seed: null, days: null, ends_at: null, error: null }
    return { state: 'none', ...nothing, traces: 0, progress: 0, incidents: [] }
  }
  const { state, project_id, seed, days, ends_at, traces, progress, task_state, task_error, incidents } = demo
  return {
    ...{ state, project_id, seed, days, traces, progress },
    ends_at: rfc3339(ends_at),
    error: state === 'failed' ? (task_error ?? `The task was ${task_state}.`) : null,
    incidents: incidents.map(({ from, to, ...rest }) => ({ ...rest, from: rfc3339(from), to: rfc3339(to) })),
  }
}
