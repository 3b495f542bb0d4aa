import type { Clock } from '../clock.ts'
import { AppError, type ErrorCode, STATUS_OF } from '../errors.ts'
import type { ProjectId, TenantId } from '../ids.ts'
import type { Log } from '../log.ts'
import { type HealthCount, MINUTE_MS } from '../storage/telemetry/health.ts'
import type { Telemetry } from '../storage/telemetry/telemetry.ts'

/** Why something was not taken in. */
export const CATEGORIES = ['auth', 'schema', 'rate_limit', 'payload_too_large', 'downstream', 'unknown'] as const
export type Category = (typeof CATEGORIES)[number]

const FLUSH_MS = 10_000
/** Counts that are held at most; more are written down at once. */
const MOST_HELD = 2_000
const LONGEST_EXAMPLE = 300

/** Upper bounds of the lag in milliseconds, so close together that a percentile is off by a third at most. */
export const LAG_BOUNDS = [
  ...[1, 2, 3, 4, 6, 8, 11, 15, 20, 30, 40, 55, 75, 100, 140, 190, 260, 350, 480, 650, 900],
  ...[1_200, 1_700, 2_300, 3_100, 4_200, 5_700, 7_700, 10_500, 14_000, 20_000, 30_000, 60_000],
]

/**
 * Counts how ingest goes. A request costs a few additions in memory; what was added up is written down every ten seconds, and when
 * somebody asks. A crash loses the counts of those seconds, never a trace.
 */
export class IngestHealth {
  readonly #telemetry: Telemetry
  readonly #clock: Clock
  readonly #log: Log
  readonly #held = new Map<string, HealthCount>()
  #cancelTimer: (() => void) | null = null

  constructor(telemetry: Telemetry, clock: Clock, log: Log) {
    this.#telemetry = telemetry
    this.#clock = clock
    this.#log = log
  }

  /** Traces can be read that arrived at `receivedAt`. */
  stored(tenantId: TenantId, projectId: ProjectId, traces: number, receivedAt: number): void {
    const at = this.#clock.now()
    const lag = at - receivedAt
    const bound = LAG_BOUNDS.find((most) => lag <= most) ?? LAG_BOUNDS.at(-1)
    this.#add({ tenantId, projectId, at, kind: 'stored', name: '', count: traces, example: null })
    this.#add({ tenantId, projectId, at, kind: 'lag', name: String(bound), count: traces, example: null })
  }

  /** Something was not taken in, for the reason that the code names. */
  refused(tenantId: TenantId | null, projectId: ProjectId | null, code: string, example: string): void {
    const at = this.#clock.now()
    const short = example.slice(0, LONGEST_EXAMPLE).toWellFormed()
    this.#add({ tenantId, projectId, at, kind: 'refused', name: categoryOf(code), count: 1, example: short })
  }

  /** A request to ingest failed as a whole. What was buried is counted as such. */
  failed(tenantId: TenantId | null, request: string, error: unknown): void {
    const code = error instanceof AppError ? error.code : 'internal'
    if (code === 'invalid_trace') return
    const message = error instanceof AppError ? error.message : 'an error of the appliance; see its log'
    this.refused(tenantId, null, code, `${request}: ${message}`)
  }

  /** Log records came of which no trace is made. */
  ignored(tenantId: TenantId, projectId: ProjectId, count: number, example: string): void {
    const short = example.slice(0, LONGEST_EXAMPLE).toWellFormed()
    this.#add({ tenantId, projectId, at: this.#clock.now(), kind: 'ignored', name: '', count, example: short })
  }

  redacted(tenantId: TenantId, projectId: ProjectId | null, rule: string, count: number): void {
    this.#add({ tenantId, projectId, at: this.#clock.now(), kind: 'redacted', name: rule, count, example: null })
  }

  /** Spans of this provider were stored that no price is known for. */
  unpriced(tenantId: TenantId, projectId: ProjectId, provider: string, count: number): void {
    this.#add({ tenantId, projectId, at: this.#clock.now(), kind: 'unpriced', name: provider, count, example: null })
  }

  /** Writes down what is held. What cannot be written is held on to. */
  async flush(): Promise<void> {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    const health = [...this.#held.values()]
    this.#held.clear()
    if (health.length === 0) return
    try {
      await this.#telemetry.append({ traces: [], deadLetters: [], health })
    } catch (error) {
      this.#log.warn({ err: error }, 'how ingest goes could not be written down; it is tried again')
      if (this.#held.size < MOST_HELD) for (const count of health) this.#add(count)
    }
  }

  #add(count: HealthCount): void {
    const { tenantId, projectId, at, kind, name } = count
    const key = `${tenantId} ${projectId} ${Math.floor(at / MINUTE_MS)} ${kind} ${name}`
    const known = this.#held.get(key)
    if (known) {
      known.count += count.count
      known.at = Math.max(known.at, at)
      known.example = count.example ?? known.example
    } else {
      this.#held.set(key, count)
    }
    if (this.#held.size >= MOST_HELD) void this.flush()
    else this.#cancelTimer ??= this.#clock.after(FLUSH_MS, () => void this.flush())
  }
}

/** Codes that say more than their status, and those of dead letters, which have none. */
const CODES: Record<string, Category> = {
  'error.project.archived': 'auth',
  payload_too_large: 'payload_too_large',
  invalid_span: 'schema',
  invalid_span_id: 'schema',
  invalid_log_record: 'schema',
  duplicate_span_id: 'schema',
  unknown_project: 'schema',
}

function categoryOf(code: string): Category {
  const known = CODES[code]
  if (known) return known
  const status = STATUS_OF[code as ErrorCode] ?? 0
  if (status === 401 || status === 403) return 'auth'
  if (status === 429 || status === 402) return 'rate_limit'
  if (status === 503) return 'downstream'
  return status === 400 || status === 415 || status === 422 ? 'schema' : 'unknown'
}
