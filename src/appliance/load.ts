import { batchRequest, type Ledger, otlpRequest, type Request } from './ledger.ts'
import type { Appliance } from './process.ts'
import { type Random, seeded, someOtlpTrace, someTraces } from './traces.ts'

export interface LoadOptions {
  appliance: Appliance
  ledger: Ledger
  seed: number
  /** Connections that send batches of ten traces. */
  batches: number
  /** Connections that send the spans of each trace in two requests. */
  otlp: number
}

/** Clients that send without pause until they are refused, get no answer, or are told to stop. Answers when the last has stopped. */
export function startLoad({ appliance, ledger, seed, batches, otlp }: LoadOptions): {
  stop(): void
  done: Promise<void>
} {
  let stopped = false
  const client = async (requests: Iterator<Request, never>): Promise<void> => {
    while (!stopped) {
      const answer = await ledger.send(appliance, requests.next().value)
      if (answer === null || answer.status === 503) return
    }
  }
  const clients = [
    ...Array.from({ length: batches }, (_, i) => client(batchRequests(seeded(seed + i)))),
    ...Array.from({ length: otlp }, (_, i) => client(otlpRequests(seeded(seed + 1_000 + i)))),
  ]
  return {
    stop: () => {
      stopped = true
    },
    done: Promise.all(clients).then(() => undefined),
  }
}

function* batchRequests(random: Random): Generator<Request, never> {
  for (;;) yield batchRequest(someTraces(random, 10))
}

/** Children first as often as not, since exporters send a span when it ends. */
function* otlpRequests(random: Random): Generator<Request, never> {
  for (;;) {
    const trace = someOtlpTrace(random, { spans: 5 })
    const parts = [trace.spans.slice(0, 2), trace.spans.slice(2)]
    for (const spans of random() < 0.5 ? parts : parts.reverse()) yield otlpRequest(trace, spans)
  }
}
