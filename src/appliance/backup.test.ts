import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { call } from './client.ts'
import { run, runJson } from './command.ts'
import { Ledger } from './ledger.ts'
import { startLoad } from './load.ts'
import { Appliance, temporaryDir } from './process.ts'
import { listIds } from './reading.ts'
import { batchOf, seeded, someTraces } from './traces.ts'

interface Manifest {
  contents: { traces: number; spans: number; head: number }
  files: { name: string }[]
}

/** A hash over every trace as the API answers it, in the order of their ids, and how many there are. */
async function everything(appliance: Appliance): Promise<{ traces: number; hash: string }> {
  const ids = [...(await listIds(appliance))].sort()
  const hash = createHash('sha256')
  for (const id of ids) hash.update(JSON.stringify((await call(appliance, `GET /v1/traces/${id}`)).body))
  return { traces: ids.length, hash: hash.digest('hex') }
}

async function filled(count: number): Promise<Appliance> {
  const appliance = await Appliance.start()
  const { status } = await call(appliance, 'POST /v1/ingest/batch', { send: batchOf(someTraces(seeded(count), count)) })
  expect(status).toBe(201)
  return appliance
}

describe('a backup', () => {
  it('made under load is of one moment, and is whole elsewhere', { timeout: 90_000 }, async () => {
    const appliance = await Appliance.start()
    const ledger = new Ledger()
    const load = startLoad({ appliance, ledger, seed: 42, batches: 3, otlp: 2 })
    await pause(500)
    const before = new Set(ledger.acknowledged)
    const file = path.join(appliance.dir, 'under-load.tar.gz')
    const manifest = await runJson<Manifest>(appliance.dir, ['backup', file])
    load.stop()
    await load.done
    expect(before.size).toBeGreaterThan(0)
    expect((await listIds(appliance)).size, 'it went on taking traces').toBeGreaterThan(manifest.contents.traces)

    const elsewhere = temporaryDir()
    await runJson(elsewhere, ['restore', file])
    const restored = await Appliance.start({ dir: elsewhere })
    const ids = await listIds(restored)
    expect(ids.size).toBe(manifest.contents.traces)
    for (const id of before) expect(ids.has(id), 'acknowledged before the backup began').toBe(true)
    expect(
      (await runJson<{ state: string }[]>(elsewhere, ['doctor'])).filter(({ state }) => state === 'problem'),
    ).toEqual([])
    expect((await call(restored, 'POST /v1/ingest/batch', { send: batchOf(someTraces(seeded(7), 1)) })).status).toBe(
      201,
    )
  })

  it('restored elsewhere answers every trace as the first one does', { timeout: 60_000 }, async () => {
    const appliance = await filled(60)
    const file = path.join(appliance.dir, 'quiet.tar.gz')
    const { files } = await runJson<Manifest>(appliance.dir, ['backup', file])
    expect(files.map(({ name }) => name)).toEqual(['secret.key', 'telemetry.db', 'control.db'])
    const elsewhere = temporaryDir()
    await runJson(elsewhere, ['restore', file])
    const restored = await Appliance.start({ dir: elsewhere })
    const first = await everything(appliance)
    expect(first.traces).toBe(60)
    expect(await everything(restored)).toEqual(first)
  })

  it('leaves nothing under its name, nor beside it, when the disk is full', { timeout: 60_000 }, async () => {
    const appliance = await filled(100)
    const file = path.join(appliance.dir, 'full.tar.gz')
    const { code, stderr } = await run(appliance.dir, ['backup', file], { under: ['prlimit', '--fsize=300000:300000'] })
    expect(code).toBe(1)
    expect(stderr).toMatch(/cannot be written.*Make room/)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(readdirSync(appliance.dir).filter((name) => name.startsWith('full'))).toEqual([])
    expect((await call(appliance, 'GET /ready')).status).toBe(200)
  })

  it('overwrites nothing, and needs a directory that is there', async () => {
    const appliance = await filled(1)
    const file = path.join(appliance.dir, 'mine')
    writeFileSync(file, 'mine')
    expect(await run(appliance.dir, ['backup', file])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/exists/),
    })
    const nowhere = path.join(appliance.dir, 'no/where')
    expect(await run(appliance.dir, ['backup', nowhere])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no directory/),
    })
    expect(await run(temporaryDir(), ['backup', nowhere])).toMatchObject({ code: 1 })
    expect(await run(appliance.dir, ['backup'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/FILE/) })
  })
})

