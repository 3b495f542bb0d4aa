import { useMutation, useQuery } from '@tanstack/react-query'
import type { listSchedules, runSchedule } from '../../../api/schedules/contract.ts'
import type { cancelTask, listTasks, retryTask } from '../../../api/tasks/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { queryClient } from '../../client/query.ts'
import { Button } from '../../components/button.tsx'
import { PlainTable } from '../../components/plain-table.tsx'
import { Empty, Mark, Problem, Skeleton } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { toast, toastProblem } from '../../components/toast.ts'
import { usePages } from '../../components/use-pages.ts'
import { exactCount } from '../../lib/format.ts'
import { SettingsPage } from './settings.tsx'

type TaskPage = AnswerOf<typeof listTasks>
type Task = TaskPage['tasks'][number]

const REFRESH_MS = 5_000
const renewed = () => {
  void queryClient.invalidateQueries({ queryKey: ['schedules'] })
  void queryClient.invalidateQueries({ queryKey: ['tasks'] })
}

const MARKS: Record<Task['state'], { kind: 'ok' | 'warn' | 'bad' | 'info' | 'off'; label: string }> = {
  queued: { kind: 'off', label: 'waits' },
  running: { kind: 'info', label: 'runs' },
  done: { kind: 'ok', label: 'done' },
  dead: { kind: 'bad', label: 'failed' },
  cancelled: { kind: 'off', label: 'cancelled' },
}

const StateOf = ({ task }: { task: Task }) => (
  <Mark kind={MARKS[task.state].kind} {...(task.error ? { title: task.error } : {})}>
    {MARKS[task.state].label}
  </Mark>
)

export const TasksPage = () => (
  <SettingsPage
    title="Tasks"
    about="What the appliance does in the background: by the clock, and because somebody asked."
  >
    <Schedules />
    <Tasks />
  </SettingsPage>
)

function Schedules() {
  const schedules = useQuery({
    queryKey: ['schedules'],
    queryFn: () => call<typeof listSchedules>('get', '/v1/schedules'),
    refetchInterval: REFRESH_MS,
  })
  const run = useMutation({
    mutationFn: (name: string) => call<typeof runSchedule>('post', '/v1/schedules/{name}/run', { params: { name } }),
    onSuccess: (_, name) => {
      toast(`${name} has begun.`)
      renewed()
    },
    onError: (error, name) => toastProblem(error, () => run.mutate(name)),
  })
  if (schedules.isError) return <Problem error={schedules.error} retry={schedules.refetch} />
  if (!schedules.data) return <Skeleton lines={4} />
  if (schedules.data.schedules.length === 0) return null
  return (
    <section className="stack" aria-label="Schedules">
      <h3>By the clock</h3>
      <PlainTable heads={['What', 'Last run', 'Next run']}>
        {schedules.data.schedules.map(({ name, summary, cron, next_run_at, last_run }) => (
          <tr key={name}>
            <th scope="row" className="wide wrap" title={`${name}: ${cron} (UTC)`}>
              {summary}
            </th>
            <td>
              {last_run ? (
                <span className="line">
                  <StateOf task={last_run} />
                  <Time at={last_run.updated_at} />
                </span>
              ) : (
                <span className="quiet">never</span>
              )}
            </td>
            <td>
              <Time at={next_run_at} toCome />
            </td>
            <td>
              <Button className="small" onClick={() => run.mutate(name)}>
                Run now
              </Button>
            </td>
          </tr>
        ))}
      </PlainTable>
    </section>
  )
}

function Tasks() {
  const { list, rows, loadMore } = usePages(
    ['tasks'],
    (cursor, signal) => call<typeof listTasks>('get', '/v1/tasks', { query: { cursor, limit: 50 }, signal }),
    (page: TaskPage) => page.tasks,
  )
  const act = useMutation({
    mutationFn: ({ id, what }: { id: string; what: 'cancel' | 'retry' }) =>
      what === 'cancel'
        ? call<typeof cancelTask>('post', '/v1/tasks/{id}/cancel', { params: { id } })
        : call<typeof retryTask>('post', '/v1/tasks/{id}/retry', { params: { id } }),
    onSuccess: renewed,
    onError: (error, asked) => toastProblem(error, () => act.mutate(asked)),
  })
  if (list.isError) return <Problem error={list.error} retry={list.refetch} />
  if (list.isPending) return <Skeleton lines={4} />
  return (
    <section className="stack" aria-label="Tasks">
      <h3>Lately</h3>
      {rows.length === 0 ? (
        <Empty title="No task has run yet">
          <p>Exports, recomputed prices, retention and the like show here, with how far they are, for thirty days.</p>
        </Empty>
      ) : (
        <PlainTable heads={['Task', 'State', 'How far', 'Made']}>
          {rows.map((task) => (
            <tr key={task.id}>
              <th scope="row">
                <code>{task.kind}</code>
              </th>
              <td>
                <StateOf task={task} />
              </td>
              <td>{progress(task)}</td>
              <td>
                <Time at={task.created_at} />
              </td>
              <td>
                {(task.state === 'queued' || task.state === 'running') && (
                  <Button
                    className="small"
                    disabled={task.cancel_requested}
                    onClick={() => act.mutate({ id: task.id, what: 'cancel' })}
                  >
                    Cancel
                  </Button>
                )}
                {(task.state === 'dead' || task.state === 'cancelled') && (
                  <Button className="small" onClick={() => act.mutate({ id: task.id, what: 'retry' })}>
                    Try again
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </PlainTable>
      )}
      {list.hasNextPage && <Button onClick={loadMore}>Show more</Button>}
    </section>
  )
}

function progress({ progress: now, error }: Task): string {
  if (error) return error.split('\n')[0]?.slice(0, 80) ?? ''
  if (!now) return '–'
  if (now.done !== null && now.total !== null) return `${exactCount(now.done)} of ${exactCount(now.total)}`
  return now.message ?? (now.done === null ? '–' : exactCount(now.done))
}
