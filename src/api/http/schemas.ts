import { z } from 'zod'

/** Shapes that several contracts share. */

/** A UUID of any version; ids are kept in lower case. */
export const uuid = z.guid().toLowerCase().meta({ format: 'uuid' })

/** RFC 3339 UTC with milliseconds. */
export const timestamp = z.iso.datetime({ offset: true })

export const errorBody = z
  .object({
    error: z.string().meta({ description: 'One sentence that says what is wrong and what to do.' }),
    code: z.string().optional().meta({ description: 'What is wrong, for programs.' }),
    request_id: z.string().optional().meta({ description: 'Names this request in the log; also in `X-Request-Id`.' }),
  })
  .meta({ id: 'ErrorResponse' })

/** Error answers of a contract, by status: `{ ...errors(400, 404) }`. */
export const errors = <const S extends number>(...statuses: S[]): Record<S, typeof errorBody> =>
  Object.fromEntries(statuses.map((status) => [status, errorBody])) as Record<S, typeof errorBody>

/** `{id}` of a path. */
export const idParams = z.object({ id: uuid })

/** `?limit=`: 1 to `max`. */
export const limitParam = (max: number, usual: number) => z.coerce.number().int().min(1).max(max).default(usual)

/** `?cursor=`: the `next_cursor` of the page before. */
export const cursorParam = z.string().min(1).optional()

/** A yes or no in a query: `true` or `false`. */
export const flagParam = (usual: boolean) =>
  z
    .enum(['true', 'false'])
    .default(usual ? 'true' : 'false')
    .transform((text) => text === 'true')
    .meta({
      override: ({ jsonSchema }: { jsonSchema: Record<string, unknown> }) => {
        delete jsonSchema.enum
        Object.assign(jsonSchema, { type: 'boolean', default: usual })
      },
    })

/** Text that a person typed: trimmed, and something must remain. */
export const typedText = (max: number) => z.string().trim().min(1).max(max)
