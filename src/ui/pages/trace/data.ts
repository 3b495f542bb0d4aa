import { queryOptions, type UseQueryResult, useQuery } from '@tanstack/react-query'
import type { getSpan, getTrace, getTraceCosts, getTraceOutline } from '../../../api/traces/contract.ts'
import { type AnswerOf, call } from '../../client/call.ts'
import { queryClient } from '../../client/query.ts'

export type Outline = AnswerOf<typeof getTraceOutline>
export type SpanOutline = Outline['spans'][number]
export type Span = AnswerOf<typeof getSpan>
export type Costs = AnswerOf<typeof getTraceCosts>
export type TraceEvent = NonNullable<Outline['events']>[number]

/** A trace that was read may still grow from spans on their way; a minute later nobody waits for them. */
const STALE_MS = 60_000

const outlineQuery = (id: string) =>
  queryOptions({
    queryKey: ['trace', id],
    queryFn: ({ signal }) => call<typeof getTraceOutline>('get', '/v1/traces/{id}/outline', { params: { id }, signal }),
    staleTime: STALE_MS,
  })

export const useOutline = (id: string): UseQueryResult<Outline> => useQuery(outlineQuery(id))

/** Has a trace there before it is asked for. */
export const prefetchOutline = (id: string): void => void queryClient.prefetchQuery(outlineQuery(id))

/** Of a trace, or of one of its spans. */
export const useCosts = (id: string, span?: string, wanted = true): UseQueryResult<Costs> =>
  useQuery({
    queryKey: ['trace-costs', id, span ?? ''],
    queryFn: ({ signal }) =>
      call<typeof getTraceCosts>('get', '/v1/traces/{id}/costs', { params: { id }, query: { span_id: span }, signal }),
    staleTime: STALE_MS,
    enabled: wanted,
  })

const spanQuery = (trace: string, span: string) => ({
  queryKey: ['span', trace, span],
  queryFn: () =>
    call<typeof getSpan>('get', '/v1/traces/{id}/spans/{span_id}', { params: { id: trace, span_id: span } }),
  staleTime: STALE_MS,
})

export const useSpan = (trace: string, span: string | undefined): UseQueryResult<Span> =>
  useQuery({ ...spanQuery(trace, span ?? ''), enabled: span !== undefined })

export const prefetchSpan = (trace: string, span: string): void =>
  void queryClient.prefetchQuery(spanQuery(trace, span))

/** Traces up to this size are read whole when their texts are wanted all at once. */
export const WHOLE_SPANS = 400

/** Reads a small trace whole and keeps each span under its own key. */
export const useWholeTrace = (id: string, wanted: boolean) =>
  useQuery({
    queryKey: ['trace-whole', id],
    enabled: wanted,
    staleTime: STALE_MS,
    queryFn: async ({ signal }) => {
      const trace = await call<typeof getTrace>('get', '/v1/traces/{id}', { params: { id }, signal })
      for (const span of trace.spans ?? []) queryClient.setQueryData(['span', id, span.id], span)
      return trace
    },
  })
