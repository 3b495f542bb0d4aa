import { z } from 'zod'
import { PLANS } from './plans.ts'

const MIB = 1024 * 1024
const price = z.number().min(0)

/**
 * Every setting: its name, bounds and default. Read once, at the start, from a YAML file and `TRULAYER_*` variables, which win.
 * `config.example.yaml` explains each; a test holds the two together.
 */
export const schema = z.strictObject({
  server: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.number().int().min(0).max(65535).default(8080),
      public_url: z
        .url({ protocol: /^https?$/ })
        .nullable()
        .default(null),
      trust_proxy: z.union([z.boolean(), z.number().int().min(1).max(10)]).default(false),
      tls: z
        .strictObject({
          cert: z.string().min(1).nullable().default(null),
          key: z.string().min(1).nullable().default(null),
        })
        .refine(({ cert, key }) => (cert === null) === (key === null), 'cert and key belong together: set both or none')
        .prefault({}),
    })
    .prefault({}),
  data_dir: z.string().min(1).default('./data'),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
      slow_request_ms: z.number().int().min(0).default(1000),
    })
    .prefault({}),
  metrics: z.strictObject({ token: z.string().min(16).nullable().default(null) }).prefault({}),
  auth: z
    .strictObject({
      session_hours: z
        .number()
        .int()
        .min(1)
        .max(24 * 365)
        .default(168),
    })
    .prefault({}),
  owner: z
    .strictObject({
      email: z.email().nullable().default(null),
      password: z.string().min(10).nullable().default(null),
      api_key: z
        .string()
        .regex(/^tl_[A-Za-z0-9_-]{20,}$/, 'must begin with tl_ and go on with 20 or more letters, digits, - or _')
        .nullable()
        .default(null),
      organization: z.string().min(1).max(100).default('My organisation'),
    })
    .prefault({}),
  tenant: z.strictObject({ plan: z.enum(PLANS).default('enterprise') }).prefault({}),
  ingest: z
    .strictObject({
      max_body_bytes: z
        .number()
        .int()
        .min(1024)
        .default(20 * MIB),
      max_span_bytes: z.number().int().min(1024).default(MIB),
      queue_max_bytes: z
        .number()
        .int()
        .min(MIB)
        .default(64 * MIB),
    })
    .prefault({}),
  storage: z
    .strictObject({
      reader_threads: z.number().int().min(1).max(16).default(2),
      cache_bytes: z
        .number()
        .int()
        .min(MIB)
        .default(16 * MIB),
      max_bytes: z
        .number()
        .int()
        .min(512 * MIB)
        .nullable()
        .default(null),
      min_free_bytes: z
        .number()
        .int()
        .min(0)
        .default(256 * MIB),
      when_full: z.enum(['refuse', 'erase_oldest']).default('refuse'),
      check_at_start_bytes: z
        .number()
        .int()
        .min(0)
        .default(128 * MIB),
      check_bytes_per_second: z
        .number()
        .int()
        .min(MIB)
        .default(32 * MIB),
      check_every_hours: z
        .number()
        .int()
        .min(1)
        .max(24 * 365)
        .default(24),
    })
    .prefault({}),
  jobs: z.strictObject({ concurrency: z.number().int().min(1).max(64).default(4) }).prefault({}),
  redaction: z
    .strictObject({
      detectors: z.array(z.enum(['api_key', 'jwt', 'iban', 'card', 'email', 'ip', 'phone'])).default([]),
      patterns: z
        .array(
          z.strictObject({ name: z.string().regex(/^[a-z][a-z0-9_]{0,39}$/), pattern: z.string().min(1).max(1_000) }),
        )
        .max(50)
        .default([]),
    })
    .prefault({}),
  dead_letters: z.strictObject({ keep_settled_days: z.number().int().min(1).max(3650).default(30) }).prefault({}),
  exports: z
    .strictObject({
      at_once: z.number().int().min(1).max(32).default(2),
      parquet_memory_bytes: z
        .number()
        .int()
        .min(64 * MIB)
        .default(384 * MIB),
    })
    .prefault({}),
  analytics: z
    .strictObject({
      memory_bytes: z
        .number()
        .int()
        .min(64 * MIB)
        .default(512 * MIB),
      threads: z.number().int().min(1).max(64).default(2),
      fold_ms: z.number().int().min(50).max(3_600_000).default(60_000),
      console_memory_bytes: z
        .number()
        .int()
        .min(64 * MIB)
        .default(256 * MIB),
      console_seconds: z.number().int().min(1).max(600).default(15),
    })
    .prefault({}),
  search: z
    .strictObject({
      cache_bytes: z
        .number()
        .int()
        .min(MIB)
        .default(16 * MIB),
    })
    .prefault({}),
  prices: z
    .array(
      z.strictObject({
        model: z.string().min(1),
        input: price,
        output: price.default(0),
        cache_read: price.optional(),
        cache_write: price.optional(),
      }),
    )
    .default([]),
})

export type Config = z.output<typeof schema>
