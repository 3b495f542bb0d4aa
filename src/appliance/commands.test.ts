import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { call } from './client.ts'
import { run, runJson } from './command.ts'
import { Appliance, temporaryDir } from './process.ts'
import { batchOf, seeded, someTraces } from './traces.ts'

interface Finding {
  subject: string
  state: 'ok' | 'warning' | 'problem'
  found: string
  advice?: string
}

async function stopped(traces = 40): Promise<Appliance> {
  const appliance = await Appliance.start()
  const { status } = await call(appliance, 'POST /v1/ingest/batch', { send: batchOf(someTraces(seeded(1), traces)) })
  expect(status).toBe(201)
  await appliance.term()
  return appliance
}

async function examine(
  dir: string,
  env: Record<string, string> = {},
): Promise<{ code: number | null; findings: Finding[] }> {
  const { code, stdout } = await run(dir, ['doctor', '--json'], { env })
  return { code, findings: JSON.parse(stdout) as Finding[] }
}

const wrong = (findings: readonly Finding[]) => findings.filter(({ state }) => state !== 'ok')

/** Overwrites a page in the middle of the file, as a failing disk does. */
function damage(file: string): void {
  const { size } = statSync(file)
  const fd = openSync(file, 'r+')
  writeSync(fd, Buffer.alloc(8192, 0xa5), 0, 8192, Math.floor(size / 2 / 8192) * 8192)
  closeSync(fd)
}

it('finds nothing wrong with a good appliance, running or not', async () => {
  const appliance = await Appliance.start()
  const running = await examine(appliance.dir)
  expect(wrong(running.findings)).toEqual([])
  expect(running.code).toBe(0)
  expect(running.findings.find(({ subject }) => subject === 'process')?.found).toContain(`process ${appliance.pid}`)
  await appliance.term()
  expect(wrong((await examine(appliance.dir)).findings)).toEqual([])
})

it.each(['telemetry.db', 'control.db'])(
  'finds a damaged page of %s and says how to restore; the start refuses',
  async (name) => {
    const appliance = await stopped()
    damage(path.join(appliance.dir, 'data', name))
    const { code, findings } = await examine(appliance.dir)
    expect(code).toBe(1)
    expect(wrong(findings)).toMatchObject([
      { subject: name, state: 'problem', advice: expect.stringContaining('trulayer restore FILE --force') },
    ])
    const start = await Appliance.startToFail({ dir: appliance.dir })
    expect(start.code).toBe(1)
    expect(start.output).toContain(name)
    expect(start.output).toMatch(/trulayer doctor.*trulayer restore/)
    expect(start.output).not.toMatch(/^\s+at /m)
  },
)

it.each<[string, (data: string) => void, RegExp]>([
  ['a true file is missing', (data) => rmSync(path.join(data, 'control.db')), /only telemetry\.db/],
  [
    'a newer version wrote a file',
    (data) => sql(data, 'control.db', "INSERT INTO schema_version VALUES (9000, 'from the future', 0)"),
    /newer version.*9000/,
  ],
  [
    'the two files are not of one moment',
    (data) => sql(data, 'control.db', "INSERT INTO follower_places (name, seq, updated_at) VALUES ('x', 999999, 0)"),
    /999999/,
  ],
  [
    'somebody changed the audit log',
    (data) => sql(data, 'control.db', `UPDATE audit_entries SET action = 'nothing.happened' WHERE n = 1`),
    /entry 1 is wrong/,
  ],
])('says so when %s', async (_, breakIt, expected) => {
  const appliance = await stopped(1)
  breakIt(path.join(appliance.dir, 'data'))
  const { code, findings } = await examine(appliance.dir)
  expect(code).toBe(1)
  const [first] = wrong(findings)
  expect(first).toMatchObject({ state: 'problem', found: expect.stringMatching(expected) })
  expect(first?.advice).toBeTruthy()
})

function sql(data: string, name: string, statement: string): void {
  const db = new Database(path.join(data, name))
  db.exec(statement)
  db.close()
}

