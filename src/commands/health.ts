import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { addressHere } from './address.ts'
import { command, jsonOption, print } from './command.ts'
import { loadSettings } from './settings.ts'

const PATIENCE_MS = 5_000

export const health = command({
  name: 'health',
  summary: 'Ask the running appliance whether it is well (for a container health check)',
  options: { ready: { type: 'boolean', help: 'ask whether it is ready, not only alive' }, json: jsonOption },
  details: 'Asks at the address that the configuration names, on this machine. Exit code 0 if it is well, else 1.',
  run: async ({ values }) => {
    const { server } = loadSettings().config
    const url = `${addressHere(server)}${values.ready ? '/ready' : '/health'}`
    try {
      const { status, body } = await get(url)
      print(values.json, { url, status, answer: parsed(body) }, `${url}  ${status}  ${body}`)
      return status === 200 ? 0 : 1
    } catch (error) {
      const { message } = error as Error
      if (values.json) print(true, { url, status: null, error: message }, '')
      else process.stderr.write(`${url}  ${message}\n`)
      return 1
    }
  },
})

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

function get(url: string): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const answered = (res: IncomingMessage): void => {
      let body = ''
      res.setEncoding('utf8')
      res.on('data', (piece: string) => {
        body += piece
      })
      res.on('end', () => resolve({ status: res.statusCode, body }))
    }
    const signal = AbortSignal.timeout(PATIENCE_MS)
    // The certificate names the public host, and this asks the machine itself.
    const sent = url.startsWith('https:')
      ? requestTls(url, { signal, rejectUnauthorized: false }, answered)
      : requestPlain(url, { signal }, answered)
    sent.on('error', reject).end()
  })
}
