import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'
import { errors, uuid } from '../http/schemas.ts'
import { redactionRules } from './schemas.ts'

export const testRedaction = endpoint({
  id: 'testRedaction',
  method: 'post',
  path: '/v1/redaction/test',
  tag: 'projects',
  summary: 'See what would be masked in a text',
  description:
    'By the rules of a project, or by `rules` that are not in force yet; those of the configuration always hold. Nothing is stored.',
  access: { roles: ['owner', 'member'], keys: 'full' },
  family: 'write',
  body: z
    .object({
      text: z.string().max(100_000),
      project_id: uuid.nullish(),
      rules: redactionRules.nullish(),
    })
    .meta({ id: 'TestRedactionRequest' }),
  responses: {
    200: z
      .object({
        redacted: z.string(),
        matches: z
          .array(z.object({ rule: z.string(), text: z.string() }))
          .meta({ description: 'In the order of the rules.' }),
      })
      .meta({ id: 'TestRedactionResponse' }),
    ...errors(400, 401, 403, 404),
  },
})
