import { firstTraceCommand } from './api/auth/present.ts'
import type { SetupState } from './api/auth/setup.ts'
import type { Config } from './config.ts'

/** What the terminal shows once the appliance is ready: where it is, and the next thing to do as a line to paste. */
export function welcome(url: string, config: Config, setup: SetupState): string {
  const base = (
    config.server.public_url ?? url.replace('127.0.0.1', 'localhost').replace('0.0.0.0', 'localhost')
  ).replace(/\/+$/, '')
  const lines = setup.kind === 'needs_setup' ? firstSteps(base, setup.token) : nextSteps(base)
  return `\n  TruLayer is ready at ${base}\n\n${lines.map((line) => (line ? `  ${line}` : '')).join('\n')}\n\n`
}

function firstSteps(base: string, token: string): string[] {
  const body = JSON.stringify({ token, email: 'owner@example.com', password: 'change-me-please' })
  return [
    'Set it up in the browser:',
    `${base}/setup?token=${token}`,
    '',
    'or from here; the answer has your API key and a line that sends a first trace:',
    `curl -s ${base}/v1/auth/setup -H 'Content-Type: application/json' -d '${body}'`,
  ]
}

function nextSteps(base: string): string[] {
  return ['Send a trace:', firstTraceCommand(base, '$TRULAYER_API_KEY'), '', `Every endpoint: ${base}/docs`]
}
