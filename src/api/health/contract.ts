import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'
import { timestamp } from '../http/schemas.ts'

export const getHealth = endpoint({
  id: 'getHealth',
  method: 'get',
  path: '/health',
  tag: 'health',
  summary: 'Is the process alive?',
  access: 'public',
  family: 'public',
  responses: {
    200: z.object({ status: z.string(), time: timestamp, version: z.string() }).meta({ id: 'HealthResponse' }),
  },
})

const readiness = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    reasons: z
      .array(z.enum(['storage_failed', 'storage_unwritable', 'disk_full', 'stopping']))
      .meta({ description: 'Why it is not ready; empty when it is.' }),
    storage: z
      .enum(['open', 'unwritable', 'failed'])
      .meta({ description: 'unwritable: commits fail, though there is room, and it goes on trying; reading goes on.' }),
    disk: z
      .object({
        state: z.enum(['ok', 'near', 'full']),
        limit: z
          .enum(['storage.max_bytes', 'storage.min_free_bytes'])
          .nullable()
          .meta({ description: 'The setting whose limit is near or reached; null where the disk itself is full.' }),
      })
      .meta({ description: 'full: ingest is refused with 503 until there is room; reading goes on.' }),
    files: z
      .array(
        z.object({
          name: z.enum(['telemetry.db', 'control.db']),
          progress: z.number().min(0).max(1).nullable().meta({
            description: 'How much of the file has been read through for damaged pages; null while nobody does.',
          }),
          sound_at: timestamp.nullable().meta({ description: 'When the whole file was last found sound.' }),
        }),
      )
      .meta({ description: 'A file that is found damaged stops the appliance; the log says what to do.' }),
    followers: z.array(
      z.object({
        name: z.string(),
        state: z.enum(['following', 'backing_off']),
        lag: z.number().int().meta({ description: 'Changes of the log that it has not seen yet.' }),
        failures: z.number().int(),
        progress: z.number().min(0).max(1).nullable().meta({
          description:
            'How much of the log is in, for a follower whose file is made anew from it; null for the others.',
        }),
      }),
    ),
  })
  .meta({ id: 'ReadyResponse' })

export const getReady = endpoint({
  id: 'getReady',
  method: 'get',
  path: '/ready',
  tag: 'health',
  summary: 'Is the store open, is there room on the disk, and do the followers run?',
  description:
    'A follower that backs off shows here and in the log; it does not make the appliance unready, because ingest and reading go on.',
  access: 'public',
  family: 'public',
  responses: { 200: readiness, 503: readiness },
})
