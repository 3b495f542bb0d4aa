import { Download, History, Lightbulb, Play, Square } from 'lucide-react'
import { type RefObject, useEffect, useRef, useState } from 'react'
import { ApiError } from '../../client/call.ts'
import { usePerson } from '../../client/session.ts'
import { Button, Keys } from '../../components/button.tsx'
import { Menu, MenuItem, MenuLabel } from '../../components/menu.tsx'
import { Empty, Problem } from '../../components/states.tsx'
import { toastProblem } from '../../components/toast.ts'
import { Page } from '../../frame/page.tsx'
import { ago, duration, exactCount } from '../../lib/format.ts'
import { useNow } from '../../lib/hooks.ts'
import { useShortcuts } from '../../lib/shortcuts.ts'
import { lineOf } from '../../lib/sql.ts'
import { useStore } from '../../lib/store.ts'
import { useUrl } from '../../lib/url.ts'
import { SettingsNav } from '../settings/settings.tsx'
import { type Ask, cancelSql, draft, exportSql, MOST_ROWS, past, runSql, type SqlResult, useResult } from './data.ts'
import { Editor, typeInto, typeOver } from './editor.tsx'
import { EXAMPLES } from './examples.ts'
import { Results } from './results.tsx'
import { Schema } from './schema.tsx'

const DAYS = [7, 30, 90, 366]
const LIMITS = [1_000, 10_000, MOST_ROWS]
/** A longer statement would not come through as an address. */
const MOST_IN_URL = 6_000

/** The organisation's facts, asked in SQL. The statement that ran is in the address; it is run by whoever opens it, not by opening it. */
export function SqlPage() {
  const { role } = usePerson()
  return (
    <Page title="SQL" heading={<h1>Settings</h1>} className="sql-page">
      <SettingsNav />
      {role === 'owner' ? (
        <Console />
      ) : (
        <Empty title="The SQL console is for owners">
          <p>It reads everything that the organisation has. Ask an owner for what you need to know.</p>
        </Empty>
      )}
    </Page>
  )
}

function useAsk(): Ask {
  const [{ sql = '', days, limit }] = useUrl()
  return { sql, days: oneOf(DAYS, days, 30), limit: oneOf(LIMITS, limit, 1_000) }
}

const oneOf = (all: readonly number[], text: string | undefined, usual: number): number =>
  all.find((one) => String(one) === text) ?? usual

function Console() {
  const [, set] = useUrl()
  const inUrl = useAsk()
  const [text, setText] = useState(() => inUrl.sql || draft.get() || (EXAMPLES[0]?.sql ?? ''))
  // What ran last, which is what the address says unless that would be too long for one.
  const [ran, setRan] = useState<Ask | null>(null)
  const asked = ran !== null && ran.sql.length > MOST_IN_URL ? ran : inUrl
  const result = useResult(asked)
  const running = result.fetchStatus === 'fetching'
  const field = useRef<HTMLTextAreaElement>(null)

  useEffect(() => {
    if (inUrl.sql !== '') setText(inUrl.sql)
  }, [inUrl.sql])
  useEffect(() => draft.set(text), [text])

  const run = () => {
    const sql = text.trim()
    if (sql === '' || running) return
    const ask = { ...asked, sql }
    setRan(ask)
    if (sql.length <= MOST_IN_URL) set({ sql })
    // What went wrong shows in the result.
    runSql(ask).catch(() => undefined)
  }
  const cancel = () => void cancelSql(asked)
  useShortcuts('SQL', [
    { keys: 'mod+enter', label: 'Run', run, inFields: true },
    ...(running ? [{ keys: 'Escape', label: 'Cancel', run: cancel, inFields: true }] : []),
  ])

  const failure = !running && result.isError ? result.error : null
  const position = failure instanceof ApiError ? failure.fields.position : undefined
  const wrongAt = typeof position === 'number' && text.trim() === asked.sql ? position + leading(text) : null
  return (
    <div className="sql-console">
      <Schema insert={(name) => typeInto(field.current, name)} />
      <div className="sql-main">
        <Editor field={field} value={text} onChange={setText} wrongAt={wrongAt} />
        <div className="sql-bar">
          {running ? (
            <Button onClick={cancel}>
              <Square size={12} aria-hidden="true" /> Cancel
            </Button>
          ) : (
            <Button look="primary" onClick={run} disabled={text.trim() === ''}>
              <Play size={12} aria-hidden="true" /> Run <Keys of="mod+enter" />
            </Button>
          )}
          <Choice
            label="Traces of"
            value={asked.days}
            options={DAYS.map((days) => ({
              value: days,
              label: days === 366 ? 'the last year' : `the last ${days} days`,
            }))}
            onChange={(days) => set({ days })}
          />
          <Choice
            label="Rows"
            value={asked.limit}
            options={LIMITS.map((limit) => ({ value: limit, label: `up to ${exactCount(limit)} rows` }))}
            onChange={(limit) => set({ limit })}
          />
          <ExampleMenu field={field} />
          <HistoryMenu field={field} />
          <span className="sql-said number" role="status">
            {running ? <Elapsed /> : result.data && !failure && said(result.data)}
          </span>
          {result.data && !failure && <ExportMenu ask={asked} />}
        </div>
        <div className="sql-outcome" data-stale={running}>
          {failure ? (
            <Failure error={failure} text={text} wrongAt={wrongAt} field={field} retry={run} />
          ) : result.data ? (
            result.data.columns.length > 0 && <Results key={result.dataUpdatedAt} result={result.data} />
          ) : (
            <Beginning field={field} />
          )}
        </div>
      </div>
    </div>
  )
}