it('warns of a variable that means nothing, and of a clock that was set back', async () => {
  const appliance = await stopped(1)
  const ahead = Date.now() + 3 * 3_600_000
  sql(path.join(appliance.dir, 'data'), 'telemetry.db', `UPDATE traces SET created_at = ${ahead}`)
  const { code, findings } = await examine(appliance.dir, { TRULAYER_PROT: '80' })
  expect(code).toBe(0)
  expect(wrong(findings)).toMatchObject([
    { subject: 'configuration', state: 'warning', found: expect.stringContaining('TRULAYER_PROT') },
    { subject: 'clock', state: 'warning', found: expect.stringContaining('180 minutes ahead') },
  ])
})

it('says that a limit of the disk is reached, or near', async () => {
  const appliance = await stopped(1)
  const full = await examine(appliance.dir, { TRULAYER_STORAGE_MIN_FREE_BYTES: '999999999999999' })
  expect(full.code).toBe(1)
  expect(wrong(full.findings)).toMatchObject([
    { subject: 'disk', state: 'problem', advice: expect.stringContaining('refused') },
  ])
  const near = await examine(appliance.dir, { TRULAYER_STORAGE_MAX_BYTES: '600000000' })
  expect(wrong(near.findings)).toMatchObject([{ subject: 'disk', state: 'warning' }])
})

it('says what is wrong with the configuration, and stops there', async () => {
  const dir = temporaryDir()
  writeFileSync(path.join(dir, 'config.yaml'), 'server: {prot: 1}\n')
  const { code, findings } = await examine(dir)
  expect(code).toBe(1)
  expect(findings).toMatchObject([
    { subject: 'configuration', state: 'problem', found: expect.stringContaining('server.prot') },
  ])
})

it('verify-audit names the first bad entry of a chain', async () => {
  const appliance = await stopped(1)
  expect(await run(appliance.dir, ['verify-audit'])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/all in order/),
  })
  sql(
    path.join(appliance.dir, 'data'),
    'control.db',
    `UPDATE audit_entries SET details = '{"name":"another"}' WHERE n = 1`,
  )
  const { code, stdout } = await run(appliance.dir, ['verify-audit'])
  expect(code).toBe(1)
  expect(stdout).toMatch(/entry 1 .*does not match its hash/)
})

it('setup makes an owner who can sign in, and a key that works', async () => {
  const dir = temporaryDir()
  const env = { TRULAYER_OWNER_EMAIL: '', TRULAYER_OWNER_PASSWORD: '', TRULAYER_API_KEY: '' }
  const args = ['setup', '--email', 'ada@example.com', '--password-file', '-', '--organization', 'Analytical Engines']
  const made = await runJson<{ key: string; organization: string }>(dir, args, {
    env,
    input: 'a long enough password\n',
  })
  expect(made.organization).toBe('Analytical Engines')
  const again = await run(dir, args, { env, input: 'a long enough password\n' })
  expect(again).toMatchObject({ code: 1, stderr: expect.stringMatching(/set up already/) })
  const appliance = await Appliance.start({ dir, env })
  const headers = { Authorization: `Bearer ${made.key}` }
  expect((await call(appliance, 'GET /v1/traces', { headers })).status).toBe(200)
  const login = { email: 'ada@example.com', password: 'a long enough password' }
  expect((await call(appliance, 'POST /v1/auth/login', { send: login })).status).toBe(200)
})

it('a command that finds nothing says so, to a person', { timeout: 60_000 }, async () => {
  const dir = temporaryDir()
  const missing = path.join(dir, 'none.tar.gz')
  const tries: [args: string[], said: RegExp][] = [
    [['verify-audit'], /There is no .*control\.db/],
    [['rebuild', 'search'], /There is no .*data/],
    [['backup', missing], /There is no .*control\.db/],
    [['restore', missing], /There is no .*none\.tar\.gz/],
    [['setup', '--email', 'a@example.com', '--password-file', missing], /none\.tar\.gz/],
    [['health'], /server\.port is 0/],
  ]
  for (const [args, said] of tries) {
    const { code, stdout, stderr } = await run(dir, args)
    expect({ args, code, stdout }).toEqual({ args, code: 1, stdout: '' })
    expect(stderr).toMatch(said)
    expect(stderr, args.join(' ')).not.toMatch(/^\s+at /m)
  }
  for (const args of [
    ['nothing'],
    ['backup'],
    ['rebuild', 'everything'],
    ['demo', '--days', 'many'],
    ['version', '-x'],
  ])
    expect((await run(dir, args)).code, args.join(' ')).toBe(2)
})

