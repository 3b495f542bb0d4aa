import { Link, useParams } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronRight } from 'lucide-react'
import { useEffect, useMemo, useRef } from 'react'
import type { getSession } from '../../../api/sessions/contract.ts'
import { type AnswerOf, ApiError, call } from '../../client/call.ts'
import { Empty, Mark, Problem, Skeleton } from '../../components/states.tsx'
import { Time } from '../../components/time.tsx'
import { usePages } from '../../components/use-pages.ts'
import { Page } from '../../frame/page.tsx'
import { count, dollars, duration, exactCount } from '../../lib/format.ts'
import { useNarrow } from '../../lib/hooks.ts'
import { messagesIn } from '../../lib/messages.ts'
import { useShortcuts } from '../../lib/shortcuts.ts'
import { keptOf, useUrl } from '../../lib/url.ts'
import { Conversation, TextOrJson } from '../trace/conversation.tsx'
import { useOutline } from '../trace/data.ts'
import { Filtered } from '../trace/filtered.tsx'
import { FiguresSoon } from '../trace/trace-soon.tsx'
import { TraceView } from '../trace/trace-view.tsx'

type SessionAnswer = AnswerOf<typeof getSession>
type Turn = SessionAnswer['traces'][number]

/** A conversation replayed: what was said at the left, how the chosen turn came about at the right. */
export function SessionPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const [search, set] = useUrl()
  const narrow = useNarrow()
  const {
    list,
    rows: turns,
    loadMore,
  } = usePages(
    ['session', id, search.project ?? ''],
    (cursor, signal) =>
      call<typeof getSession>('get', '/v1/sessions/{id}', {
        params: { id },
        query: { project_id: search.project, cursor, limit: 100 },
        signal,
      }),
    (page: SessionAnswer) => page.traces,
  )
  const session = list.data?.pages[0]?.session
  const found = turns.findIndex((turn) => turn.id === search.turn)
  const at =
    found >= 0
      ? found
      : Math.max(
          0,
          turns.findIndex(({ error }) => error !== null),
        )
  const turn = turns[at]
  const go = (to: number) => {
    const next = turns[Math.max(0, Math.min(turns.length - 1, to))]
    if (next) set({ turn: next.id, span: undefined }, { replace: true })
  }
  useShortcuts('Session', [
    { keys: 'j|]', label: 'Next turn', run: () => go(at + 1) },
    { keys: 'k|[', label: 'Previous turn', run: () => go(at - 1) },
  ])
  return (
    <Page
      title={id}
      heading={
        <>
          <Link to="/sessions" search={keptOf(search)} className="crumb">
            Sessions
          </Link>
          <ChevronRight size={14} aria-hidden="true" className="quiet" />
          <h1>{id}</h1>
        </>
      }
      className="session-page"
    >
      {list.isError ? (
        <div className="padded">
          {list.error instanceof ApiError && list.error.status === 404 ? (
            <Empty title="There is no such session">
              <p>No trace of this organisation carries this session id any more.</p>
            </Empty>
          ) : (
            <Problem error={list.error} retry={list.refetch} />
          )}
        </div>
      ) : !session ? (
        <div className="trace-view" aria-busy="true">
          <FiguresSoon count={6} className="session-facts" />
          <div className="session-split" aria-hidden="true">
            <div className="turns">
              {[3, 4, 2].map((lines) => (
                <div key={lines} className="turn-box">
                  <Skeleton lines={lines} />
                </div>
              ))}
            </div>
            <div className="session-turn peek" />
          </div>
        </div>
      ) : (
        <>
          <Facts session={session} />
          <div className="session-split">
            <Turns turns={turns} at={at} go={go} hasMore={list.hasNextPage} loadMore={loadMore} />
            {turn && !narrow && (
              <section className="session-turn peek" aria-label={`Turn ${at + 1}`}>
                <TraceView key={turn.id} id={turn.id} small />
              </section>
            )}
          </div>
        </>
      )}
    </Page>
  )
}

