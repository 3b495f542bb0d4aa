import type { Database } from 'better-sqlite3'
import type { Attachment } from './wire.ts'

/** Keeps the attachments of traces, each once for its tenant. */
export class AttachmentWriter {
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Database) {
    this.#sql = statements(db)
  }

  add(tenant: number, trace: number, attachments: readonly Attachment[]): void {
    for (const { id, mediaType, bytes } of attachments) {
      let key = this.#sql.find.get(tenant, id)
      if (key === undefined) {
        key = Number(this.#sql.insert.run(tenant, id, mediaType, bytes.byteLength).lastInsertRowid)
        this.#sql.insertBody.run(key, bytes)
      }
      this.#sql.use.run(trace, key)
    }
  }
}

function statements(db: Database) {
  return {
    find: db.prepare<[number, string], number>('SELECT key FROM attachments WHERE tenant = ? AND id = ?').pluck(),
    insert: db.prepare<[number, string, string, number]>(
      'INSERT INTO attachments (tenant, id, media_type, size) VALUES (?, ?, ?, ?)',
    ),
    insertBody: db.prepare<[number, Uint8Array]>('INSERT INTO attachment_bodies (key, body) VALUES (?, ?)'),
    use: db.prepare<[number, number]>(
      'INSERT INTO attachment_uses (trace, attachment) VALUES (?, ?) ON CONFLICT (trace, attachment) DO NOTHING',
    ),
  }
}