it('every command that is shown has a help of its own', { timeout: 60_000 }, async () => {
  const dir = temporaryDir()
  const { stdout } = await run(dir, ['--help'])
  const names = [...stdout.matchAll(/^ {2}trulayer (\S+)/gm)].map(([, name = '']) => name)
  expect(names).toEqual(expect.arrayContaining(['serve', 'setup', 'backup', 'restore', 'doctor', 'rebuild', 'demo']))
  expect(names).not.toContain('sql-console')
  for (const name of names) {
    const help = await run(dir, [name, '--help'])
    expect(help).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(new RegExp(`^trulayer ${name}\\b`)),
    })
  }
})

it('password lets somebody in who cannot sign in any more, and nobody else', { timeout: 60_000 }, async () => {
  const appliance = await Appliance.start()
  const { dir } = appliance
  const email = 'owner@example.com'
  const args = ['password', '--email', 'OWNER@example.com', '--password-file', '-']
  const login = (password: string) => call(appliance, 'POST /v1/auth/login', { send: { email, password } })
  const { token } = (await login('correct horse battery')).body
  const running = await run(dir, args, { input: 'another long password\n' })
  expect(running).toMatchObject({ code: 1, stderr: expect.stringMatching(/in use by another TruLayer/) })
  await appliance.term()

  const unknown = await run(dir, ['password', '--email', 'nobody@example.com', '--password-file', '-'], { input: 'x' })
  expect(unknown).toMatchObject({ code: 1, stderr: 'Nobody here has the address nobody@example.com.\n' })
  expect(await run(dir, args, { input: 'short\n' })).toMatchObject({ code: 2 })
  expect(await run(dir, ['password'])).toMatchObject({ code: 2, stderr: 'trulayer password needs --email ADDRESS\n' })
  expect(await runJson(dir, args, { input: 'another long password\n' })).toEqual({ email, sessions_ended: 1 })

  await appliance.start()
  expect((await login('correct horse battery')).status).toBe(401)
  const headers = { Authorization: `Bearer ${String(token)}` }
  expect((await call(appliance, 'GET /v1/projects', { headers })).status).toBe(401)
  expect((await login('another long password')).status).toBe(200)
  expect((await call(appliance, 'GET /v1/projects')).status, 'keys go on').toBe(200)
  expect((await run(dir, ['verify-audit'])).code).toBe(0)
})

it('health asks the running appliance', async () => {
  const appliance = await Appliance.start()
  const env = { TRULAYER_PORT: new URL(appliance.url).port }
  expect(await run(appliance.dir, ['health'], { env })).toMatchObject({ code: 0 })
  expect(await run(appliance.dir, ['health', '--ready'], { env })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/ready/),
  })
  const { answer } = await runJson<{ answer: { status: string } }>(appliance.dir, ['health', '--ready'], { env })
  expect(answer.status).toBe('ready')
  await appliance.term()
  expect(await run(appliance.dir, ['health'], { env })).toMatchObject({ code: 1 })
})

const TRACES = 90

