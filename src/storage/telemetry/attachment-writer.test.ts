import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TenantId, TraceId } from '../../ids.ts'
import { attachment } from './questions/attachment.ts'
import { TENANT, TestStore, uuid, wireTrace } from './testing.ts'

let store: TestStore
beforeEach(() => {
  store = new TestStore()
})
afterEach(() => store.close())

describe('attachments', () => {
  const picture = (text: string) => ({
    id: text.padEnd(64, '0'),
    mediaType: 'image/png',
    bytes: Buffer.from(`bytes of ${text}`) as Buffer<ArrayBuffer>,
  })
  const own = (text: string) => {
    const made = picture(text)
    const bytes = Buffer.allocUnsafeSlow(made.bytes.length)
    made.bytes.copy(bytes)
    return { ...made, bytes }
  }
  const read = (text: string, tenantId = TENANT) => attachment(store.db, { tenantId, id: picture(text).id })

  it('are kept once, and go with the last trace that shows them', () => {
    const [first, second] = [uuid<TraceId>(1), uuid<TraceId>(2)]
    store.write(
      wireTrace({ id: first, attachments: [own('a'), own('b')] }),
      wireTrace({ id: second, attachments: [own('a')] }),
    )
    expect(store.db.prepare('SELECT count(*) FROM attachment_bodies').pluck().get()).toBe(2)
    expect(read('a')).toEqual({ mediaType: 'image/png', body: Buffer.from('bytes of a') })
    store.erase([first])
    expect(read('b')).toBeNull()
    expect(read('a')).not.toBeNull()
    store.erase([second])
    expect(read('a')).toBeNull()
    expect(store.db.prepare('SELECT count(*) FROM attachment_bodies').pluck().get()).toBe(0)
  })

  it('belong to their tenant', () => {
    const other = uuid<TenantId>(77)
    store.write(
      wireTrace({ attachments: [own('a')] }),
      wireTrace({ id: uuid(2), tenantId: other, projectId: uuid(78), attachments: [own('b')] }),
    )
    expect(read('a', other)).toBeNull()
    expect(read('b')).toBeNull()
    expect(read('b', other)).not.toBeNull()
  })
})
