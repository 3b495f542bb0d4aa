import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface Appliance {
  /** `http://localhost:…` */
  origin: string
  setupLink: string
  stop(): Promise<void>
}

/** Starts what ships, as a person would, on a free port and with nothing in it yet. */
export async function startAppliance(): Promise<Appliance> {
  const dir = mkdtempSync(path.join(tmpdir(), 'trulayer-e2e-'))
  const child = spawn(process.execPath, ['dist/main.js'], {
    env: { PATH: process.env.PATH, TRULAYER_DATA_DIR: dir, TRULAYER_PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const stop = async () => {
    if (child.exitCode === null) {
      child.kill()
      await once(child, 'exit')
    }
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    const setupLink = await printedLink(child)
    return { origin: new URL(setupLink).origin, setupLink, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function printedLink({ stderr }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    stderr?.setEncoding('utf8').on('data', (part: string) => {
      text += part
      const link = /^\s*(http\S+\/setup\?token=\S+)\s*$/m.exec(text)?.[1]
      if (link) resolve(link)
    })
    stderr?.once('end', () => reject(new Error(`The appliance ended before it printed a set-up link:\n${text}`)))
  })
}
