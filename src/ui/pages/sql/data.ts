import { useQuery } from '@tanstack/react-query'
import type { describeAnalytics, queryAnalytics } from '../../../api/analytics/contract.ts'
import { type AnswerOf, call, callRaw } from '../../client/call.ts'
import { queryClient } from '../../client/query.ts'
import { saveBlob } from '../../lib/save.ts'
import { keptStore } from '../../lib/store.ts'

export type Table = AnswerOf<typeof describeAnalytics>['tables'][number]
export type SqlColumn = { name: string; type: string }

/** A statement, and over how much it is asked. */
export interface Ask {
  sql: string
  days: number
  limit: number
}

export interface SqlResult {
  columns: SqlColumn[]
  rows: unknown[][]
  truncated: boolean
  /** How long it took, seen from here. */
  ms: number
}

const PATH: typeof queryAnalytics.path = '/v1/analytics/query'
const keyOf = ({ sql, days, limit }: Ask) => ['sql', sql, days, limit]
const KEEP_MS = 10 * 60_000

async function ask(wanted: Ask, signal: AbortSignal): Promise<SqlResult> {
  const began = performance.now()
  const response = await callRaw(PATH, { body: JSON.stringify(wanted), signal })
  const { columns, rows, truncated } = (await response.json()) as Omit<SqlResult, 'ms'>
  return { columns, rows, truncated, ms: performance.now() - began }
}

/** What came of a statement. Nothing runs until `runSql`: a link that is opened asks nothing in somebody's name. */
export const useResult = (wanted: Ask) =>
  useQuery({
    queryKey: keyOf(wanted),
    queryFn: ({ signal }) => ask(wanted, signal),
    enabled: false,
    retry: false,
    gcTime: KEEP_MS,
  })

export async function runSql(wanted: Ask): Promise<void> {
  const { rows, ms } = await queryClient.fetchQuery({
    queryKey: keyOf(wanted),
    queryFn: ({ signal }) => ask(wanted, signal),
    staleTime: 0,
    retry: false,
    gcTime: KEEP_MS,
  })
  remember({ sql: wanted.sql, at: Date.now(), rows: rows.length, ms })
}

/** Takes the question back; the statement ends where it runs. */
export const cancelSql = (wanted: Ask): Promise<void> => queryClient.cancelQueries({ queryKey: keyOf(wanted) })

export const MOST_ROWS = 100_000

/** Runs it again for a file, with as many rows as there may be. */
export async function exportSql({ sql, days }: Ask, format: 'csv' | 'json' | 'parquet'): Promise<void> {
  const body = JSON.stringify({ sql, days, format, limit: MOST_ROWS })
  const response = await callRaw(PATH, { body })
  const time = new Date().toISOString().slice(0, 16).replaceAll(':', '')
  saveBlob(`query-${time}.${format}`, await response.blob())
}

export const useTables = () =>
  useQuery({
    queryKey: ['sql-tables'],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: () => call<typeof describeAnalytics>('get', '/v1/analytics/schema'),
  })

export interface Remembered {
  sql: string
  at: number
  rows: number
  ms: number
}

const MOST_REMEMBERED = 50

/** What was asked from this browser, the latest first, each once. */
export const past = keptStore<readonly Remembered[]>('sql-history', [])
/** What stands in the editor and was not run. */
export const draft = keptStore('sql-draft', '')

const remember = (one: Remembered): void =>
  past.set((all) => [one, ...all.filter(({ sql }) => sql !== one.sql)].slice(0, MOST_REMEMBERED))
