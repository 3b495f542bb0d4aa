import { z } from 'zod'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { errors } from '../http/schemas.ts'

const deprecation = z
  .object({ field: z.string(), endpoint: z.string(), sunset_date: z.iso.date() })
  .meta({ id: 'Deprecation' })

export const listDeprecations = endpoint({
  id: 'listDeprecations',
  method: 'get',
  path: '/v1/deprecations',
  tag: 'deprecations',
  summary: 'Fields that will go away, and when',
  access: { roles: EVERY_ROLE, keys: 'full' },
  family: 'read',
  responses: { 200: z.array(deprecation), ...errors(401, 403, 429) },
})
