import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { VERSION } from './version.ts'

/** Requests and commits in seconds: from what is not worth a thought to what somebody complains of. */
const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** The value of a label that is known when it is asked for. */
export type Sample = readonly [label: string, value: number]

/**
 * Everything that is counted, for Prometheus. What happens is counted where it happens; what is (sizes, places, depths) is read when
 * it is asked for, and then must cost next to nothing. Labels come from small fixed sets (route patterns, codes, names of files), never
 * from what a client sends.
 */
export class Metrics {
  readonly #registry = new Registry()
  readonly #loop: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 })

  readonly requests = this.#counter('http_requests', 'Requests that were answered.', ['method', 'route', 'status'])
  readonly requestSeconds = this.#histogram(
    'http_request_duration_seconds',
    'From the head of a request to the end of its answer; live feeds excepted.',
    ['method', 'route'],
  )
  /** A refused log-in is `invalid_credentials`, a slowed one `login_slowed`, a rate limit `rate_limited`, a full queue `queue_full`. */
  readonly errors = this.#counter('http_errors', 'Answers with an error, by its code.', ['route', 'code'])
  readonly traces = this.#counter(
    'ingest_traces',
    'Traces that were taken in: created, merged into a known one, or a duplicate.',
    ['outcome'],
  )
  readonly spans = this.#counter('ingest_spans', 'Spans that were taken in, repeated ones included.', [])
  readonly unpriced = this.#counter(
    'ingest_unpriced_spans',
    'Spans that were stored with tokens and no cost, because no price of their model is known.',
    ['provider'],
  )
  readonly deadLetters = this.#counter('ingest_dead_letters', 'What was rejected and kept as a dead letter.', [
    'source',
    'code',
  ])
  readonly ackSeconds = this.#histogram(
    'ingest_commit_wait_seconds',
    'From handing a request to the writer until it is durable.',
    [],
  )
  readonly commitSeconds = this.#histogram('commit_duration_seconds', 'One commit of all that waited for it.', [])

  constructor() {
    this.#loop.enable()
    this.gauge('build_info', 'The version that runs; always 1.', 'version', () => [[VERSION, 1]])
    this.gauge(
      'event_loop_lag_seconds',
      'How late the event loop was since the last look, by quantile.',
      'quantile',
      () => this.#lag(),
    )
    this.gauge('process_memory_bytes', 'Memory of the process.', 'kind', () => {
      const { rss, heapUsed, external } = process.memoryUsage()
      return [
        ['resident', rss],
        ['heap', heapUsed],
        ['external', external],
      ]
    })
    this.total('process_cpu_seconds', 'Processor time of the process, all threads.', () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1e6
    })
  }

  /** What stands at some value now, under one label. Nothing that scans may be read here. */
  gauge(name: string, help: string, label: string, read: () => Iterable<Sample> | Promise<Iterable<Sample>>): void {
    const registers = [this.#registry]
    new Gauge({
      ...{ name: `trulayer_${name}`, help, labelNames: [label], registers },
      async collect() {
        const samples = await read()
        this.reset()
        for (const [at, value] of samples) this.set({ [label]: at }, value)
      },
    })
  }

  /** The same without a label. */
  value(name: string, help: string, read: () => number | Promise<number>): void {
    const registers = [this.#registry]
    new Gauge({
      ...{ name: `trulayer_${name}`, help, registers },
      async collect() {
        this.set(await read())
      },
    })
  }

  /** What only grows and is counted elsewhere. */
  total(name: string, help: string, read: () => number): void {
    const registers = [this.#registry]
    new Counter({
      ...{ name: `trulayer_${name}_total`, help, registers },
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  }

  /** All of it, in the text format of Prometheus, whose media type is `type`. */
  async text(): Promise<{ text: string; type: string }> {
    return { text: await this.#registry.metrics(), type: this.#registry.contentType }
  }

  close(): void {
    this.#loop.disable()
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name: `trulayer_${name}_total`, help, labelNames, registers: [this.#registry] })
  }

  #histogram<L extends string>(name: string, help: string, labelNames: L[]): Histogram<L> {
    return new Histogram({
      name: `trulayer_${name}`,
      help,
      labelNames,
      buckets: DURATIONS,
      registers: [this.#registry],
    })
  }

  #lag(): Sample[] {
    const seconds = (nanoseconds: number) => (Number.isFinite(nanoseconds) ? nanoseconds / 1e9 : 0)
    const lag: Sample[] = [
      ['0.5', seconds(this.#loop.percentile(50))],
      ['0.99', seconds(this.#loop.percentile(99))],
      ['1', seconds(this.#loop.max)],
    ]
    this.#loop.reset()
    return lag
  }
}
