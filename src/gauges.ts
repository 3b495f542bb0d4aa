import type { Services } from './api/services.ts'
import type { Clock } from './clock.ts'
import type { Sample } from './metrics.ts'
import type { ControlStore } from './storage/control/open.ts'

type Needs = Pick<
  Services,
  'metrics' | 'admission' | 'telemetry' | 'control' | 'clock' | 'disk' | 'soundness' | 'followers'
>

/** What stands at some value: read from its owner whenever somebody looks. */
export function registerGauges(needs: Needs): void {
  const { metrics, admission, telemetry, control, clock, disk, soundness, followers } = needs
  telemetry.onTiming((ms) => metrics.commitSeconds.observe(ms / 1000))

  metrics.value('ingest_queue_bytes', 'Bodies that are being read or wait for their commit.', () => admission.bytes)
  metrics.value('ingest_queue_limit_bytes', 'More than this is refused.', () => admission.limit)
  metrics.value(
    'ingest_queue_requests',
    'Requests that are being read or wait for their commit.',
    () => admission.requests,
  )
  metrics.total('ingest_bytes', 'Bodies, inflated, whose content was stored.', () => admission.accepted)
  metrics.value('log_head', 'Changes of traces, since the beginning.', () => telemetry.head)
  metrics.value('read_queue_questions', 'Questions that wait for a reader thread.', () => telemetry.questions)

  metrics.gauge('follower_lag', 'Changes of the log that a follower has not seen yet.', 'follower', () =>
    followers().map(({ name, lag }) => [name, lag] as const),
  )
  metrics.gauge('follower_failures', 'How often in a row a follower has failed; 0 is well.', 'follower', () =>
    followers().map(({ name, failures }) => [name, failures] as const),
  )
  metrics.gauge(
    'dead_letters',
    'Dead letters that are kept: open ones, and those that were replayed or resolved.',
    'state',
    async () => {
      const { letters, open } = await telemetry.ask('deadLetterTotals', {})
      return [
        ['open', open],
        ['settled', letters - open],
      ]
    },
  )
  metrics.value(
    'dead_letter_bytes',
    'What the payloads of dead letters weigh.',
    async () => (await telemetry.ask('deadLetterTotals', {})).bytes,
  )
  metrics.gauge(
    'tasks',
    'Tasks that wait, run, or are dead: as of at most half a minute ago.',
    'state',
    recently(clock, () => taskStates(control)),
  )

  metrics.gauge(
    'file_bytes',
    'Sizes in the data directory: of each file, and of each directory in it, as last measured.',
    'file',
    () => byFirstName(disk.health.use.files),
  )
  metrics.gauge(
    'file_read_through_bytes',
    'Bytes of a true file that have been read for damaged pages, while somebody does.',
    'file',
    () => soundness.files.flatMap(({ name, reading }) => (reading ? [[name, reading.done] as const] : [])),
  )
  metrics.gauge(
    'file_sound_timestamp_seconds',
    'When a true file was last read through and every page found sound.',
    'file',
    () => soundness.files.flatMap(({ name, soundAt }) => (soundAt === null ? [] : [[name, soundAt / 1000] as const])),
  )
  metrics.value('disk_used_bytes', 'What the data directory holds, free pages not counted.', () => disk.health.use.used)
  metrics.value('disk_free_bytes', 'What the file system has left.', () => disk.health.use.free)
  metrics.value('disk_reusable_bytes', 'Free pages of telemetry.db.', () => disk.health.use.reusable)
  metrics.gauge('disk_state', '1 for the state that the disk is in.', 'state', () =>
    (['ok', 'near', 'full'] as const).map((state) => [state, state === disk.health.state ? 1 : 0] as const),
  )
  metrics.value('storage_writable', '0 while what is sent in cannot be stored, because commits fail.', () =>
    telemetry.alive && disk.health.fault === null ? 1 : 0,
  )
  metrics.total('disk_erased_traces', 'Traces that were erased to make room.', () => disk.health.erased)
}

/** A directory may hold any number of files: it counts as one. */
function byFirstName(files: ReadonlyMap<string, number>): Iterable<Sample> {
  const sizes = new Map<string, number>()
  for (const [name, size] of files) {
    const first = name.split(/[\\/]/, 1)[0] ?? name
    sizes.set(first, (sizes.get(first) ?? 0) + size)
  }
  return sizes
}

async function taskStates(control: ControlStore): Promise<Sample[]> {
  const states = { queued: 0, running: 0, dead: 0 }
  for (const { state, count } of await control.tasks.counts()) states[state] += count
  return Object.entries(states)
}

const KEEP_MS = 30_000

/** What is counted from an index is counted at most twice a minute, however many look. */
function recently<T>(clock: Clock, read: () => Promise<T>): () => Promise<T> {
  let known: { at: number; value: Promise<T> } | null = null
  return () => {
    const now = clock.now()
    if (!known || now < known.at || now - known.at >= KEEP_MS) known = { at: now, value: read() }
    known.value.catch(() => {
      known = null
    })
    return known.value
  }
}
