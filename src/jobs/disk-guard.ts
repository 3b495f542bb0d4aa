import type { Clock } from '../clock.ts'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import type { TenantId, TraceId } from '../ids.ts'
import type { Admission } from '../ingest/admission.ts'
import type { Log } from '../log.ts'
import type { ControlStore } from '../storage/control/open.ts'
import { type DiskUse, diskUse } from '../storage/disk-use.ts'
import type { StorageFault } from '../storage/faults.ts'
import { eraseTraces } from '../storage/telemetry/erasing.ts'
import type { Telemetry } from '../storage/telemetry/telemetry.ts'
import { eraseAllExpired } from './retention/expired.ts'

/**
 * Keeps the disk from filling up: measures now and then (never for a request), and refuses ingest while there is still room for
 * everything else to go on, such as erasing. Told so, it erases before it comes to that: first what its project keeps no longer, then the
 * oldest traces.
 *
 * ok     there is room
 * near   a limit is near: the oldest traces go, if `storage.when_full` says so
 * full   a limit is reached: ingest is refused until there is clearly room again; or, where no limit came before it, commits fail for want of room
 */
export type DiskState = 'ok' | 'near' | 'full'

export interface DiskHealth {
  state: DiskState
  /** The setting whose limit is near or reached; null: none is, and where it is full all the same, the disk itself is. */
  limit: Limit['setting'] | null
  /** Why commits fail; null: they do not. */
  fault: StorageFault | null
  use: DiskUse
  /** Traces that were erased to make room, since the start. */
  erased: number
}

/** Bytes that are left until a limit is reached, and the margin that there must be before it counts as far again. */
interface Limit {
  setting: 'storage.max_bytes' | 'storage.min_free_bytes'
  left: number
  margin: number
  /** Does erasing help? */
  erasable: boolean
}

export interface DiskGuardParts {
  config: Config
  control: ControlStore
  telemetry: Telemetry
  admission: Admission
  clock: Clock
  log: Log
}

const MEASURE_MS = 10_000
/** It also measures after so many bytes came in: at full speed a disk fills faster than the timer looks. */
const MEASURE_BYTES = 16 * 1024 * 1024
const ERASE_AT_ONCE = 200
/** For so long no commit must have failed before they count as kept again. */
const CALM_MS = 5_000
/** What must be free for that, on a disk that was full, while nobody sends anything that would show it. */
const ROOM_BYTES = 4 * 1024 * 1024

export class DiskGuard {
  readonly #parts: DiskGuardParts
  #health!: DiskHealth
  #cancelTimer: () => void = () => undefined
  #stopListening: () => void = () => undefined
  #measuredAt = 0
  #refusedAt = Number.NEGATIVE_INFINITY
  #keptAt = Number.NEGATIVE_INFINITY
  #working: Promise<void> | null = null
  #stopped = false

  private constructor(parts: DiskGuardParts) {
    this.#parts = parts
  }