const leading = (text: string): number => text.length - text.trimStart().length

const said = ({ rows, truncated, ms }: SqlResult): string =>
  `${exactCount(rows.length)} ${rows.length === 1 ? 'row' : 'rows'}${truncated ? ', and more that were not asked for' : ''} in ${duration(ms)}`

/** Seconds, while it runs. */
function Elapsed() {
  const [began] = useState(() => performance.now())
  const [now, setNow] = useState(began)
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 100)
    return () => clearInterval(timer)
  }, [])
  return <>{`${((now - began) / 1_000).toFixed(1)} s`}</>
}

interface ChoiceProps {
  label: string
  value: number
  options: readonly { value: number; label: string }[]
  onChange: (value: string) => void
}

const Choice = ({ label, value, options, onChange }: ChoiceProps) => (
  <select
    className="input small sql-choice"
    aria-label={label}
    value={value}
    onChange={(event) => onChange(event.target.value)}
  >
    {options.map((option) => (
      <option key={option.value} value={option.value}>
        {option.label}
      </option>
    ))}
  </select>
)

type Field = RefObject<HTMLTextAreaElement | null>

function ExampleMenu({ field }: { field: Field }) {
  return (
    <Menu
      trigger={
        <Button look="quiet">
          <Lightbulb size={14} aria-hidden="true" /> Examples
        </Button>
      }
    >
      {EXAMPLES.map(({ title, sql }) => (
        <MenuItem key={title} onSelect={() => later(() => typeOver(field.current, sql))}>
          {title}
        </MenuItem>
      ))}
    </Menu>
  )
}

function HistoryMenu({ field }: { field: Field }) {
  const all = useStore(past)
  const now = useNow()
  return (
    <Menu
      trigger={
        <Button look="quiet">
          <History size={14} aria-hidden="true" /> History
        </Button>
      }
    >
      <MenuLabel>{all.length === 0 ? 'What you run is kept here, in this browser' : 'Run from this browser'}</MenuLabel>
      {all.map(({ sql, at, rows, ms }) => (
        <MenuItem key={sql} onSelect={() => later(() => typeOver(field.current, sql))}>
          <span className="sql-past">
            <code className="cut">{sql.replaceAll(/\s+/g, ' ')}</code>
            <span className="quiet number">
              {ago(new Date(at), new Date(now))}, {exactCount(rows)} rows, {duration(ms)}
            </span>
          </span>
        </MenuItem>
      ))}
      {all.length > 0 && <MenuItem onSelect={() => past.set([])}>Forget all of it</MenuItem>}
    </Menu>
  )
}

/** Once the menu has given the focus back. */
const later = (run: () => void): void => void setTimeout(run)

function ExportMenu({ ask }: { ask: Ask }) {
  const [busy, setBusy] = useState(false)
  const run = (format: 'csv' | 'json' | 'parquet') => {
    setBusy(true)
    exportSql(ask, format)
      .catch((error: unknown) => toastProblem(error, () => run(format)))
      .finally(() => setBusy(false))
  }
  return (
    <Menu
      align="end"
      trigger={
        <Button look="quiet" busy={busy}>
          <Download size={14} aria-hidden="true" /> Export
        </Button>
      }
    >
      <MenuLabel>Runs again, up to {exactCount(MOST_ROWS)} rows</MenuLabel>
      <MenuItem onSelect={() => run('csv')}>CSV</MenuItem>
      <MenuItem onSelect={() => run('json')}>JSON</MenuItem>
      <MenuItem onSelect={() => run('parquet')}>Parquet</MenuItem>
    </Menu>
  )
}

interface FailureProps {
  error: Error
  text: string
  wrongAt: number | null
  field: Field
  retry: () => void
}

function Failure({ error, text, wrongAt, field, retry }: FailureProps) {
  const wrong = error instanceof ApiError && (error.status === 400 || error.status === 422)
  if (!wrong) return <Problem error={error} retry={retry} />
  const place = wrongAt === null ? null : lineOf(text, wrongAt)
  const go = () => {
    field.current?.focus()
    field.current?.setSelectionRange(wrongAt ?? 0, wrongAt ?? 0)
  }
  return (
    <div className="note bad" role="alert" id="sql-problem">
      {place && (
        <button type="button" className="link-button" onClick={go}>
          Line {place.line}, column {place.column}
        </button>
      )}
      <p>{error.message.replace(/^sql: /, '')}</p>
    </div>
  )
}

/** What can be asked, to begin with. */
function Beginning({ field }: { field: Field }) {
  return (
    <div className="sql-beginning">
      <p className="quiet">
        One SELECT over your own traces, in the SQL of DuckDB. It reads a copy: nothing that is asked here can change or
        slow down anything. Begin with one of these:
      </p>
      <ul>
        {EXAMPLES.map(({ title, about, sql }) => (
          <li key={title}>
            <button type="button" onClick={() => typeOver(field.current, sql)}>
              <strong>{title}</strong>
              <span className="quiet">{about}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
