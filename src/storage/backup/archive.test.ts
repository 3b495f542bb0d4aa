import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it, onTestFinished, vi } from 'vitest'
import { describeFiles, readArchive, writeArchive } from './archive.ts'

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const mkdir = async (...args: Parameters<typeof real.mkdir>) => {
    await pause(200)
    return real.mkdir(...args)
  }
  return { ...real, mkdir }
})

it('is read whole though the disk takes longer over the directory than over the archive', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'trulayer-archive-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(path.join(dir, 'secret.key'), 'a secret')
  const schema = { 'telemetry.db': 1, 'control.db': 1 }
  const contents = { traces: 0, spans: 0, head: 0, organizations: 0, projects: 0, audit_entries: 0, schema }
  const files = await describeFiles(dir)
  const file = path.join(dir, 'backup.tar.gz')
  await writeArchive(dir, { format: 1, version: '0.1.0', created_at: '2026-01-01T00:00:00Z', contents, files }, file)

  const into = path.join(dir, 'into')
  expect((await readArchive(file, into)).files).toEqual(files)
  expect(readFileSync(path.join(into, 'secret.key'), 'utf8')).toBe('a secret')
})
