import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ParquetFiles } from './parquet.ts'

let dir: string
let files: ParquetFiles
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'trulayer-parquet-'))
  files = new ParquetFiles({ dir, memoryBytes: 256 * 1024 * 1024 })
})
afterEach(async () => {
  await files.close()
  rmSync(dir, { recursive: true })
})

/** More than one part of a file. */
async function* rows(): AsyncGenerator<Uint8Array> {
  const line = `${JSON.stringify({ id: 'a', name: 'x'.repeat(100_000) })}\n`
  for (let i = 0; i < 6; i += 1) yield Buffer.from(line.repeat(80))
}

it('ends without a word where nobody waits for the file any more', async () => {
  const gone = new AbortController()
  const pieces = await files.make({ form: 'jsonl', rows: rows(), room: () => undefined, signal: gone.signal })
  const first = await pieces.next()
  expect(first.done).toBe(false)
  const next = pieces.next()
  gone.abort()
  expect(await next).toEqual({ done: true, value: undefined })
})