  /** Answers after the first measurement, so that nobody is let in who would be refused. */
  static async start(parts: DiskGuardParts): Promise<DiskGuard> {
    const guard = new DiskGuard(parts)
    guard.#health = { state: 'ok', limit: null, fault: null, use: await guard.#measure(), erased: 0 }
    guard.#judge(guard.#health.use)
    guard.#stopListening = parts.telemetry.onCommit(() => {
      if (parts.admission.accepted - guard.#measuredAt >= MEASURE_BYTES) guard.#look()
    })
    parts.telemetry.onOutcome((refused) => guard.#tried(refused))
    guard.#wait()
    if (guard.#health.state !== 'ok') guard.#look()
    return guard
  }

  /** As it was last measured. */
  get health(): DiskHealth {
    return this.#health
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#cancelTimer()
    this.#stopListening()
    await this.#working
  }

  #wait(): void {
    this.#cancelTimer = this.#parts.clock.after(MEASURE_MS, () => {
      this.#look()
      this.#wait()
    })
  }

  #look(): void {
    this.#working ??= this.#work()
      .catch((error: unknown) => {
        if (!this.#stopped)
          this.#parts.log.error({ err: error }, 'the disk could not be looked after; it is tried again')
      })
      .finally(() => {
        this.#working = null
      })
  }

  async #work(): Promise<void> {
    const { config, telemetry } = this.#parts
    let use = await this.#measure()
    // The write-ahead log is the one thing that can be given back without a loss.
    const tight = limitsOf(use, config.storage).some(({ left, margin }) => left < 2 * margin)
    if ((tight || this.#health.fault === 'storage_full') && (await telemetry.fold())) use = await this.#measure()
    this.#judge(use, (await this.#keptAgain(use)) ? null : this.#health.fault)
    if (config.storage.when_full === 'erase_oldest' && this.#wanted(2) > 0) await this.#makeRoom()
  }

  async #measure(): Promise<DiskUse> {
    const { config, telemetry, admission } = this.#parts
    this.#measuredAt = admission.accepted
    return diskUse(config.data_dir, telemetry.freeBytes)
  }

  /** Something was to be written, and was, or was not. Ingest is not refused for it: whoever comes next finds out whether there is room again. */
  #tried(refused: StorageFault | null): void {
    if (refused === null) {
      this.#keptAt = this.#parts.clock.now()
      return
    }
    this.#refusedAt = this.#parts.clock.now()
    if (refused !== this.#health.fault) this.#judge(this.#health.use, refused)
  }

  /** Are commits kept, after some that were not? None failed for a while and one did not, or, where nobody sends any, one that writes nothing. */
  async #keptAgain(use: DiskUse): Promise<boolean> {
    const { telemetry, clock } = this.#parts
    const { fault } = this.#health
    if (fault === null || clock.now() - this.#refusedAt < CALM_MS) return false
    if (this.#keptAt > this.#refusedAt) return true
    // So little may fit into what a refused commit left of the write-ahead log, on a disk that is as full as ever.
    if (fault === 'storage_full' && use.free < ROOM_BYTES) return false
    return telemetry.append({ traces: [], deadLetters: [] }).then(
      () => true,
      () => false,
    )
  }

  #judge(use: DiskUse, fault: StorageFault | null = this.#health.fault): void {
    const before = this.#health
    const limits = limitsOf(use, this.#parts.config.storage)
    const reached = limits.find(({ left }) => left <= 0)
    const close = (margins: number) => limits.find(({ left, margin }) => left < margins * margin)
    const full = reached ?? (before.state === 'full' && before.limit !== null ? close(1) : undefined)
    const noRoom = full !== undefined || fault === 'storage_full'
    const limit = full ?? (noRoom ? undefined : close(2))
    this.#health = {
      ...before,
      ...{ state: noRoom ? 'full' : limit ? 'near' : 'ok', limit: limit?.setting ?? null, fault, use },
    }
    const { state } = this.#health
    if (state !== before.state || (state === 'full' && this.#health.limit !== before.limit)) this.#changed()
    if (fault !== before.fault) this.#faultChanged()
  }

  #faultChanged(): void {
    const { fault } = this.#health
    if (fault === null) this.#parts.log.info('what is sent in is stored again')
    else this.#parts.log.error({ fault }, FAULTS[fault])
  }

  #changed(): void {
    const { config, admission, log } = this.#parts
    const { state, limit, use } = this.#health
    const { max_bytes, min_free_bytes, when_full } = config.storage
    const facts = {
      limit,
      used: use.used,
      free: use.free,
      reusable: use.reusable,
      max_bytes,
      min_free_bytes,
      when_full,
    }
    admission.refuseWith(state === 'full' && limit ? () => refusal(limit, config) : null)
    // Where commits fail, that says it.
    if (state === 'full' && limit === null) return
    if (state === 'full') log.error(facts, 'the disk is full: ingest is refused until there is room')
    else if (state === 'near') log.warn(facts, 'the disk is nearly full')
    else log.info(facts, 'the disk has room again')
  }

  /** Bytes that must go so that every limit which erasing moves is so many margins away; 0 or less: none. No trace goes for what passes. */
  #wanted(margins: number): number {
    const { use } = this.#health
    const lasting = { ...use, used: use.used - use.passing, free: use.free + use.passing }
    const limits = limitsOf(lasting, this.#parts.config.storage).filter(({ erasable }) => erasable)
    return Math.max(0, ...limits.map(({ left, margin }) => margins * margin - left))
  }

  /**
   * Erases what is beyond its retention, then the traces that came first, of whatever tenant: until a limit that was near is far, not one
   * trace for each that comes. What is made of the log may grow meanwhile; that is not made up for with more traces.
   */
  async #makeRoom(): Promise<void> {
    const { telemetry, clock, log } = this.#parts
    const before = this.#health.erased
    const enough = this.#health.use.reusable + this.#wanted(3)
    for await (const erased of eraseAllExpired(this.#parts, clock.now())) {
      this.#health.erased += erased
      this.#judge(await this.#measure())
      if (this.#stopped || this.#health.use.reusable >= enough) break
    }
    while (!this.#stopped && this.#health.use.reusable < enough) {
      const oldest = await telemetry.ask('firstTraces', { after: 0, limit: ERASE_AT_ONCE })
      if (oldest.length === 0) break
      const byTenant = new Map<TenantId, TraceId[]>()
      for (const { tenantId, id } of oldest) byTenant.set(tenantId, [...(byTenant.get(tenantId) ?? []), id])
      for (const [tenantId, ids] of byTenant) this.#health.erased += await eraseTraces(telemetry, { tenantId, ids })
      this.#judge(await this.#measure())
    }
    const erased = this.#health.erased - before
    if (erased > 0) log.warn({ erased }, 'the oldest traces were erased to make room')
  }
}

const FAULTS: Record<StorageFault, string> = {
  storage_full: 'the disk is full: nothing that is sent in can be stored until there is room',
  storage_unavailable: 'telemetry.db cannot be written: nothing that is sent in can be stored until it can',
}

function limitsOf(
  { used, free, reusable }: DiskUse,
  { max_bytes: max, min_free_bytes: min }: Config['storage'],
): Limit[] {
  const limits: Limit[] = []
  if (max !== null) limits.push({ setting: 'storage.max_bytes', left: max - used, margin: max / 20, erasable: true })
  if (min > 0) {
    limits.push(
      { setting: 'storage.min_free_bytes', left: free + reusable - min, margin: min / 4, erasable: true },
      // Free pages are of no use to the write-ahead log: a quarter must really be free.
      { setting: 'storage.min_free_bytes', left: free - min / 4, margin: min / 16, erasable: false },
    )
  }
  return limits
}

function refusal(limit: Limit['setting'], { storage }: Config): AppError {
  const why =
    limit === 'storage.max_bytes'
      ? `TruLayer holds as much as storage.max_bytes allows (${storage.max_bytes} bytes)`
      : `The disk has less than storage.min_free_bytes left (${storage.min_free_bytes} bytes)`
  return new AppError(
    'storage_full',
    `${why}: nothing of this was stored. Make room or raise the limit, shorten retention, or set storage.when_full to erase_oldest; then send it again.`,
    { retryAfterS: 30 },
  )
}
