import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { call } from './client.ts'
import { run, runJson } from './command.ts'
import { Appliance, temporaryDir } from './process.ts'

/** The directory of native add-ons in a cache, and the files in it. */
function addons(cache: string): { dir: string; files: string[] } {
  const name = readdirSync(cache).find((entry) => entry.startsWith('addons-')) ?? ''
  const dir = path.join(cache, name)
  return { dir, files: readdirSync(dir).sort() }
}

it('unpacks its libraries once, privately, and puts right what was changed', { timeout: 60_000 }, async () => {
  const dir = temporaryDir()
  const env = { XDG_CACHE_HOME: path.join(dir, 'cache') }
  const versions = await runJson<Record<string, string>>(dir, ['version'], { env })
  expect(versions).toMatchObject({
    sqlite: expect.stringMatching(/^3\./),
    sqlite_vec: expect.any(String),
    duckdb: expect.any(String),
  })
  const { dir: unpacked, files } = addons(path.join(dir, 'cache/trulayer'))
  expect(files).toEqual(['better_sqlite3.node', 'duckdb.node', 'libduckdb.so', 'vec0.so'])
  expect(statSync(unpacked).mode & 0o777).toBe(0o700)
  const library = path.join(unpacked, 'better_sqlite3.node')
  const { mtimeMs, size } = statSync(library)
  await runJson(dir, ['version'], { env })
  expect(statSync(library).mtimeMs, 'written once').toBe(mtimeMs)
  chmodSync(library, 0o700)
  writeFileSync(library, 'not a library')
  await runJson(dir, ['version'], { env })
  expect(statSync(library).size).toBe(size)
})

it('is safe when many start at once', { timeout: 60_000 }, async () => {
  const dir = temporaryDir()
  const env = { XDG_CACHE_HOME: path.join(dir, 'cache') }
  const all = await Promise.all(Array.from({ length: 6 }, () => run(dir, ['version', '--json'], { env })))
  expect(all.map(({ code, stderr }) => ({ code, stderr }))).toEqual(all.map(() => ({ code: 0, stderr: '' })))
  expect(addons(path.join(dir, 'cache/trulayer')).files).toHaveLength(4)
})

it('uses the data directory where there is no home to write to', { timeout: 60_000 }, async () => {
  const dir = temporaryDir()
  writeFileSync(path.join(dir, 'file'), '')
  const appliance = await Appliance.start({ dir, env: { XDG_CACHE_HOME: path.join(dir, 'file') } })
  expect((await call(appliance, 'GET /ready')).status).toBe(200)
  expect((await call(appliance, 'GET /setup', { headers: { Accept: 'text/html' } })).status).toBe(200)
  expect(existsSync(path.join(dir, 'data/cache'))).toBe(true)
})

it.runIf(process.platform === 'linux')(
  'uses the data directory where the home is a place in which nothing can be made',
  { timeout: 60_000 },
  async () => {
    const dir = temporaryDir()
    await runJson(dir, ['version'], { env: { XDG_CACHE_HOME: '', HOME: '/proc' } })
    expect(addons(path.join(dir, 'data/cache')).files).toContain('better_sqlite3.node')
    const nowhere = await run(dir, ['serve'], { env: { TRULAYER_DATA_DIR: '/proc/data' } })
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringMatching(/\/proc\/data cannot be used: ENOENT/) })
  },
)

it('takes no library from a directory that others may write to', { timeout: 60_000 }, async () => {
  const dir = temporaryDir()
  const env = { XDG_CACHE_HOME: path.join(dir, 'cache') }
  await runJson(dir, ['version'], { env })
  chmodSync(addons(path.join(dir, 'cache/trulayer')).dir, 0o777)
  await runJson(dir, ['version'], { env })
  expect(addons(path.join(dir, 'data/cache')).files).toContain('better_sqlite3.node')
})

it.runIf(process.platform === 'linux')(
  'passes over a place from which nothing may be executed',
  { timeout: 60_000 },
  async () => {
    const dir = temporaryDir()
    const cache = path.join(dir, 'cache')
    mkdirSync(cache)
    const mounted = `mount -t tmpfs -o noexec,mode=700 none "${cache}" && exec "$0" "$@"`
    const under = ['unshare', '--map-root-user', '--mount', 'sh', '-c', mounted]
    await runJson(dir, ['version'], { env: { XDG_CACHE_HOME: cache }, under })
    expect(addons(path.join(dir, 'data/cache')).files).toContain('better_sqlite3.node')
  },
)

it('says so when there is no place at all', { timeout: 60_000 }, async () => {
  const dir = temporaryDir()
  writeFileSync(path.join(dir, 'file'), '')
  mkdirSync(path.join(dir, 'data'))
  writeFileSync(path.join(dir, 'data/cache'), '')
  const { code, stderr } = await run(dir, ['version', '--json'], { env: { XDG_CACHE_HOME: path.join(dir, 'file') } })
  expect(code).toBe(1)
  expect(stderr).toMatch(/private directory/)
  expect(stderr).toMatch(/XDG_CACHE_HOME/)
  expect(stderr).not.toMatch(/^\s+at /m)
})
