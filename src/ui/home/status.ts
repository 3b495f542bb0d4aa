import type { listTraces } from '../../api/traces/contract.ts'
import { ApiError, call } from '../lib/api.ts'
import { fill, h } from '../lib/dom.ts'
import { listen } from '../lib/live.ts'
import { health } from './health.ts'
import { emptyTraces, traceTable } from './trace-table.ts'
import type { View } from './view.ts'

/** Traces may come by the thousand; the list is asked for this often at most. */
const REFRESH_MS = 1_000
/** So that "3 min ago" stays true. */
const TICK_MS = 30_000

/** How the appliance is, and what came last. `ended` is called when the session is over. */
export function status(organization: string, ended: () => void): View {
  const feed = h('span', { class: 'mark off', role: 'status' }, 'connecting')
  const list = h('div', { class: 'traces', 'aria-busy': 'true' })
  const say = (mark: string, text: string) => {
    feed.className = `mark ${mark}`
    feed.textContent = text
  }
  const refresh = async () => {
    try {
      const { traces } = await call<typeof listTraces>('get', '/v1/traces?limit=10')
      fill(list, traces.length > 0 ? traceTable(traces) : emptyTraces())
      list.setAttribute('aria-busy', 'false')
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      if (error.status === 401) ended()
      else say('warn', error.message)
    }
  }
  const soon = atMostEvery(REFRESH_MS, refresh)
  const ready = health()
  const tick = setInterval(soon, TICK_MS)
  const unlisten = listen({
    opened: () => {
      say('ok', 'live')
      soon()
    },
    trace: soon,
    lost: (forGood) => {
      say('warn', forGood ? 'not live; reload to connect again' : 'connection lost, trying again')
      if (forGood) soon()
    },
  })
  soon()

  const element = h(
    'div',
    { class: 'page' },
    h('h1', {}, organization),
    ready.element,
    h('section', { class: 'stack' }, h('div', { class: 'row' }, h('h2', {}, 'Newest traces'), feed), list),
  )
  const stop = () => {
    clearInterval(tick)
    unlisten()
    ready.stop()
  }
  return { element, stop }
}

/** At once when it was quiet, else once when the time is up; never two at a time. */
function atMostEvery(ms: number, run: () => Promise<void>): () => void {
  let resting = false
  let again = false
  return function call() {
    if (resting) {
      again = true
      return
    }
    resting = true
    again = false
    const rest = new Promise((resolve) => setTimeout(resolve, ms))
    void Promise.all([run(), rest]).finally(() => {
      resting = false
      if (again) call()
    })
  }
}
