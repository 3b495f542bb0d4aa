import { z } from 'zod'
import { EVERY_ROLE, endpoint, NO_BODY } from '../http/endpoint.ts'
import { errors, idParams, timestamp, typedText, uuid } from '../http/schemas.ts'

const scope = z.enum(['query']).meta({ description: '`query`: may only read.' })
const scopes = z.array(scope).nullable().meta({ description: 'Null: everything a key may do.' })

const keyFields = {
  id: uuid,
  prefix: z.string().meta({ description: 'The first 12 characters of the key.' }),
  name: z.string(),
  created_at: timestamp,
  project_id: uuid.nullable().meta({ description: 'Where traces go that name no project; null: the default project.' }),
  expires_at: timestamp.nullable(),
  scopes,
}

export const createdKey = z
  .object({
    ...keyFields,
    key: z.string().meta({ description: 'The key itself. It is shown this once; only its hash is kept.' }),
    secret: z.string().meta({ description: 'The same as `key`.' }),
  })
  .meta({ id: 'CreateAPIKeyResponse' })

export const apiKey = z
  .object({
    ...keyFields,
    last_used_at: timestamp.nullable(),
    revoked_at: timestamp.nullable(),
    created_by_user_id: uuid.nullable(),
    created_by_email: z.string().nullable(),
    created_by_first_name: z.string().nullable(),
    created_by_last_name: z.string().nullable(),
  })
  .meta({ id: 'APIKey' })

export const createAPIKey = endpoint({
  id: 'createAPIKey',
  method: 'post',
  path: '/v1/apikeys',
  tag: 'apikeys',
  summary: 'Create an API key',
  description: 'The answer is the only place where the key itself is ever shown.',
  access: { roles: ['owner', 'member'], keys: 'none' },
  family: 'write',
  body: z
    .object({
      name: typedText(100),
      scopes: z.array(scope).max(10).nullish(),
      project_id: uuid.nullish(),
      expires_at: timestamp.nullish().meta({ description: 'From then on the key is refused; it must lie ahead.' }),
    })
    .meta({ id: 'CreateAPIKeyRequest' }),
  responses: { 201: createdKey, ...errors(400, 401, 403, 404, 422) },
})

export const listAPIKeys = endpoint({
  id: 'listAPIKeys',
  method: 'get',
  path: '/v1/apikeys',
  tag: 'apikeys',
  summary: 'API keys of the organisation, newest first',
  description: 'Revoked keys stay in the list.',
  access: { roles: EVERY_ROLE, keys: 'full' },
  family: 'read',
  responses: { 200: z.array(apiKey), ...errors(401, 403) },
})

export const revokeAPIKey = endpoint({
  id: 'revokeAPIKey',
  method: 'delete',
  path: '/v1/apikeys/{id}',
  tag: 'apikeys',
  summary: 'Revoke an API key for good',
  description: 'Acts on the very next request that uses the key.',
  access: { roles: ['owner'], keys: 'none' },
  family: 'write',
  params: idParams,
  responses: { 204: NO_BODY, ...errors(401, 403, 404) },
})

export const rotateAPIKey = endpoint({
  id: 'rotateAPIKey',
  method: 'post',
  path: '/v1/apikeys/{id}/rotate',
  tag: 'apikeys',
  summary: 'Give an API key a new secret',
  description: 'Everything else about the key stays. The old secret is refused at once.',
  access: { roles: ['owner', 'member'], keys: 'none' },
  family: 'write',
  params: idParams,
  responses: { 200: createdKey, ...errors(401, 403, 404) },
})
