import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type {
  getDeadLetter,
  listDeadLetters,
  replayDeadLetter,
  replayDeadLetters,
  resolveDeadLetter,
} from '../../../api/dlq/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { queryClient } from '../../client/query.ts'
import { usePerson } from '../../client/session.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Json } from '../../components/json.tsx'
import { PlainTable } from '../../components/plain-table.tsx'
import { Empty, Mark, Problem, Skeleton } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { toast, toastProblem } from '../../components/toast.ts'
import { usePages } from '../../components/use-pages.ts'
import { bytes, exactCount } from '../../lib/format.ts'
import { useUrl } from '../../lib/url.ts'
import { SettingsPage } from './settings.tsx'

type LetterPage = AnswerOf<typeof listDeadLetters>
type Letter = LetterPage['dead_letters'][number]

const STATES = [
  { value: undefined, label: 'Open' },
  { value: 'replayed', label: 'Replayed' },
  { value: 'resolved', label: 'Set aside' },
  { value: 'all', label: 'All' },
] as const

const KEY = 'dead-letters'
const renewed = () => queryClient.invalidateQueries({ queryKey: [KEY] })

export function DeadLettersPage() {
  const [search, set] = useUrl()
  const { role } = usePerson()
  const state = STATES.find(({ value }) => value === search.state)?.value
  const { list, rows, loadMore } = usePages(
    [KEY, search.project ?? '', state ?? 'open'],
    (cursor, signal) =>
      call<typeof listDeadLetters>('get', '/v1/dlq', {
        query: { project_id: search.project, state: state ?? 'open', cursor, limit: 50 },
        signal,
      }),
    (page: LetterPage) => page.dead_letters,
  )
  const all = useMutation({
    mutationFn: () =>
      call<typeof replayDeadLetters>('post', '/v1/dlq/replay', {
        body: { from_project_id: search.project ?? null, limit: 500 },
      }),
    onSuccess: ({ replayed, failed, has_more }) => {
      toast(
        `${exactCount(replayed)} stored, ${exactCount(failed)} still cannot be${has_more ? '; there are more' : ''}.`,
      )
      void renewed()
    },
    onError: (error) => toastProblem(error, () => all.mutate()),
  })
  const open = rows.find(({ id }) => id === search.letter)
  return (
    <SettingsPage
      title="Dead letters"
      about="What came and could not be stored, with the reason. Nothing that was accepted is ever lost; once the cause is gone, it can be replayed."
      action={
        role === 'owner' &&
        state === undefined &&
        rows.length > 0 && (
          <Button look="primary" busy={all.isPending} onClick={() => all.mutate()}>
            Replay all
          </Button>
        )
      }
    >
      <div className="segments" role="group" aria-label="State">
        {STATES.map(({ value, label }) => (
          <button key={label} type="button" aria-pressed={state === value} onClick={() => set({ state: value })}>
            {label}
          </button>
        ))}
      </div>
      {list.isError && <Problem error={list.error} retry={list.refetch} />}
      {list.isPending && <Skeleton lines={6} />}
      {list.data && rows.length === 0 && (
        <Empty title={state === undefined ? 'All that came could be stored' : 'There are none'}>
          <p>A trace or span that breaks a rule comes here instead of costing its batch, with what came and why.</p>
        </Empty>
      )}
      {rows.length > 0 && (
        <PlainTable heads={['Reason', 'State', 'Came', 'By', 'Size', 'Tried']} actions={false}>
          {rows.map((letter) => (
            <tr key={letter.id}>
              <th scope="row" className="wide" title={letter.message}>
                <button type="button" className="row-button" onClick={() => set({ letter: letter.id })}>
                  <code>{letter.code}</code> <span className="quiet">{letter.message}</span>
                </button>
              </th>
              <td>
                <StateMark state={letter.state} />
              </td>
              <td>
                <Time at={letter.received_at} />
              </td>
              <td>{letter.source}</td>
              <td>{bytes(letter.size_bytes)}</td>
              <td>
                {letter.attempts === 0 ? <span className="none">never</span> : `${exactCount(letter.attempts)} ×`}
              </td>
            </tr>
          ))}
        </PlainTable>
      )}
      {list.hasNextPage && <Button onClick={loadMore}>Show more</Button>}
      {open && <LetterDialog letter={open} close={() => set({ letter: undefined })} />}
    </SettingsPage>
  )
}

const StateMark = ({ state }: Pick<Letter, 'state'>) =>
  state === 'open' ? (
    <Mark kind="warn">open</Mark>
  ) : state === 'replayed' ? (
    <Mark kind="ok">replayed</Mark>
  ) : (
    <Mark kind="off">set aside</Mark>
  )

function LetterDialog({ letter, close }: { letter: Letter; close: () => void }) {
  const { role } = usePerson()
  const [stored, setStored] = useState<string | null>(null)
  const whole = useQuery({
    queryKey: [KEY, 'one', letter.id],
    queryFn: () => call<typeof getDeadLetter>('get', '/v1/dlq/{id}', { params: { id: letter.id } }),
  })
  const replay = useMutation({
    mutationFn: () =>
      call<typeof replayDeadLetter>('post', '/v1/dlq/{id}/replay', { params: { id: letter.id }, body: {} }),
    onSuccess: ({ outcome, message, trace_id }) => {
      if (outcome === 'failed') toast(`It still cannot be stored: ${message ?? ''}`)
      else setStored(trace_id ?? '')
      void renewed()
    },
    onError: (error) => toastProblem(error, () => replay.mutate()),
  })
  const resolve = useMutation({
    mutationFn: () => call<typeof resolveDeadLetter>('post', '/v1/dlq/{id}/resolve', { params: { id: letter.id } }),
    onSuccess: () => {
      void renewed()
      close()
    },
    onError: (error) => toastProblem(error, () => resolve.mutate()),
  })
  return (
    <Dialog open onOpenChange={close} title={letter.code} description={letter.message} className="wide-dialog">
      <div className="stack">
        {whole.isError && <Problem error={whole.error} retry={whole.refetch} />}
        {whole.isPending && <Skeleton lines={8} />}
        {whole.data && <Json value={whole.data.payload} what="what came" />}
        {stored !== null && (
          <p className="note">
            It is stored.{' '}
            {stored !== '' && (
              <Link to="/traces/$id" params={{ id: stored }}>
                Open the trace
              </Link>
            )}
          </p>
        )}
        {role === 'owner' && letter.state === 'open' && stored === null && (
          <div className="dialog-end">
            <Button busy={resolve.isPending} onClick={() => resolve.mutate()}>
              Set aside
            </Button>
            <Button look="primary" busy={replay.isPending} onClick={() => replay.mutate()}>
              Replay
            </Button>
          </div>
        )}
      </div>
    </Dialog>
  )
}
