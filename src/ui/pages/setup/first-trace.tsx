import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { LiveTraceEvent, listTraces } from '../../../api/traces/contract.ts'
import { call } from '../../client/call.ts'
import { listen } from '../../client/live.ts'
import { Mark } from '../../components/states.tsx'
import { duration } from '../../lib/format.ts'

type Arrived = Pick<LiveTraceEvent, 'trace_id' | 'name' | 'status' | 'latency_ms'>

const WAITING = 'Waiting for the first trace…'

/** Waits for the first trace and turns into it. It may come before the feed is open, so each opening also asks for what is there. */
export function FirstTrace() {
  const [trace, setTrace] = useState<Arrived | null>(null)
  const [said, setSaid] = useState(WAITING)
  const arrived = trace !== null
  useEffect(() => {
    if (arrived) return
    return listen({
      opened: () => {
        setSaid(WAITING)
        newest().then(
          (found) => found && setTrace(found),
          () => undefined,
        )
      },
      trace: setTrace,
      lost: (forGood) =>
        setSaid(
          forGood
            ? 'The connection has ended. Reload the page to go on waiting.'
            : 'The connection is lost; trying again…',
        ),
    })
  }, [arrived])
  return (
    <div className="arrival" role="status" data-arrived={arrived}>
      {trace ? <Arrival {...trace} /> : <Waiting text={said} />}
    </div>
  )
}

const Waiting = ({ text }: { text: string }) => (
  <>
    <span className="waiting" aria-hidden="true" />
    <span className="quiet">{text}</span>
  </>
)

const Arrival = ({ trace_id, name, status, latency_ms }: Arrived) => (
  <>
    <Mark kind={status === 'ok' ? 'ok' : 'bad'}>{status}</Mark>
    <strong className="cut">{name || 'unnamed'}</strong>
    {/* A trace without times has none, and 0 would be a claim. */}
    {latency_ms > 0 && <span className="quiet">{duration(latency_ms)}</span>}
    <Link to="/traces/$id" params={{ id: trace_id }} className="button primary">
      Open the trace
    </Link>
  </>
)

async function newest(): Promise<Arrived | null> {
  const { traces } = await call<typeof listTraces>('get', '/v1/traces', { query: { limit: 1 } })
  const [trace] = traces
  if (!trace) return null
  return {
    trace_id: trace.id,
    name: trace.name ?? '',
    status: trace.error === null ? 'ok' : 'error',
    latency_ms: trace.latency_ms ?? 0,
  }
}
