import { expect } from 'vitest'
import { type Answer, call, each } from './client.ts'
import type { Appliance } from './process.ts'
import { readSpans } from './reading.ts'
import { batchOf, otlpOf, type Sent, type Span, spanHashes } from './traces.ts'

/** One request of a client, with what it carries of each trace. */
export interface Request {
  target: '/v1/ingest/batch' | '/v1/otlp/traces'
  body: object
  parts: readonly { trace: string; hashes: Map<string, string> }[]
}

/**
 * What a client may conclude from what it was told: `acknowledged` is there for good, `refused` is not there at all, and where the
 * connection broke it cannot know, but all of it must be there or nothing.
 */
export type Outcome = 'acknowledged' | 'refused' | 'unknown'

export const batchRequest = (traces: readonly Sent[]): Request => ({
  target: '/v1/ingest/batch',
  body: batchOf(traces),
  parts: traces.map(({ id, spans }) => ({ trace: id, hashes: spanHashes(spans) })),
})

export const otlpRequest = (trace: Sent, spans: readonly Span[]): Request => ({
  target: '/v1/otlp/traces',
  body: otlpOf(trace, spans),
  parts: [{ trace: trace.id, hashes: spanHashes(spans) }],
})

/** What every client of a test sent and was told, to be held against what the server has. */
export class Ledger {
  readonly #entries: { request: Request; outcome: Outcome }[] = []

  /** Sends it and notes what came of it. Null: there was no answer. */
  async send(appliance: Appliance, request: Request): Promise<Answer | null> {
    const answer = await call(appliance, `POST ${request.target}`, { send: request.body }).catch(() => null)
    this.#entries.push({ request, outcome: outcomeOf(request, answer) })
    return answer
  }

  with(outcome: Outcome): Request[] {
    return this.#entries.filter((entry) => entry.outcome === outcome).map(({ request }) => request)
  }

  /** Traces of which anything was acknowledged. */
  get acknowledged(): Set<string> {
    return new Set(this.with('acknowledged').flatMap(({ parts }) => parts.map(({ trace }) => trace)))
  }

  /** Every trace is exactly what its answers promised: nothing acknowledged is missing, nothing refused is there, nothing is half. */
  async expectKept(appliance: Appliance): Promise<void> {
    const found = new Map<string, Map<string, string>>()
    const traces = new Set(this.#entries.flatMap(({ request }) => request.parts.map(({ trace }) => trace)))
    await each([...traces], 16, async (id) => void found.set(id, await readSpans(appliance, id)))
    for (const { request, outcome } of this.#entries) {
      const { there, missing } = count(request, found)
      if (outcome === 'acknowledged') expect(missing, `missing of an acknowledged ${request.target}`).toEqual([])
      else if (outcome === 'refused') expect(there, `there of a refused ${request.target}`).toEqual([])
      else expect(Math.min(there.length, missing.length), `${there.length} there, ${missing.length} missing`).toBe(0)
    }
    for (const { request } of this.#entries) {
      for (const { trace, hashes } of request.parts) for (const id of hashes.keys()) found.get(trace)?.delete(id)
    }
    for (const [trace, left] of found) expect([...left.keys()], `spans of ${trace} that nobody sent`).toEqual([])
  }

  /** Whatever was acknowledged is known when it comes again. */
  async expectDuplicates(appliance: Appliance): Promise<void> {
    await each(this.with('acknowledged'), 4, async ({ target, body, parts }) => {
      const answer = await call(appliance, `POST ${target}`, { send: body })
      if (target === '/v1/otlp/traces') expect(answer).toMatchObject({ status: 200 })
      else
        expect(answer).toMatchObject({
          status: 201,
          body: { ingested: 0, ids: [], duplicates: parts.length, errors: [] },
        })
    })
  }

  /** The clients send again what they do not know the fate of. From now on it counts as acknowledged. */
  async resolve(appliance: Appliance): Promise<void> {
    for (const entry of this.#entries) {
      if (entry.outcome !== 'unknown') continue
      const answer = await call(appliance, `POST ${entry.request.target}`, { send: entry.request.body })
      entry.outcome = outcomeOf(entry.request, answer)
      expect(entry.outcome, JSON.stringify(answer.body)).toBe('acknowledged')
    }
  }
}

function outcomeOf({ target, parts }: Request, answer: Answer | null): Outcome {
  if (answer === null) return 'unknown'
  if (answer.status === 503) return 'refused'
  const { status, body } = answer
  const whole =
    target === '/v1/otlp/traces'
      ? status === 200
      : status === 201 && Number(body.ingested) + Number(body.duplicates) === parts.length
  if (!whole) throw new Error(`${target} answered ${status}: ${JSON.stringify(body)}`)
  return 'acknowledged'
}

function count({ parts }: Request, found: Map<string, Map<string, string>>): { there: string[]; missing: string[] } {
  const there: string[] = []
  const missing: string[] = []
  for (const { trace, hashes } of parts) {
    for (const [id, hash] of hashes) (found.get(trace)?.get(id) === hash ? there : missing).push(`${trace}/${id}`)
  }
  return { there, missing }
}
