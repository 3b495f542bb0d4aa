import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { connect } from 'node:tls'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { eventually } from '../testing.ts'
import { call } from './client.ts'
import { Appliance, temporaryDir } from './process.ts'

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/tls')

/** It ended by itself, with a message for a person: what is wrong with what, what to do, and no stack trace. */
function expectExplained({ code, output }: { code: number | null; output: string }, ...words: RegExp[]): void {
  expect(code).toBe(1)
  for (const word of words) expect(output).toMatch(word)
  expect(output).not.toMatch(/^\s+at /m)
}

it('says that its port is in use', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  expectExplained(
    await Appliance.startToFail({ env: { TRULAYER_PORT: port } }),
    new RegExp(`\\b${port}\\b.*in use`),
    /TRULAYER_PORT/,
  )
})

it('names the unknown key of its configuration, and the bad value', async () => {
  const dir = temporaryDir()
  writeFileSync(path.join(dir, 'config.yaml'), 'ingest:\n  max_body_byte: 5\n')
  expectExplained(
    await Appliance.startToFail({ dir }),
    /config\.yaml/,
    /unknown key ingest\.max_body_byte\b/,
    /config\.example\.yaml/,
  )
  const bad = await Appliance.startToFail({ env: { TRULAYER_INGEST_QUEUE_MAX_BYTES: '5' } })
  expectExplained(bad, /ingest\.queue_max_bytes: .*1048576/)
  const missing = await Appliance.startToFail({ env: { TRULAYER_CONFIG: 'no-such.yaml' } })
  expectExplained(missing, /no-such\.yaml/)
})

it.each(['telemetry.db', 'control.db'])('does not touch a %s that a newer version wrote', async (name) => {
  const appliance = await Appliance.start()
  await appliance.term()
  const file = path.join(appliance.dir, 'data', name)
  const db = new Database(file)
  db.prepare("INSERT INTO schema_version VALUES (9000, 'from the future', 0)").run()
  db.close()
  expectExplained(
    await Appliance.startToFail({ dir: appliance.dir }),
    new RegExp(name.replace('.', '\\.')),
    /newer version/,
    /9000/,
    /backup/,
  )
})

it('says that its data directory cannot be written', async () => {
  const dir = temporaryDir()
  writeFileSync(path.join(dir, 'file'), '')
  const inAFile = await Appliance.startToFail({ dir, env: { TRULAYER_DATA_DIR: path.join(dir, 'file/data') } })
  expectExplained(inAFile, /file\/data/, /TRULAYER_DATA_DIR/)
  const aFile = await Appliance.startToFail({ dir, env: { TRULAYER_DATA_DIR: path.join(dir, 'file') } })
  expectExplained(aFile, /TRULAYER_DATA_DIR/)
})

it('says which file is no database', async () => {
  const dir = temporaryDir()
  mkdirSync(path.join(dir, 'data'))
  writeFileSync(
    path.join(dir, 'data/telemetry.db'),
    'this is text, and it is long enough to have a header of its own, surely',
  )
  expectExplained(await Appliance.startToFail({ dir }), /telemetry\.db/)
})

it('does not start on data that another one is using', async () => {
  const appliance = await Appliance.start()
  const second = await Appliance.startToFail({ dir: appliance.dir })
  expectExplained(second, /in use|already/i, /data/)
  expect((await call(appliance, 'GET /ready')).status).toBe(200)
})

it('is not kept from starting by one that was killed', async () => {
  const appliance = await Appliance.start()
  await appliance.kill()
  await appliance.start()
  expect((await call(appliance, 'GET /ready')).status).toBe(200)
})

it('says what is wrong with its certificate, and which file it is in', async () => {
  const dir = temporaryDir()
  writeFileSync(path.join(dir, 'tls.crt'), 'no certificate')
  const env = {
    TRULAYER_SERVER_TLS_CERT: path.join(dir, 'tls.crt'),
    TRULAYER_SERVER_TLS_KEY: path.join(dir, 'none.key'),
  }
  expectExplained(await Appliance.startToFail({ env }), /none\.key \(server\.tls\.key\) cannot be read/)
  writeFileSync(path.join(dir, 'none.key'), 'no key')
  expectExplained(await Appliance.startToFail({ env }), /tls\.crt \(server\.tls\.cert\) does not hold a certificate/)
})

it('goes on with its start when it is told to read its certificate again meanwhile', async () => {
  const dir = temporaryDir()
  const starting = Appliance.start({ dir })
  const pidFile = path.join(dir, 'data', 'pid')
  await eventually(() => process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGHUP'), { interval: 2 })
  const appliance = await starting
  expect((await call(appliance, 'GET /health')).status).toBe(200)
})

it('reads its certificate again on SIGHUP, and goes on', async () => {
  const dir = temporaryDir()
  const [cert, key] = [path.join(dir, 'tls.crt'), path.join(dir, 'tls.key')]
  const put = (name: string) => {
    for (const file of [cert, key]) cpSync(path.join(FIXTURES, `${name}${path.extname(file)}`), file)
  }
  put('first')
  const env = { TRULAYER_SERVER_TLS_CERT: cert, TRULAYER_SERVER_TLS_KEY: key }
  const appliance = await Appliance.start({ dir, env })
  const name = () =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(appliance.url)
      const socket = connect(Number(port), hostname, { rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().subject.CN)
        socket.end()
      })
      socket.once('error', reject)
    })
  expect(await name()).toBe('first.example')
  put('second')
  process.kill(appliance.pid, 'SIGHUP')
  await eventually(async () => expect(await name()).toBe('second.example'))
  expect((await appliance.term()).code).toBe(0)
})