const Facts = ({ session }: { session: SessionAnswer['session'] }) => (
  <dl className="figures session-facts">
    <Fact name="Turns">{exactCount(session.trace_count)}</Fact>
    <Fact name="Failed">
      {session.error_count > 0 ? <Mark kind="bad">{exactCount(session.error_count)}</Mark> : '0'}
    </Fact>
    <Fact name="Began">
      <Time at={session.started_at} />
    </Fact>
    <Fact name="Last active">
      <Time at={session.last_activity_at} />
    </Fact>
    <Fact name="Tokens">{count(session.total_token_count)}</Fact>
    <Fact name="Cost">{dollars(session.cost)}</Fact>
    {session.user_id && (
      <Fact name="User">
        <Filtered by={{ user_id: session.user_id }} to="/sessions" title={`Sessions of ${session.user_id}`}>
          {session.user_id}
        </Filtered>
      </Fact>
    )}
  </dl>
)

const Fact = ({ name, children }: { name: string; children: React.ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

interface TurnsProps {
  turns: readonly Turn[]
  at: number
  go: (to: number) => void
  hasMore: boolean
  loadMore: () => void
}

function Turns({ turns, at, go, hasMore, loadMore }: TurnsProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: turns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 180,
    overscan: 3,
  })
  const items = virtualizer.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && last >= turns.length - 5) loadMore()
  }, [hasMore, last, turns.length, loadMore])
  useEffect(() => virtualizer.scrollToIndex(at, { align: 'auto' }), [at, virtualizer])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so who uses the keyboard must reach it
    <div ref={scroller} className="turns" tabIndex={0} role="group" aria-label="Conversation">
      <div className="turns-inner" style={{ height: virtualizer.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const turn = turns[index]
          return (
            turn && (
              <div
                key={turn.id}
                ref={virtualizer.measureElement}
                data-index={index}
                className="turn"
                style={{ transform: `translateY(${start}px)` }}
              >
                <TurnView turn={turn} number={index + 1} chosen={index === at} choose={() => go(index)} />
              </div>
            )
          )
        })}
      </div>
    </div>
  )
}

interface TurnViewProps {
  turn: Turn
  number: number
  chosen: boolean
  choose: () => void
}

function TurnView({ turn, number, chosen, choose }: TurnViewProps) {
  const narrow = useNarrow()
  const [search] = useUrl()
  const outline = useOutline(turn.id)
  const input = outline.data?.input ?? turn.input_preview ?? null
  const output = outline.data?.output ?? turn.output_preview ?? null
  const asked = useMemo(
    () =>
      messagesIn(input)
        ?.filter(({ role }) => role === 'user')
        .slice(-1),
    [input],
  )
  const answered = useMemo(() => messagesIn(output), [output])
  const head = (
    <>
      <span className="number quiet">{number}</span>
      <span className="cut">{turn.name || 'unnamed'}</span>
      {turn.error !== null && <Mark kind="bad">{turn.failure_type?.replaceAll('_', ' ') ?? 'error'}</Mark>}
      <span className="quiet number turn-figures">
        <Time at={turn.started_at} /> · {duration(turn.latency_ms)} · {dollars(turn.cost)}
      </span>
    </>
  )
  return (
    <article className="turn-box" data-chosen={chosen}>
      {narrow ? (
        <Link to="/traces/$id" params={{ id: turn.id }} search={keptOf(search)} className="turn-head">
          {head}
        </Link>
      ) : (
        <button type="button" className="turn-head" aria-pressed={chosen} onClick={choose}>
          {head}
        </button>
      )}
      <div className="talk">
        {asked && asked.length > 0 ? <Conversation messages={asked} /> : input && <Spoken who="user" text={input} />}
        {answered ? <Conversation messages={answered} /> : output && <Spoken who="assistant" text={output} />}
        {turn.error !== null && <p className="transcript-error">{turn.error.split('\n')[0]}</p>}
      </div>
    </article>
  )
}

const Spoken = ({ who, text }: { who: string; text: string }) => (
  <article className="said" data-role={who}>
    <header>
      <span className="said-role">{who}</span>
    </header>
    <TextOrJson text={text} />
  </article>
)
