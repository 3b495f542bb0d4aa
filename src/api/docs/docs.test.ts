import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TestApp } from '../testing/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await TestApp.start()
})
afterAll(() => app.stop())

interface Operation {
  operationId: string
  security?: unknown[]
  responses: Record<string, unknown>
}

const operations = async (): Promise<[method: string, path: string, operation: Operation][]> => {
  const { body } = await app.call('GET /v1/openapi.json', { as: '' })
  return Object.entries(body.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
      method.toUpperCase(),
      path,
      operation,
    ]),
  )
}

it('the document is the one in the repository: `npm run openapi` writes it anew', async () => {
  const { body } = await app.call('GET /v1/openapi.json', { as: '' })
  body.info.version = '0'
  await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot('../../../build/openapi.json')
})

it('every operation has its own name, and says who may call it', async () => {
  const all = await operations()
  expect(new Set(all.map(([, , { operationId }]) => operationId)).size).toBe(all.length)
})

describe('every operation that is not open to everyone', () => {
  it('is a 401 to nobody and to a wrong key, in one shape, with the rate-limit headers', async () => {
    const closed = (await operations()).filter(([, , { security }]) => security === undefined)
    expect(closed.length).toBeGreaterThan(10)
    for (const [method, path, { responses }] of closed) {
      const url = path.replace(/\{\w+\}/g, '01a2000e-ca23-74db-9d7c-834bfc55cb22')
      for (const [as, code] of [
        ['', 'unauthorized'],
        ['tl_wrong', 'invalid_api_key'],
      ] as const) {
        const answer = await app.call(`${method} ${url}`, { as })
        expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 401, code])
        expect(answer.body).toEqual({ error: expect.any(String), code, request_id: answer.headers['x-request-id'] })
        expect(answer.headers).toHaveProperty('x-ratelimit-reset')
      }
      expect(Object.keys(responses)).toContain('401')
    }
  })
})

describe('what is not there', () => {
  it.each([
    ['GET /v1/nothing', 404, 'not_found'],
    ['DELETE /v1/traces', 405, 'method_not_allowed'],
    ['GET /v1/ingest', 405, 'method_not_allowed'],
    ['GET /v1/traces/%E0%A4%A', 400, 'bad_request'],
  ])('%s is a %i', async (line, status, code) => {
    const answer = await app.call(line)
    expect(answer).toMatchObject({ status, body: { code } })
    expect(answer.body.request_id).toBe(answer.headers['x-request-id'])
  })
})

describe('a defect of ours', () => {
  it('tells the caller only the request id', async () => {
    await app.control.close()
    const answer = await app.call('GET /v1/projects')
    expect(answer.status).toBe(500)
    expect(answer.body).toEqual({
      error: expect.stringMatching(/request id/),
      code: 'internal',
      request_id: answer.headers['x-request-id'],
    })
    await app.restart()
  })
})
