import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError } from '../../config.ts'
import { eventually } from '../../testing.ts'
import { TestApp } from '../testing/app.ts'
import { readPair } from './certificate.ts'

const FIXTURES = path.resolve(import.meta.dirname, '../../../fixtures/tls')
const fixture = (name: string) => path.join(FIXTURES, name)

let dir: string
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'trulayer-tls-'))
  put('first')
})
afterEach(() => rmSync(dir, { recursive: true }))

const files = () => ({ cert: path.join(dir, 'tls.crt'), key: path.join(dir, 'tls.key') })
const put = (name: string, which: ('crt' | 'key')[] = ['crt', 'key']) => {
  for (const kind of which) cpSync(fixture(`${name}.${kind}`), path.join(dir, `tls.${kind}`))
}

/** A request over TLS: its answer, the name in the certificate, and whether the connection was an open one. */
const get = (url: string, agent: Agent) =>
  new Promise<{ status: number; name: string; reused: boolean; body: string }>((resolve, reject) => {
    const sent = request(url, { agent, rejectUnauthorized: false }, (res) => {
      const { CN: name } = (res.socket as TLSSocket).getPeerCertificate().subject
      let body = ''
      res.on('data', (piece) => {
        body += piece
      })
      res.on('end', () => resolve({ status: res.statusCode ?? 0, name: String(name), reused: sent.reusedSocket, body }))
    })
    sent.on('error', reject).end()
  })

describe('with server.tls', () => {
  let app: TestApp
  const agents: Agent[] = []
  const agent = () => {
    const one = new Agent({ keepAlive: true, maxCachedSessions: 0 })
    agents.push(one)
    return one
  }
  beforeEach(async () => {
    app = await TestApp.start({ logLevel: 'info', config: ({ server }) => Object.assign(server.tls, files()) })
  })
  afterEach(async () => {
    await app.stop()
    for (const one of agents.splice(0)) one.destroy()
  })
  const logged = (text: string) => app.logged.filter(({ msg }) => String(msg).includes(text))

  it('answers over https, and takes a new certificate without closing a connection', async () => {
    expect(app.url).toMatch(/^https:/)
    const open = agent()
    expect(await get(`${app.url}/health`, open)).toMatchObject({ status: 200, name: 'first.example', reused: false })
    put('second')
    app.clock.advance(10_000)
    expect(await get(`${app.url}/health`, open)).toMatchObject({ status: 200, name: 'first.example', reused: true })
    expect(await get(`${app.url}/health`, agent())).toMatchObject({ status: 200, name: 'second.example' })
    expect(logged('was read again')).toHaveLength(1)
    app.clock.advance(60_000)
    expect(logged('was read again')).toHaveLength(1)
  })

  it('keeps the one it has while the new one cannot be used, and takes that once it can', async () => {
    put('second', ['crt'])
    app.clock.advance(30_000)
    expect(logged('cannot be used')).toHaveLength(1)
    expect(await get(`${app.url}/health`, agent())).toMatchObject({ name: 'first.example' })
    put('second', ['key'])
    app.clock.advance(10_000)
    expect(await get(`${app.url}/health`, agent())).toMatchObject({ name: 'second.example' })
  })

  it('stops although somebody has connected and says nothing', async () => {
    const { port } = new URL(app.url)
    const silent = connect(Number(port), '127.0.0.1')
    await eventually(() => expect(silent.readyState).toBe('open'))
    await get(`${app.url}/health`, agent())
    const closed = new Promise((resolve) => silent.once('close', resolve))
    await app.restart()
    await closed
  })

  it('gives out cookies for TLS only', async () => {
    await app.person(app.tenantId, 'owner@example.com', 'owner')
    const { headers } = await app.call('POST /v1/auth/login', {
      as: '',
      send: { email: 'owner@example.com', password: 'correct horse battery' },
      headers: { Origin: app.url },
    })
    expect(String(headers['set-cookie'])).toMatch(/; Secure/)
    const plain = { Origin: app.url.replace('https:', 'http:') }
    const send = { email: 'owner@example.com', password: 'correct horse battery' }
    expect((await app.call('POST /v1/auth/login', { as: '', send, headers: plain })).body.code).toBe('cross_origin')
  })
})

