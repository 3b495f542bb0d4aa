import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { recomputeModelPrices } from '../../../api/model-prices/contract.ts'
import type { cancelTask, getTask } from '../../../api/tasks/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { useProjects } from '../../client/projects.ts'
import { queryClient } from '../../client/query.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Form } from '../../components/form.tsx'
import { Problem } from '../../components/states.tsx'
import { exactCount, minuteOf } from '../../lib/format.ts'

type Task = AnswerOf<typeof getTask>

const ASK_MS = 700
const MONTH_MS = 30 * 86_400_000

/** Costs of a range worked out anew, as a task that shows how far it is. It goes on when the dialog is closed. */
export function Recompute({ close }: { close: () => void }) {
  const { data: projects = [] } = useProjects()
  const [task, setTask] = useState<Task | null>(null)
  return (
    <Dialog
      open
      onOpenChange={close}
      title="Recompute costs"
      description="At the prices of today for the time at which each call came. What a client said a call cost is never touched."
    >
      {task ? (
        <Progress task={task} close={close} />
      ) : (
        <Form
          fields={[
            {
              ...{ name: 'from', label: 'Traces from', type: 'datetime-local', half: true },
              defaultValue: minuteOf(Date.now() - MONTH_MS),
            },
            { name: 'to', label: 'Until', type: 'datetime-local', half: true, hint: 'Empty: now.' },
            {
              ...{ name: 'project', label: 'Project', half: true },
              choices: [
                { value: '', label: 'all projects' },
                ...projects.map(({ id, name }) => ({ value: id, label: name })),
              ],
            },
            { name: 'model', label: 'Model', half: true, maxLength: 200, hint: 'Empty: every model.' },
          ]}
          submit="Recompute"
          send={async ({ from, to, project, model }) => {
            setTask(
              await call<typeof recomputeModelPrices>('post', '/v1/model-prices/recompute', {
                body: {
                  from: from ? new Date(from).toISOString() : null,
                  to: to ? new Date(to).toISOString() : null,
                  project_id: project || null,
                  model: model?.trim() || null,
                },
              }),
            )
          }}
        />
      )}
    </Dialog>
  )
}

const ended = ({ state }: Task): boolean => state !== 'queued' && state !== 'running'

function Progress({ task: begun, close }: { task: Task; close: () => void }) {
  const { id } = begun
  const { data: task = begun, error } = useQuery({
    queryKey: ['tasks', id],
    queryFn: () => call<typeof getTask>('get', '/v1/tasks/{id}', { params: { id } }),
    refetchInterval: ({ state }) => (state.data && ended(state.data) ? false : ASK_MS),
  })
  const over = ended(task)
  // Costs are in almost everything that was read.
  useEffect(() => {
    if (over) void queryClient.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'me' })
  }, [over])
  const cancel = () => call<typeof cancelTask>('post', '/v1/tasks/{id}/cancel', { params: { id } })
  const { done, total } = task.progress ?? { done: null, total: null }
  return (
    <div className="stack">
      {over ? (
        <p className={task.state === 'done' ? 'note' : 'note bad'} role="status">
          {words(task)}
        </p>
      ) : (
        <div className="demo-progress" role="status">
          <progress
            aria-label="Recomputing"
            {...(total === null ? {} : { max: Math.max(1, total), value: done ?? 0 })}
          />
          <span className="number">
            {total === null ? 'Begins…' : `${exactCount(done ?? 0)} of ${exactCount(total)} traces`}
          </span>
        </div>
      )}
      {error && <Problem error={error} />}
      <div className="dialog-end">
        {!over && (
          <Button disabled={task.cancel_requested} onClick={() => void cancel()}>
            Stop
          </Button>
        )}
        <Button look="primary" onClick={close}>
          {over ? 'Close' : 'Leave it running'}
        </Button>
      </div>
    </div>
  )
}

function words({ state, result, error }: Task): string {
  if (state === 'done') {
    const { traces, changed } = result as { traces: number; changed: number }
    return `${exactCount(traces)} traces were looked at; ${changed === 0 ? 'none' : exactCount(changed)} of them cost something else now.`
  }
  return state === 'cancelled' ? 'It was stopped. What was changed until then stays.' : `It failed: ${error}`
}
