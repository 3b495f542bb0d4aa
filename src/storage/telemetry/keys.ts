import { createHash } from 'node:crypto'
import { getOrAdd } from '../../get-or-add.ts'
import type { ProjectId, TenantId } from '../../ids.ts'
import type { Statements } from './statements.ts'

/** How many contexts or prices are known by heart, and of what length: a sender may make up as many, and as long ones, as it likes. */
const MOST_HELD = 1_000
const LONGEST_HELD = 8_000

/** The numbers under which the file keeps what many rows share: read or made once, then held until a rollback. Part of the writer. */
export class Keys {
  readonly #sql: Statements
  readonly #tenants = new Map<string, number>()
  readonly #projects = new Map<string, number>()
  readonly #contexts = new Map<string, number>()
  readonly #prices = new Map<string, number>()

  constructor(sql: Statements) {
    this.#sql = sql
  }

  tenant(id: TenantId): number {
    return getOrAdd(
      this.#tenants,
      id,
      () => this.#sql.findTenant.get(id) ?? Number(this.#sql.insertTenant.run(id).lastInsertRowid),
    )
  }

  project(id: ProjectId, tenant: number): number {
    return getOrAdd(
      this.#projects,
      id,
      () => this.#sql.findProject.get(id) ?? Number(this.#sql.insertProject.run(id, tenant).lastInsertRowid),
    )
  }

  /** Scope and resource of an OTLP span, which thousands of spans share. */
  context(body: string): number {
    const findOrMake = () => {
      const hash = createHash('sha256').update(body).digest('base64')
      return this.#sql.findContext.get(hash) ?? Number(this.#sql.insertContext.run(hash, body).lastInsertRowid)
    }
    if (body.length > LONGEST_HELD) return findOrMake()
    if (this.#contexts.size > MOST_HELD) this.#contexts.clear()
    return getOrAdd(this.#contexts, body, findOrMake)
  }

  price(body: string): number {
    if (this.#prices.size > MOST_HELD) this.#prices.clear()
    return getOrAdd(
      this.#prices,
      body,
      () => this.#sql.findPrice.get(body) ?? Number(this.#sql.insertPrice.run(body).lastInsertRowid),
    )
  }

  /** After a rollback. */
  forget(): void {
    for (const held of [this.#tenants, this.#projects, this.#contexts, this.#prices]) held.clear()
  }
}
