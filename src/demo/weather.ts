import { loadFactor } from './calendar.ts'
import { type Fault, type LlmFaultKind, llmFault, toolFault } from './faults.ts'
import { activeAt, type Incident } from './incidents.ts'
import type { Random } from './random.ts'
import type { AppName } from './types.ts'

/** Of all model calls that fail on an ordinary day. */
const USUAL: readonly (readonly [LlmFaultKind, number])[] = [
  ['timeout', 28],
  ['rate_limit', 26],
  ['invalid_response', 26],
  ['context_length', 14],
  ['refused', 6],
]

/** What makes runs slow or fail at a time: the usual noise, and the planted incidents. */
export class Weather {
  readonly #incidents: readonly Incident[]

  constructor(incidents: readonly Incident[]) {
    this.#incidents = incidents
  }

  /** How many times as many conversations begin. */
  volume(app: AppName, at: number): number {
    return this.#find('volume_anomaly', app, at)?.factor ?? 1
  }

  /** How many times as long a model call takes. */
  slowness(app: AppName, at: number): number {
    return loadFactor(at) * (this.#find('latency_spike', app, at)?.factor ?? 1)
  }

  /** Why a model call fails, or null. Where JSON is expected the answer may be broken. */
  llmFault(
    random: Random,
    { app, at, model, json }: { app: AppName; at: number; model: string; json: boolean },
  ): Fault | null {
    const spike = this.#find('error_rate_spike', app, at)
    if (spike && !json && random.chance(spike.factor)) return llmFault(random, 'quota', model)
    if (this.#find('latency_spike', app, at) && random.chance(0.05)) return llmFault(random, 'timeout', model)
    if (!random.chance(0.021)) return null
    const kind = random.weighted(USUAL)
    return llmFault(random, kind === 'invalid_response' && !json ? 'timeout' : kind, model)
  }

  toolFault(random: Random, tool: string): Fault | null {
    return random.chance(0.014) ? toolFault(random, tool) : null
  }

  #find(kind: Incident['kind'], app: AppName, at: number): Incident | undefined {
    return this.#incidents.find(
      (one) => one.kind === kind && activeAt(one, at) && (one.app === null || one.app === app),
    )
  }
}
