import { z } from 'zod'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { errors } from '../http/schemas.ts'

export const getAttachment = endpoint({
  id: 'getAttachment',
  method: 'get',
  path: '/v1/attachments/{id}',
  tag: 'traces',
  summary: 'An image, sound or file that a message of a trace refers to',
  description:
    'Base64 in messages is kept beside them: a message then holds `{"type": "attachment", "id", "media_type", "bytes"}`. ' +
    'The answer has the media type that the sender stated. It goes when the last trace that shows it goes.',
  access: { roles: EVERY_ROLE, keys: 'query' },
  family: 'read',
  params: z.object({
    id: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: 'SHA-256 of the bytes, in hex.' }),
  }),
  responses: { 200: { media: { 'application/octet-stream': 'binary' } }, ...errors(401, 403, 404, 429) },
})
