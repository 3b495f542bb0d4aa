import type { listTraces } from '../../api/traces/contract.ts'
import type { AnswerOf } from '../lib/api.ts'
import { type Child, h } from '../lib/dom.ts'
import { ago, count, dollars, duration, exactTime } from '../lib/format.ts'

type Trace = AnswerOf<typeof listTraces>['traces'][number]

interface Column {
  name: string
  /** Numbers are set to the right. */
  number?: true
  cell: (trace: Trace) => Child
}

const COLUMNS: readonly Column[] = [
  { name: 'Time', cell: ({ started_at }) => when(new Date(started_at)) },
  {
    name: 'Name',
    cell: ({ id, name }) => h('a', { href: `/v1/traces/${encodeURIComponent(id)}`, title: name }, name || 'unnamed'),
  },
  { name: 'Model', cell: ({ model }) => h('span', { title: model }, model ?? '–') },
  { name: 'Latency', number: true, cell: ({ latency_ms }) => duration(latency_ms) },
  { name: 'Tokens', number: true, cell: ({ total_token_count }) => count(total_token_count) },
  { name: 'Cost', number: true, cell: ({ cost }) => dollars(cost) },
  {
    name: 'Status',
    cell: ({ error }) =>
      h('span', { class: `mark ${error === null ? 'ok' : 'bad'}`, title: error }, error === null ? 'ok' : 'error'),
  },
]

/** A compact table. The roles say again what the elements are, because on small screens the style takes them apart. */
export function traceTable(traces: readonly Trace[]): HTMLTableElement {
  const head = COLUMNS.map((column) =>
    h('th', { role: 'columnheader', scope: 'col', class: kind(column) }, column.name),
  )
  return h(
    'table',
    { role: 'table', 'aria-label': 'Newest traces' },
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, ...head)),
    h('tbody', { role: 'rowgroup' }, ...traces.map(row)),
  )
}

const row = (trace: Trace): HTMLElement =>
  h(
    'tr',
    { role: 'row' },
    ...COLUMNS.map((column) => h('td', { role: 'cell', class: kind(column) }, column.cell(trace))),
  )

const kind = ({ name, number }: Column): string => `at-${name.toLowerCase()}${number ? ' number' : ''}`

const when = (time: Date): HTMLElement =>
  h('time', { datetime: time.toISOString(), title: exactTime(time) }, ago(time, new Date()))

/** What will be here, and the one command that makes it so. */
export const emptyTraces = (): HTMLElement =>
  h(
    'div',
    { class: 'panel empty' },
    h(
      'p',
      {},
      'Traces appear here as they arrive. Send one, with your API key in ',
      h('code', {}, 'TRULAYER_API_KEY'),
      ':',
    ),
    h('pre', { class: 'command' }, sendOne(location.origin)),
    h(
      'p',
      { class: 'quiet' },
      'No key at hand? ',
      h('a', { href: '/docs#?route=post-/v1/apikeys' }, 'Create one'),
      '.',
    ),
  )

const sendOne = (base: string): string =>
  `curl '${base}/v1/ingest' -H "Authorization: Bearer $TRULAYER_API_KEY" -H 'Content-Type: application/json' -d '{"name":"hello","input":"What is 2+2?","output":"4"}'`
