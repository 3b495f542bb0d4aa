import { execFileSync } from 'node:child_process'
import { closeSync, copyFileSync, existsSync, openSync, utimesSync, writeSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { call } from './client.ts'
import { run, runJson } from './command.ts'
import { Appliance } from './process.ts'
import { listIds } from './reading.ts'
import { batchOf, seeded, someTraces } from './traces.ts'

/** Every file counts as large, and is read as fast as may be. */
const LARGE = { TRULAYER_STORAGE_CHECK_AT_START_BYTES: '0', TRULAYER_STORAGE_CHECK_BYTES_PER_SECOND: '1000000000' }
const TRACES = 60

interface Finding {
  subject: string
  state: string
  found: string
  advice?: string
}

async function filled(env: Record<string, string> = LARGE): Promise<Appliance> {
  const appliance = await Appliance.start({ env })
  const send = batchOf(someTraces(seeded(1), TRACES, { spans: 4, text: 12_000 }))
  expect((await call(appliance, 'POST /v1/ingest/batch', { send })).status).toBe(201)
  return appliance
}

const fileOf = ({ dir }: Appliance, name: string) => path.join(dir, 'data', name)
const marked = (appliance: Appliance) => existsSync(fileOf(appliance, 'damage.json'))

/** Overwrites a page in the middle of a table, as a failing disk does. */
function damage(file: string, table: string, kind: 'leaf' | 'overflow'): void {
  const db = new Database(file, { readonly: true })
  const pages = db.prepare('SELECT pageno FROM dbstat WHERE name = ? AND pagetype = ?').pluck().all(table, kind)
  const size = Number(db.pragma('page_size', { simple: true }))
  db.close()
  expect(pages.length, `${kind} pages of ${table}`).toBeGreaterThan(2)
  const fd = openSync(file, 'r+')
  writeSync(fd, Buffer.alloc(size, 0xa5), 0, size, (Number(pages[Math.floor(pages.length / 2)]) - 1) * size)
  closeSync(fd)
}

const readings = (appliance: Appliance, name: string) =>
  appliance.output.split('\n').filter((line) => line.includes('reading the file through') && line.includes(`"${name}"`))
    .length

/** How much of telemetry.db has been read, as `/ready` says; 0 where nothing reads it. */
async function reached(appliance: Appliance): Promise<number> {
  const files = (await call(appliance, 'GET /ready')).body.files as { name: string; progress: number | null }[]
  return files.find(({ name }) => name === 'telemetry.db')?.progress ?? 0
}

/** Waits until every file was read through, and answers what `/ready` says of them. */
async function readThrough(appliance: Appliance) {
  const files = async () =>
    (await call(appliance, 'GET /ready')).body.files as { name: string; progress: null; sound_at: string | null }[]
  await expect
    .poll(async () => (await files()).map(({ progress, sound_at }) => progress === null && sound_at !== null), {
      timeout: 50_000,
    })
    .toEqual([true, true])
  return files()
}

describe('a file that is too large to be read through at the start', () => {
  it.each(['leaf', 'overflow'] as const)(
    'is found damaged while the appliance serves, which ends; the next start refuses at once, until a backup is restored (%s page)',
    { timeout: 90_000 },
    async (kind) => {
      const appliance = await filled()
      const ids = await listIds(appliance)
      const backup = path.join(appliance.dir, 'backup.tar.gz')
      await runJson(appliance.dir, ['backup', backup])
      await appliance.term()
      const file = fileOf(appliance, 'telemetry.db')
      damage(file, 'span_payloads', kind)

      const advice = /telemetry\.db is damaged: .*trulayer doctor.*trulayer restore FILE --force/
      await appliance.start()
      expect(await appliance.ended).toMatchObject({ code: 1, signal: null })
      const [logged] = appliance.output.split('\n').filter((line) => line.includes('"level":50'))
      expect(JSON.parse(logged ?? '{}')).toMatchObject({
        file: 'telemetry.db',
        table: 'span_payloads',
        msg: expect.stringMatching(advice),
      })
      expect(marked(appliance)).toBe(true)

      const again = await Appliance.startToFail({ dir: appliance.dir, env: LARGE })
      expect(again).toMatchObject({ code: 1, output: expect.stringMatching(advice) })
      expect(again.output, 'it did not come so far as to serve').not.toContain('"ready"')
      expect(again.output).not.toMatch(/^\s+at /m)

      const { code, stdout } = await run(appliance.dir, ['doctor', '--json'])
      expect(code).toBe(1)
      const wrong = (JSON.parse(stdout) as Finding[]).filter(({ state }) => state !== 'ok')
      expect(wrong).toMatchObject([
        {
          subject: 'telemetry.db',
          found: expect.stringMatching(/does not start any more/),
          advice: expect.stringContaining('trulayer restore FILE --force'),
        },
      ])

      await runJson(appliance.dir, ['restore', backup, '--force'])
      expect(marked(appliance)).toBe(false)
      await appliance.start()
      await readThrough(appliance)
      expect(await listIds(appliance)).toEqual(ids)
      expect((await appliance.term()).code).toBe(0)
    },
  )

  it('starts again once a sound copy was put in its place by hand', { timeout: 60_000 }, async () => {
    const appliance = await filled()
    await appliance.term()
    const file = fileOf(appliance, 'telemetry.db')
    const copy = path.join(appliance.dir, 'copy.db')
    copyFileSync(file, copy)
    damage(file, 'span_payloads', 'leaf')
    await appliance.start()
    expect((await appliance.ended).code).toBe(1)
    expect(marked(appliance)).toBe(true)
    copyFileSync(copy, file)
    const found = await runJson<Finding[]>(appliance.dir, ['doctor'])
    expect(found.find((one) => one.found.includes('is not any more'))).toMatchObject({ subject: 'telemetry.db' })
    await appliance.start()
    expect(marked(appliance)).toBe(false)
    await readThrough(appliance)
    expect((await listIds(appliance)).size).toBe(TRACES)
  })

  it('may be control.db', { timeout: 60_000 }, async () => {
    const appliance = await filled()
    await appliance.term()
    const file = fileOf(appliance, 'control.db')
    const db = new Database(file)
    const insert = db.prepare('INSERT INTO users (id, email, created_at) VALUES (?, ?, 0)')
    for (let i = 0; i < 500; i++) insert.run(`nobody-${i}`, `nobody-${i}@example.com`)
    db.close()
    damage(file, 'users', 'leaf')
    await appliance.start()
    expect((await appliance.ended).code).toBe(1)
    expect(appliance.output).toMatch(/control\.db is damaged/)
    const again = await Appliance.startToFail({ dir: appliance.dir, env: LARGE })
    expect(again.output).toMatch(/control\.db is damaged.*trulayer restore FILE --force/)
  })

  it('is not read through again at each start, but when it was killed, or somebody touched the file', {
    timeout: 60_000,
  }, async () => {
    const appliance = await filled()
    await appliance.term()
    await appliance.start()
    await readThrough(appliance)
    const before = readings(appliance, 'telemetry.db')
    await appliance.term()
    await appliance.start()
    const [telemetry] = await readThrough(appliance)
    expect(telemetry).toMatchObject({ name: 'telemetry.db', sound_at: expect.any(String) })
    await appliance.kill()
    expect(readings(appliance, 'telemetry.db'), 'stopped in order').toBe(before)

    await appliance.start()
    await expect.poll(() => readings(appliance, 'telemetry.db')).toBe(before + 1)
    await readThrough(appliance)
    await appliance.term()
    utimesSync(fileOf(appliance, 'telemetry.db'), new Date(), new Date())
    await appliance.start()
    await expect.poll(() => readings(appliance, 'telemetry.db')).toBe(before + 2)
    await readThrough(appliance)
    await appliance.term()
  })

  it('is read on where a stop in order broke it off, and from the beginning where it was killed', {
    timeout: 90_000,
  }, async () => {
    // As slow as it may be: some seconds for the whole file.
    const appliance = await filled({ ...LARGE, TRULAYER_STORAGE_CHECK_BYTES_PER_SECOND: '1048576' })
    await appliance.kill()
    await appliance.start()
    await expect.poll(() => reached(appliance)).toBeGreaterThan(0.4)
    await appliance.term()
    await appliance.start()
    await expect.poll(() => appliance.output).toContain('reading on where the last stop broke it off')
    await expect.poll(() => reached(appliance)).toBeGreaterThan(0)
    expect(await reached(appliance)).toBeGreaterThan(0.4)
    await appliance.kill()
    expect(readings(appliance, 'telemetry.db')).toBe(1)
    await appliance.start()
    await expect.poll(() => readings(appliance, 'telemetry.db')).toBe(2)
    await appliance.term()

    const quick = await Appliance.start({ dir: appliance.dir, env: LARGE })
    await readThrough(quick)
    expect(quick.output).not.toMatch(/looked wrong|damaged/)
  })

  it('is found damaged in the part that was not read yet when a stop broke off the reading', {
    timeout: 90_000,
  }, async () => {
    const appliance = await filled({ ...LARGE, TRULAYER_STORAGE_CHECK_BYTES_PER_SECOND: '1048576' })
    await appliance.kill()
    await appliance.start()
    await expect.poll(() => reached(appliance)).toBeGreaterThan(0)
    await appliance.term()
    const file = fileOf(appliance, 'telemetry.db')
    // As a disk does, of which no time of change tells.
    const before = path.join(appliance.dir, 'before')
    execFileSync('cp', ['-p', file, before])
    damage(file, 'span_payloads', 'overflow')
    execFileSync('touch', ['-r', before, file])
    await appliance.start()
    expect(await appliance.ended).toMatchObject({ code: 1 })
    expect(appliance.output).toContain('reading on where the last stop broke it off')
    expect(appliance.output).toMatch(/telemetry\.db is damaged/)
  })

  it('is read through while traces go on coming in, are erased and read, without a false alarm', {
    timeout: 90_000,
  }, async () => {
    const appliance = await filled({ ...LARGE, TRULAYER_STORAGE_CHECK_BYTES_PER_SECOND: '4000000' })
    await appliance.kill()
    await appliance.start()
    await expect.poll(() => readings(appliance, 'telemetry.db')).toBe(1)
    let reading = true
    const sent: string[] = []
    const load = (async () => {
      for (let i = 10; reading; i++) {
        const traces = someTraces(seeded(i), 10, { spans: 3, text: 9_000 })
        await call(appliance, 'POST /v1/ingest/batch', { send: batchOf(traces) })
        sent.push(...traces.map(({ id }) => id))
        const old = sent.splice(0, i % 3 === 0 ? 12 : 0)
        for (const id of old) await call(appliance, `DELETE /v1/traces/${id}`)
      }
    })()
    await readThrough(appliance).finally(() => {
      reading = false
    })
    await load
    expect(sent.length).toBeGreaterThan(50)
    expect(appliance.output).not.toMatch(/looked wrong|damaged/)
    expect(appliance.output).toContain('every page is sound')
  })
})
