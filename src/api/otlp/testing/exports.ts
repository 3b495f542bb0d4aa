import { expect } from 'vitest'
import type { TestApp } from '../../testing/app.ts'

export const FIRST = '1970-01-01T00:00:00Z'
export const LAST = '9999-12-31T23:59:59Z'

export interface Exported {
  resourceSpans: { resource?: object; scopeSpans: { scope?: object; spans: Record<string, unknown>[] }[] }[]
}

export const spansOf = (data: Exported[]) =>
  data.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
  )

export const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0')

/** What is sent to tenants of an appliance, and taken out of them again. */
export class Exports {
  readonly #app: TestApp
  #tenants = 0

  constructor(app: TestApp) {
    this.#app = app
  }

  /** A key of a tenant that has nothing. */
  readonly emptyTenant = async () => this.#app.addKey(await this.#app.tenant(`Out ${++this.#tenants}`))

  readonly post = (as: string, send: object) => this.#app.call('POST /v1/otlp/traces', { as, send })

  /** Every page of an export. */
  readonly pages = async (as: string, query = `from=${FIRST}&to=${LAST}`): Promise<Exported[]> => {
    const all: Exported[] = []
    let cursor: string | undefined
    do {
      const answer = await this.#app.call(`GET /v1/otlp/export?${query}${cursor ? `&cursor=${cursor}` : ''}`, { as })
      expect(answer.status).toBe(200)
      all.push(answer.body)
      cursor = answer.headers['x-next-cursor']
    } while (cursor)
    return all
  }

  /** Sends all pages to an empty tenant and takes them out again. */
  readonly roundTrip = async (as: string): Promise<{ first: Exported[]; second: Exported[] }> => {
    const first = await this.pages(as)
    const other = await this.emptyTenant()
    for (const page of first) expect(await this.post(other, page)).toMatchObject({ status: 200, body: {} })
    return { first, second: await this.pages(other) }
  }
}
