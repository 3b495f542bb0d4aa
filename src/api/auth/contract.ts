import { z } from 'zod'
import { PLANS } from '../../plans.ts'
import { apiKey, createdKey } from '../apikeys/contract.ts'
import { EVERY_ROLE, endpoint, NO_BODY } from '../http/endpoint.ts'
import { errors, timestamp, typedText, uuid } from '../http/schemas.ts'
import { project } from '../projects/contract.ts'

const email = z.string().trim().max(254).pipe(z.email())
const role = z.enum(EVERY_ROLE)

const user = z
  .object({ id: uuid, email: z.string(), first_name: z.string().nullable(), last_name: z.string().nullable() })
  .meta({ id: 'User' })

const organization = z
  .object({ id: uuid, name: z.string(), slug: z.string(), plan: z.enum(PLANS) })
  .meta({ id: 'Organization' })

const signedIn = {
  token: z.string().meta({ description: 'The session as a bearer token, for programs; browsers have it as a cookie.' }),
  expires_at: timestamp,
  user,
  organization,
  role,
}

export const getSetup = endpoint({
  id: 'getSetup',
  method: 'get',
  path: '/v1/auth/setup',
  tag: 'auth',
  summary: 'Does this appliance wait to be set up?',
  access: 'public',
  family: 'public',
  responses: { 200: z.object({ needed: z.boolean() }).meta({ id: 'SetupState' }) },
})

export const setUp = endpoint({
  id: 'setUp',
  method: 'post',
  path: '/v1/auth/setup',
  tag: 'auth',
  summary: 'Set the appliance up',
  description:
    'Makes the owner, the organisation, its default project and a first key, and signs the owner in. Takes the one-time token of ' +
    'the link that the start prints, and works until there is an owner.',
  access: 'public',
  family: 'public',
  body: z
    .object({
      token: z.string().max(200),
      email,
      password: z.string().min(10).max(1_000),
      name: z.string().trim().max(200).optional(),
      organization: typedText(100).optional(),
    })
    .meta({ id: 'SetupRequest' }),
  responses: {
    201: z
      .object({
        ...signedIn,
        project,
        key: createdKey,
        try: z.string().meta({ description: 'A command line that sends a first trace with the new key.' }),
      })
      .meta({ id: 'SetupResponse' }),
    ...errors(400, 403, 409),
  },
})

export const logIn = endpoint({
  id: 'logIn',
  method: 'post',
  path: '/v1/auth/login',
  tag: 'auth',
  summary: 'Sign in with e-mail address and password',
  description: 'Sets the session cookie. Failed attempts are slowed down per account and per address.',
  access: 'public',
  family: 'public',
  body: z.object({ email: z.string().max(254), password: z.string().max(1_000) }).meta({ id: 'LoginRequest' }),
  responses: { 200: z.object(signedIn).meta({ id: 'LoginResponse' }), ...errors(400, 401, 403, 429) },
})

export const logOut = endpoint({
  id: 'logOut',
  method: 'post',
  path: '/v1/auth/logout',
  tag: 'auth',
  summary: 'End the session',
  access: { roles: EVERY_ROLE, keys: 'none' },
  family: 'write',
  responses: { 204: NO_BODY, ...errors(401, 403) },
})

export const whoAmI = endpoint({
  id: 'whoAmI',
  method: 'get',
  path: '/v1/auth/me',
  tag: 'auth',
  summary: 'Who is calling: a person, or a key',
  access: { roles: EVERY_ROLE, keys: 'query' },
  family: 'read',
  responses: {
    200: z
      .discriminatedUnion('kind', [
        z.object({ kind: z.literal('person'), organization, user, role }).meta({ id: 'MePerson' }),
        z
          .object({
            kind: z.literal('key'),
            organization,
            key: apiKey.pick({
              id: true,
              prefix: true,
              name: true,
              created_at: true,
              project_id: true,
              expires_at: true,
              scopes: true,
            }),
            project: project.nullable().meta({ description: 'Where traces go that name no project.' }),
          })
          .meta({ id: 'MeKey' }),
      ])
      .meta({ id: 'Me' }),
    ...errors(401, 403),
  },
})