it.each(['analytics', 'search'])(
  'has %s made anew while it serves, or by the next start',
  { timeout: 90_000 },
  async (what) => {
    const appliance = await Appliance.start()
    const now = { traces: Array.from({ length: TRACES }, (_, i) => ({ name: `peculiar ${i}`, input: 'a saxophone' })) }
    expect((await call(appliance, 'POST /v1/ingest/batch', { send: now })).status).toBe(201)
    const file = path.join(appliance.dir, 'data', what === 'search' ? 'search.db' : 'analytics.duckdb')
    const follower = async () => {
      const { followers } = (await call(appliance, 'GET /ready')).body as { followers: Following[] }
      return followers.find(({ name }) => name === what)
    }
    const known = async () => {
      await expect.poll(follower).toMatchObject({ lag: 0, progress: 1, failures: 0 })
      if (what === 'analytics') return (await call(appliance, 'GET /v1/metrics')).body.total_traces
      return ((await call(appliance, 'GET /v1/traces?q=saxophone&limit=200')).body.traces as unknown[]).length
    }
    expect(await known()).toBe(TRACES)
    const identity = () => statSync(file, { bigint: true }).birthtimeNs

    const first = identity()
    expect(await runJson(appliance.dir, ['rebuild', what])).toEqual({ file: path.basename(file), begun: true })
    expect(identity()).not.toBe(first)
    expect((await call(appliance, 'GET /ready')).status).toBe(200)
    expect(await known()).toBe(TRACES)

    if (what === 'analytics') {
      // An index of texts that is deleted is missed by itself, this with the next trace.
      rmSync(file)
      expect((await call(appliance, 'POST /v1/ingest', { send: { name: 'another' } })).status).toBe(201)
      await expect.poll(() => existsSync(file)).toBe(true)
      await expect.poll(known).toBe(TRACES + 1)
    }
    const all = await known()
    await appliance.term()
    expect(await run(appliance.dir, ['rebuild', what])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/next start makes it again/),
    })
    expect(existsSync(file)).toBe(false)
    await appliance.start()
    expect(await known()).toBe(all)
  },
)

interface Following {
  name: string
  lag: number
  progress: number
  failures: number
}

it('answers a statement of the SQL console, which runs in a process of its own', { timeout: 60_000 }, async () => {
  const dir = temporaryDir()
  writeFileSync(path.join(dir, 'file'), '')
  // Without a home, so that the other process must find the libraries where this one put them.
  const appliance = await Appliance.start({ dir, env: { XDG_CACHE_HOME: path.join(dir, 'file') } })
  const now = { traces: Array.from({ length: 7 }, () => ({ name: 'now' })) }
  expect((await call(appliance, 'POST /v1/ingest/batch', { send: now })).status).toBe(201)
  const credentials = { email: 'owner@example.com', password: 'correct horse battery' }
  const login = await call(appliance, 'POST /v1/auth/login', { send: credentials })
  const headers = { Authorization: `Bearer ${String(login.body.token)}` }
  const answer = await call(appliance, 'POST /v1/analytics/query', {
    headers,
    send: { sql: 'SELECT count(*) AS n FROM traces' },
  })
  expect(answer).toMatchObject({ status: 200 })
  expect(JSON.stringify(answer.body)).toContain('7')
})

it('leaves no statement running when the appliance is killed', { timeout: 60_000 }, async () => {
  const appliance = await Appliance.start({ env: { TRULAYER_ANALYTICS_CONSOLE_SECONDS: '60' } })
  const credentials = { email: 'owner@example.com', password: 'correct horse battery' }
  const login = await call(appliance, 'POST /v1/auth/login', { send: credentials })
  const headers = { Authorization: `Bearer ${String(login.body.token)}` }
  const sql = 'SELECT count(*) FROM range(100000000000) t(i) WHERE hash(i) % 7 = 1'
  const asking = call(appliance, 'POST /v1/analytics/query', { headers, send: { sql } }).catch(() => 'gone')
  const { pid } = appliance
  const consoles = () => processes().filter(({ args }) => args.includes('sql-console') && args.includes(String(pid)))
  await expect.poll(consoles).toHaveLength(1)
  if (process.platform === 'linux') {
    const takenFirst = () => Number(readFileSync(`/proc/${consoles()[0]?.pid}/oom_score_adj`, 'utf8'))
    await expect.poll(takenFirst, { message: 'where memory runs out it goes, and not the appliance' }).toBe(1000)
  }
  await appliance.kill()
  expect(await asking).toBe('gone')
  await expect.poll(consoles).toEqual([])
})

/** Every process of this machine, with its arguments. */
function processes(): { pid: string; args: string[] }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [{ pid, args: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') }]
      } catch {
        return []
      }
    })
}

it('ends without a word where nobody reads what it prints any more', async () => {
  const under = ['bash', '--norc', '-c', '"$@" | head -n 1', '-']
  const { stdout, stderr } = await run(temporaryDir(), ['doctor'], { under })
  expect(stdout).toMatch(/configuration/)
  expect(stderr).toBe('')
})
