import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import type { Access, Answer, Endpoint } from './endpoint.ts'
import { NO_BODY } from './endpoint.ts'

const MEANING: Record<number, string> = {
  200: 'Done.',
  201: 'Made.',
  202: 'Taken; it is done in the background.',
  204: 'Done; there is nothing to say.',
  400: 'The request is malformed; the error names the field.',
  401: 'No valid key or session.',
  402: 'The plan does not include this.',
  403: 'Not allowed for this caller.',
  404: 'Nothing with this id.',
  409: 'It conflicts with what is there.',
  413: 'Too large.',
  415: 'A content type that is not understood.',
  422: 'Well formed, but out of range.',
  429: 'Too many; `Retry-After` says when.',
  503: 'Not now; `Retry-After` says when.',
}

/** The OpenAPI 3.1 document, from the same definitions that are bound to Express. */
export function openapi(endpoints: readonly Endpoint[], version: string) {
  const paths: ZodOpenApiPathsObject = {}
  for (const endpoint of endpoints) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method]: operation(endpoint) }
  }
  return createDocument(
    {
      openapi: '3.1.0',
      info: { title: 'TruLayer', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
      components: { securitySchemes: { BearerAuth: { type: 'http', scheme: 'bearer' } } },
      security: [{ BearerAuth: [] }],
      paths,
    },
    // What reads a value in one step (`native-schema.ts`) says itself what it takes.
    { allowEmptySchema: { transform: { input: true } } },
  )
}

function operation(endpoint: Endpoint): ZodOpenApiOperationObject {
  const { params, query, body, consumes = ['application/json'] } = endpoint
  return {
    operationId: endpoint.id,
    tags: [endpoint.tag],
    summary: endpoint.summary,
    description: [endpoint.description, whoMay(endpoint.access)].filter(Boolean).join('\n\n'),
    ...(endpoint.access === 'public' ? { security: [] } : {}),
    ...(params || query ? { requestParams: { ...(params ? { path: params } : {}), ...(query ? { query } : {}) } } : {}),
    ...(body ? { requestBody: { required: true, content: bodies(consumes, body) } } : {}),
    responses: Object.fromEntries(
      Object.entries(endpoint.responses).map(([status, answer]) => [status, response(Number(status), answer)]),
    ),
  }
}

const BINARY = { type: 'string', format: 'binary' } as const

function bodies(types: readonly string[], schema: NonNullable<Endpoint['body']>) {
  return Object.fromEntries(types.map((type) => [type, { schema: type.endsWith('json') ? schema : BINARY }]))
}

function response(status: number, answer: Answer) {
  const description = MEANING[status] ?? ''
  if (answer === NO_BODY) return { description }
  if (!('media' in answer)) return { description, content: { 'application/json': { schema: answer } } }
  const content = Object.entries(answer.media).map(([type, media]) => [
    type,
    { schema: media === 'binary' ? BINARY : media === 'text' ? { type: 'string' as const } : media },
  ])
  return { description, content: Object.fromEntries(content) }
}

function whoMay(access: Access): string {
  if (access === 'public') return 'Open to everyone.'
  const people = `Signed in: ${access.roles.join(', ')}.`
  const keys = { none: 'Not open to API keys.', query: 'API keys: any.', full: 'API keys: those without a scope.' }[
    access.keys
  ]
  return `${people} ${keys}${access.plan ? ` Plan: ${access.plan} or above.` : ''}`
}