describe('a restore', () => {
  async function backupOf(count: number): Promise<string> {
    const appliance = await filled(count)
    const file = path.join(appliance.dir, 'backup.tar.gz')
    await runJson(appliance.dir, ['backup', file])
    await appliance.term()
    return file
  }

  it('overwrites only with --force, and keeps what was there', { timeout: 60_000 }, async () => {
    const file = await backupOf(3)
    const present = await filled(5)
    expect(await run(present.dir, ['restore', file])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/process \d+/),
    })
    await present.term()
    expect(await run(present.dir, ['restore', file])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/--force/),
    })
    const { former } = await runJson<{ former: string }>(present.dir, ['restore', file, '--force'])
    await present.start()
    expect((await listIds(present)).size).toBe(3)
    await present.term()

    const again = temporaryDir()
    renameSync(former, path.join(again, 'data'))
    const old = await Appliance.start({ dir: again })
    expect((await listIds(old)).size).toBe(5)
  })

  it.skipIf(process.getuid?.() !== 0)(
    'by root belongs to whom the directory belongs to, and gives away nothing else',
    { timeout: 60_000 },
    async () => {
      const file = await backupOf(3)
      const present = await filled(5)
      await present.term()
      // As systemd has it, whose directory is a link to where the files are.
      const data = path.join(present.dir, 'private')
      renameSync(path.join(present.dir, 'data'), data)
      symlinkSync('private', path.join(present.dir, 'data'))
      const roots = path.join(present.dir, 'roots')
      writeFileSync(roots, '')
      execFileSync('chown', ['-R', '12321:12321', data])
      // Somebody who may write there can put links there.
      symlinkSync(roots, path.join(data, 'checked.json.partial'))
      linkSync(roots, path.join(data, 'damage.json.partial'))
      const { former } = await runJson<{ former: string }>(present.dir, ['restore', file, '--force'])
      await runJson(present.dir, ['doctor'])
      expect(statSync(former).uid).toBe(12321)
      const others = readdirSync(data).filter((name) => lstatSync(path.join(data, name)).uid !== 12321)
      expect(others.sort()).toEqual(['checked.json.partial', 'damage.json.partial'])
      expect(statSync(roots).uid).toBe(0)
    },
  )

  it.each(['nothing', 'the key', 'the key and telemetry.db', 'every file'])(
    'that was cut short after %s was put back is finished by the next start',
    { timeout: 60_000 },
    async (moved) => {
      const file = await backupOf(3)
      const present = await filled(5)
      await present.term()
      const data = path.join(present.dir, 'data')
      // As `restore --force` leaves it when it is killed there: all of it written beside the present files, and decided.
      const stage = path.join(data, 'restoring')
      const from = temporaryDir()
      await runJson(from, ['restore', file])
      mkdirSync(stage)
      for (const name of ['secret.key', 'telemetry.db', 'control.db'])
        renameSync(path.join(from, 'data', name), path.join(stage, name))
      writeFileSync(path.join(data, 'restore.json'), JSON.stringify({ former: 'former' }))
      mkdirSync(path.join(data, 'former'))
      const done = { nothing: 0, 'the key': 1, 'the key and telemetry.db': 2, 'every file': 3 }[moved] ?? 0
      for (const name of ['secret.key', 'telemetry.db', 'control.db'].slice(0, done)) {
        renameSync(path.join(data, name), path.join(data, 'former', name))
        renameSync(path.join(stage, name), path.join(data, name))
      }
      await present.start()
      expect((await listIds(present)).size).toBe(3)
      expect(existsSync(stage)).toBe(false)
      expect(existsSync(path.join(data, 'restore.json'))).toBe(false)
      expect(readdirSync(path.join(data, 'former')).sort()).toEqual(['control.db', 'secret.key', 'telemetry.db'])
    },
  )

  it('that was cut short before it was decided changes nothing', { timeout: 60_000 }, async () => {
    const present = await filled(5)
    await present.term()
    const stage = path.join(present.dir, 'data/restoring')
    mkdirSync(stage)
    writeFileSync(path.join(stage, 'telemetry.db'), 'half a file')
    await present.start()
    expect((await listIds(present)).size).toBe(5)
    expect(existsSync(stage)).toBe(false)
  })

  it('refuses what is not a whole backup, and changes nothing', { timeout: 60_000 }, async () => {
    const file = await backupOf(3)
    const bytes = readFileSync(file)
    const bad = temporaryDir()
    const cases: [string, Buffer][] = [
      ['text', Buffer.from('this is no archive')],
      ['empty', Buffer.alloc(0)],
      ['cut', bytes.subarray(0, bytes.length - 200)],
      [
        'flipped',
        Buffer.concat([bytes.subarray(0, 3000), Buffer.from([(bytes[3000] ?? 0) ^ 0xff]), bytes.subarray(3001)]),
      ],
    ]
    for (const [name, content] of cases) {
      const broken = path.join(bad, name)
      writeFileSync(broken, content)
      const { code, stderr } = await run(bad, ['restore', broken])
      expect(code, name).toBe(1)
      expect(stderr, name).toMatch(/backup/)
      expect(stderr, name).not.toMatch(/^\s+at /m)
      expect(existsSync(path.join(bad, 'data/telemetry.db')), name).toBe(false)
      expect(existsSync(path.join(bad, 'data/restoring')), name).toBe(false)
    }
  })

  it('refuses one that a newer version made', { timeout: 60_000 }, async () => {
    const file = await backupOf(1)
    const dir = temporaryDir()
    execFileSync('tar', ['xzf', file, '-C', dir])
    const telemetry = path.join(dir, 'telemetry.db')
    const db = new Database(telemetry)
    db.prepare("INSERT INTO schema_version VALUES (9000, 'from the future', 0)").run()
    db.pragma('journal_mode = DELETE')
    db.close()
    const manifest = JSON.parse(readFileSync(path.join(dir, 'manifest.json'), 'utf8')) as Manifest
    const sha256 = createHash('sha256').update(readFileSync(telemetry)).digest('hex')
    const files = manifest.files.map((one) => (one.name === 'telemetry.db' ? { ...one, sha256 } : one))
    writeFileSync(path.join(dir, 'manifest.json'), JSON.stringify({ ...manifest, files }))
    const newer = path.join(dir, 'newer.tar.gz')
    execFileSync('tar', ['czf', newer, '-C', dir, 'manifest.json', 'secret.key', 'telemetry.db', 'control.db'])
    const { code, stderr } = await run(dir, ['restore', newer])
    expect(code).toBe(1)
    expect(stderr).toMatch(/newer version.*9000/)
    expect(existsSync(path.join(dir, 'data/telemetry.db'))).toBe(false)
  })
})
