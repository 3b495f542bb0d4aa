import { useQuery } from '@tanstack/react-query'
import { createContext, useMemo } from 'react'
import type { findInTrace } from '../../../api/traces/contract.ts'
import { call } from '../../client/call.ts'
import { useSettled } from '../../lib/hooks.ts'
import type { Tree } from './tree.ts'

/** What is searched in the trace, for those who show its texts. */
export const SearchedText = createContext('')

export interface Found {
  /** From top to bottom. */
  spans: readonly number[]
  /** Where it stands in each: `name`, `input`, `output · metadata` …; null while nothing is searched. */
  where: ReadonlyMap<number, string> | null
  /** The texts are still being looked through. */
  busy: boolean
}

const SETTLE_MS = 150
/** One letter is everywhere. */
const LEAST_LETTERS = 2

/**
 * Names, models and kinds are here and found at once; texts, metadata and events are looked through where they are. What the trace says of
 * itself is shown with its first span, and so it is found there.
 */
export function useFound(traceId: string, tree: Tree, typed: string): Found {
  const text = typed.trim()
  const settled = useSettled(text, SETTLE_MS)
  const asked = text.length >= LEAST_LETTERS
  const texts = useQuery({
    queryKey: ['find', traceId, settled],
    enabled: asked && settled.length >= LEAST_LETTERS,
    staleTime: 60_000,
    gcTime: 60_000,
    queryFn: ({ signal }) =>
      call<typeof findInTrace>('get', '/v1/traces/{id}/find', {
        params: { id: traceId },
        query: { text: settled },
        signal,
      }),
  })
  const named = useMemo(() => namedIn(tree, text), [tree, text])
  const data = settled === text ? texts.data : undefined
  return useMemo(() => {
    if (text === '') return { spans: [], where: null, busy: false }
    const where = new Map(named.map((i) => [i, 'name']))
    const first = tree.order[0]
    const own = data?.trace ?? []
    if (first !== undefined && own.length > 0 && !where.has(first)) where.set(first, own.join(' · '))
    for (const { span_id, in: places } of data?.spans ?? []) {
      const i = tree.byId.get(span_id)
      if (i === undefined || where.get(i) === 'name') continue
      where.set(i, [...new Set(i === first ? [...own, ...places] : places)].join(' · '))
    }
    const spans = [...where.keys()].sort((a, b) => (tree.rank[a] ?? 0) - (tree.rank[b] ?? 0))
    return { spans, where, busy: asked && !data && !texts.isError }
  }, [text, named, data, tree, asked, texts.isError])
}

/** Spans whose name, model, kind or beginning of an error has the text, from top to bottom. */
function namedIn({ order, spans, kind }: Tree, text: string): number[] {
  const wanted = text.toLowerCase()
  if (wanted === '') return []
  return [...order].filter((i) => {
    const span = spans[i]
    return span && `${span.name}\n${span.model ?? ''}\n${span.error ?? ''}\n${kind[i]}`.toLowerCase().includes(wanted)
  })
}

/** The next of `some`, in the order of the rows, and round again. */
export function nextOf(some: readonly number[], { rank }: Tree, from: number, by: 1 | -1): number | undefined {
  const at = some.indexOf(from)
  if (at >= 0) return some[(at + by + some.length) % some.length]
  const here = rank[from] ?? 0
  const places = some.map((i) => rank[i] ?? 0)
  const next = by === 1 ? places.findIndex((p) => p > here) : places.findLastIndex((p) => p < here)
  return some[next === -1 ? (by === 1 ? 0 : some.length - 1) : next]
}
