import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'

/**
 * Runs inside an empty network: starts the executable (first argument) without any setting but where its data goes (second), sets it up, sends a
 * trace and reads it, as a person does. Prints what it saw, and how often anybody in this network asked for a way out of it.
 */
const [, , executable = '', dataDir = ''] = process.argv
const child = spawn(executable, [], {
  stdio: ['ignore', 'pipe', 'pipe'],
  env: { PATH: process.env.PATH, TRULAYER_DATA_DIR: dataDir, TRULAYER_PORT: '0' },
})
try {
  const token = welcomed(child.stderr)
  const url = await ready()
  const setup = await send(`${url}/v1/auth/setup`, {
    token: await token,
    email: 'ada@example.com',
    password: 'a long password',
  })
  const { key } = setup.body.key as { key: string }
  const sent = await send(`${url}/v1/ingest`, { name: 'alone', input: 'hello', output: 'there', model: 'gpt-4o' }, key)
  const otlp = {
    resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: '1'.repeat(32), spanId: '2'.repeat(16), name: 'otlp' }] }] }],
  }
  const exported = await send(`${url}/v1/otlp/traces`, otlp, key)
  const list = await fetch(`${url}/v1/traces`, { headers: { Authorization: `Bearer ${key}` } })
  const page = await fetch(`${url}/`)
  const waysOut = noRoutes()
  await outside()
  console.log(
    JSON.stringify({
      statuses: [setup.status, sent.status, exported.status, list.status, page.status],
      traces: ((await list.json()) as { traces: unknown[] }).traces.length,
      waysOut,
      afterAskingForOne: noRoutes(),
    }),
  )
} finally {
  child.kill()
}

function ready(): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('close', (code) => reject(new Error(`it ended with ${code}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { msg, url } = JSON.parse(line) as { msg?: string; url?: string }
      if (msg === 'ready' && url) resolve(url)
    })
  })
}

function welcomed(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    createInterface({ input: stream }).on('line', (line) => {
      const token = /setup\?token=([\w-]+)/.exec(line)?.[1]
      if (token) resolve(token)
    })
  })
}

async function send(
  url: string,
  body: object,
  key?: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { 'Content-Type': 'application/json', ...(key ? { Authorization: `Bearer ${key}` } : {}) }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** How often the kernel found no route for what somebody here wanted to send: IPv4 and IPv6. */
function noRoutes(): number {
  const [names, values] = readFileSync('/proc/self/net/snmp', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('Ip: '))
    .map((line) => line.split(' '))
  const v4 = Number(values?.[names?.indexOf('OutNoRoutes') ?? -1])
  const v6 = Number(/^Ip6OutNoRoutes\s+(\d+)/m.exec(readFileSync('/proc/self/net/snmp6', 'utf8'))?.[1] ?? 0)
  return v4 + v6
}

/** Asks for a way out, to show that it would be noticed. The address is one for documentation (RFC 5737). */
function outside(): Promise<void> {
  return new Promise((resolve) => {
    connect(443, '192.0.2.1').on('error', () => resolve())
  })
}
