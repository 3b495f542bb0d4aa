import { useVirtualizer } from '@tanstack/react-virtual'
import { ChevronDown, ChevronRight, Search } from 'lucide-react'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { copyText } from '../lib/clipboard.ts'
import { useSettled } from '../lib/hooks.ts'
import { type JsonRow, jsonFinds, jsonRows } from '../lib/json-rows.ts'
import { reveal } from '../lib/reveal.ts'
import { CopyButton } from './copy.tsx'
import { toast } from './toast.ts'

const ROW = 20
/** More lines than these are drawn only where one looks. */
const DRAW_ALL = 120
const OPEN_DEPTH = 2
const FOLD_SIZE = 60

/** A JSON value: folds, is searched, and each line copies its path or its value. */
export function Json({
  value,
  what = 'JSON',
  search = true,
  searched = '',
  tall = false,
}: {
  value: unknown
  what?: string
  search?: boolean
  /** What is searched around it, until something is searched in here. */
  searched?: string
  tall?: boolean
}) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set())
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const wanted = useSettled(text, 120) || searched
  const finds = useMemo(() => jsonFinds(value, wanted), [value, wanted])
  const hits = useMemo(() => [...finds.hits], [finds])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another search begins at its first find
  useEffect(() => setAt(0), [finds])
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || hits.length === 0) return
    event.preventDefault()
    setAt((now) => (now + (event.shiftKey ? -1 : 1) + hits.length) % hits.length)
  }
  const rows = useMemo(
    () =>
      jsonRows(value, (path, depth, size) => {
        if (finds.above.has(path)) return false
        const usual = depth > OPEN_DEPTH || (depth > 0 && size > FOLD_SIZE)
        return toggled.has(path) ? !usual : usual
      }),
    [value, toggled, finds],
  )
  const toggle = (path: string) =>
    setToggled((now) => {
      const next = new Set(now)
      if (!next.delete(path)) next.add(path)
      return next
    })
  return (
    <div className="json" data-tall={tall}>
      {search && (
        <div className="json-tools">
          <label className="bare-search json-search">
            <Search size={12} aria-hidden="true" />
            <input
              className="bare-input"
              aria-label={`Search in ${what}`}
              placeholder="Search"
              value={text}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={onKeyDown}
            />
          </label>
          {wanted !== '' && (
            <span className="quiet number" role="status">
              {hits.length === 0 ? 'not found' : `${at + 1} of ${hits.length}`}
            </span>
          )}
          <CopyButton what={what} text={() => JSON.stringify(value, null, 2)} />
        </div>
      )}
      <Lines rows={rows} hits={finds.hits} current={hits[at]} toggle={toggle} what={what} />
    </div>
  )
}

interface LinesProps {
  rows: readonly JsonRow[]
  hits: ReadonlySet<string>
  /** The find that is looked at. */
  current: string | undefined
  toggle: (path: string) => void
  what: string
}

function Lines({ rows, hits, current, toggle, what }: LinesProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const many = rows.length > DRAW_ALL
  const virtualizer = useVirtualizer({
    count: many ? rows.length : 0,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 20,
    enabled: many,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolled to when another is looked at, not when something is folded
  useEffect(() => {
    const place = current === undefined ? -1 : rows.findIndex(({ path }) => path === current)
    if (place < 0) return
    if (many) virtualizer.scrollToIndex(place, { align: 'center' })
    else reveal(scroller.current, scroller.current?.querySelector('[data-hit="current"]'))
  }, [current])
  const line = (row: JsonRow, top?: number) => (
    <Line
      key={row.path}
      row={row}
      hit={row.path === current ? 'current' : hits.has(row.path)}
      toggle={toggle}
      {...(top === undefined ? {} : { top })}
    />
  )
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so who uses the keyboard must reach it
    <div ref={scroller} className="json-lines" tabIndex={0} role="group" aria-label={what}>
      {many ? (
        <div className="json-inner" style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map(({ index, start }) => line(rows[index] as JsonRow, start))}
        </div>
      ) : (
        rows.map((row) => line(row))
      )}
    </div>
  )
}

interface LineProps {
  row: JsonRow
  hit: boolean | 'current'
  toggle: (path: string) => void
  top?: number
}

function Line({ row, hit, toggle, top }: LineProps) {
  const { path, depth, name, kind, size, folded } = row
  const holds = size > 0
  const Icon = folded ? ChevronRight : ChevronDown
  const copy = (text: string, what: string) =>
    copyText(text).then(
      () => toast(`${what} is copied.`),
      () => toast('The browser does not let this page copy.'),
    )
  return (
    <div
      className="json-line"
      data-hit={hit}
      data-placed={top !== undefined}
      style={{ paddingLeft: 4 + depth * 14, ...(top === undefined ? {} : { transform: `translateY(${top}px)` }) }}
    >
      {holds ? (
        <button
          type="button"
          className="fold"
          aria-label={folded ? `Unfold ${path}` : `Fold ${path}`}
          aria-expanded={!folded}
          onClick={() => toggle(path)}
        >
          <Icon size={12} aria-hidden="true" />
        </button>
      ) : (
        <span className="fold" />
      )}
      {name !== null && (
        <button
          type="button"
          className="json-name"
          title={`${path}: click to copy the path`}
          onClick={() => void copy(path, path)}
        >
          {name}
        </button>
      )}
      <Value row={row} />
      {kind !== 'end' && !holds && (
        <button
          type="button"
          className="json-copy"
          aria-label={`Copy the value of ${path}`}
          onClick={() => void copy(typeof row.value === 'string' ? row.value : JSON.stringify(row.value), 'The value')}
        >
          copy
        </button>
      )}
    </div>
  )
}

function Value({ row: { kind, value, size, folded } }: { row: JsonRow }) {
  switch (kind) {
    case 'object':
    case 'array': {
      const [open, close] = kind === 'array' ? ['[', ']'] : ['{', '}']
      if (size === 0) return <span className="quiet">{`${open}${close}`}</span>
      return (
        <span className="quiet">
          {open}
          {folded && `… ${close} `}
          {folded && <span className="json-size">{size}</span>}
        </span>
      )
    }
    case 'end':
      return <span className="quiet">{String(value)}</span>
    case 'string':
      return (
        <span
          className="code-string json-text"
          title={String(value).length > 80 ? String(value).slice(0, 1_000) : undefined}
        >
          {JSON.stringify(value)}
        </span>
      )
    case 'number':
      return <span className="code-number">{String(value)}</span>
    default:
      return <span className="code-word">{String(value)}</span>
  }
}