describe('files that cannot be used are told apart', () => {
  const refused: [title: string, spoil: () => void, says: RegExp][] = [
    ['no certificate', () => rmSync(files().cert), /tls\.crt \(server\.tls\.cert\) cannot be read: ENOENT/],
    ['no key', () => rmSync(files().key), /tls\.key \(server\.tls\.key\) cannot be read/],
    ['text for a certificate', () => writeFileSync(files().cert, 'hello'), /tls\.crt .* does not hold a certificate/],
    ['text for a key', () => writeFileSync(files().key, 'hello'), /tls\.key .* does not hold a private key/],
    ['the certificate for the key', () => cpSync(files().cert, files().key), /tls\.key .* does not hold a private key/],
    ['a key of another certificate', () => put('second', ['key']), /is not that of the certificate/],
  ]
  it.each(refused)('%s', (_, spoil, says) => {
    expect(readPair(files()).validTo).toBeGreaterThan(Date.parse('2100-01-01'))
    spoil()
    expect(() => readPair(files())).toThrow(ConfigError)
    expect(() => readPair(files())).toThrow(says)
    expect(() => readPair(files())).not.toThrow(new RegExp(readFileSync(fixture('first.key'), 'utf8').slice(40, 80)))
  })
})

describe('behind a proxy', () => {
  let app: TestApp
  afterEach(() => app.stop())
  const start = async (trust: boolean | number) => {
    app = await TestApp.start({
      config: ({ server }) => {
        server.trust_proxy = trust
      },
    })
    await app.person(app.tenantId, 'owner@example.com', 'owner')
  }
  const login = (headers: Record<string, string>, password = 'correct horse battery') =>
    app.call('POST /v1/auth/login', { as: '', send: { email: 'owner@example.com', password }, headers })
  /** Calls from here that are left to a client of this address in this minute. */
  const left = async (forwardedFor: string) => {
    const { headers } = await app.call('GET /health', { as: '', headers: { 'X-Forwarded-For': forwardedFor } })
    return Number(headers['x-ratelimit-remaining'])
  }

  it('that is trusted, the client is who the proxy says, never who the client says', async () => {
    await start(true)
    expect(await left('203.0.113.7')).toBe(599)
    expect(await left('203.0.113.7')).toBe(598)
    expect(await left('198.51.100.1, 203.0.113.7'), 'the left one is forged').toBe(597)
    expect(await left('203.0.113.8')).toBe(599)
  })

  it('of which there are two, the second but last is the client', async () => {
    await start(2)
    expect(await left('203.0.113.7, 10.0.0.1')).toBe(599)
    expect(await left('6.6.6.6, 203.0.113.7, 10.0.0.2')).toBe(598)
  })

  it('that is not trusted, nothing that is forwarded counts', async () => {
    await start(false)
    const first = await left('203.0.113.7')
    expect(await left('203.0.113.8')).toBe(first - 1)
    const { headers } = await login({ 'X-Forwarded-Proto': 'https' })
    expect(String(headers['set-cookie'])).not.toMatch(/Secure/)
  })

  it('with TLS, cookies are for TLS only and pages must have come over it', async () => {
    await start(true)
    const proto = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'traces.example.com' }
    const good = await login({ ...proto, Origin: 'https://traces.example.com' })
    expect(good.status).toBe(200)
    expect(String(good.headers['set-cookie'])).toMatch(/; Secure/)
    expect((await login({ ...proto, Origin: 'http://traces.example.com' })).body.code).toBe('cross_origin')
    expect((await login({ ...proto, Origin: 'https://elsewhere.example.com' })).body.code).toBe('cross_origin')
  })
})
