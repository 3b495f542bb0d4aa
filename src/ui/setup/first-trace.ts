import type { LiveTraceEvent, listTraces } from '../../api/traces/contract.ts'
import { call } from '../lib/api.ts'
import { fill, h } from '../lib/dom.ts'
import { duration } from '../lib/format.ts'
import { listen } from '../lib/live.ts'

type Arrived = Pick<LiveTraceEvent, 'trace_id' | 'name' | 'status' | 'latency_ms'>

/** Waits for the first trace and shows it. It may come before the feed is open, so each opening also asks for what is there. */
export function firstTrace(): HTMLElement {
  const place = h('div', { class: 'panel arrival', role: 'status' })
  const wait = (text: string) =>
    fill(place, h('span', { class: 'waiting', 'aria-hidden': 'true' }), h('span', { class: 'quiet' }, text))
  let arrived = false
  const arrive = (trace: Arrived) => {
    if (arrived) return
    arrived = true
    stop()
    fill(place, ...arrival(trace))
    place.after(next())
  }

  wait('Waiting for the first trace…')
  const stop = listen({
    opened: () => {
      wait('Waiting for the first trace…')
      newest().then(
        (trace) => trace && arrive(trace),
        () => undefined,
      )
    },
    trace: arrive,
    lost: (forGood) =>
      wait(
        forGood
          ? 'The connection has ended. Reload the page to go on waiting.'
          : 'The connection is lost; trying again…',
      ),
  })
  return place
}

async function newest(): Promise<Arrived | null> {
  const { traces } = await call<typeof listTraces>('get', '/v1/traces?limit=1')
  const [trace] = traces
  if (!trace) return null
  return {
    trace_id: trace.id,
    name: trace.name ?? '',
    status: trace.error === null ? 'ok' : 'error',
    latency_ms: trace.latency_ms ?? 0,
  }
}

const arrival = ({ trace_id, name, status, latency_ms }: Arrived): HTMLElement[] => [
  h('span', { class: `mark ${status === 'ok' ? 'ok' : 'bad'}` }, status),
  h('strong', { class: 'name' }, name || 'unnamed'),
  // A trace without times has none, and 0 would be a claim.
  latency_ms > 0 ? h('span', { class: 'quiet' }, duration(latency_ms)) : h('span'),
  h('a', { href: `/v1/traces/${encodeURIComponent(trace_id)}` }, 'Show its JSON'),
]

const next = (): HTMLElement =>
  h(
    'p',
    {},
    'It works. ',
    h('a', { href: '/' }, 'Watch the newest traces'),
    ', or look up ',
    h('a', { href: '/docs' }, 'every endpoint'),
    '.',
  )
