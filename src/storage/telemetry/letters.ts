import { type DeadLetterId, newId } from '../../ids.ts'
import type { Keys } from './keys.ts'
import type { DeadLetter, LetterChange } from './record.ts'
import type { Statements } from './statements.ts'

/** Writes dead letters, and what becomes of them. Part of the writer: it runs inside its transactions. */
export class LetterWriter {
  readonly #sql: Statements
  readonly #keys: Keys

  constructor(sql: Statements, keys: Keys) {
    this.#sql = sql
    this.#keys = keys
  }

  add(letter: DeadLetter): void {
    const tenant = this.#keys.tenant(letter.tenantId)
    const project = letter.projectId === null ? null : this.#keys.project(letter.projectId, tenant)
    const { lastInsertRowid } = this.#sql.insertDeadLetter.run(
      newId<DeadLetterId>(letter.receivedAt),
      tenant,
      project,
      letter.receivedAt,
      letter.source,
      letter.code,
      letter.message,
      letter.subjectId,
      Buffer.byteLength(letter.payload),
    )
    this.#sql.insertDeadLetterPayload.run(lastInsertRowid, letter.payload)
  }

  change(change: LetterChange): void {
    const { id, at } = change
    const tenant = this.#keys.tenant(change.tenantId)
    switch (change.outcome) {
      case 'replayed':
        this.#sql.replayedDeadLetter.run(at, at, id, tenant)
        break
      case 'failed':
        this.#sql.failDeadLetter.run(change.code, change.message, at, id, tenant)
        break
      case 'resolved':
        this.#sql.dismissDeadLetter.run(at, id, tenant)
        break
      default:
        change satisfies never
    }
  }
}
