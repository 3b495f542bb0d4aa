import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Duplex } from 'node:stream'
import { BROWSER_ARGS, browserPath } from '../src/ui/e2e/browser.ts'
import { sleep } from './appliance.ts'
import { OWNER } from './page.ts'

/** What a page holds after all that can be freed is freed. */
export interface Held {
  /** Megabytes of script's own. */
  heap: number
  /** Elements and texts, also those that are on no page any more. */
  nodes: number
  listeners: number
  /** Megabytes that the process which draws the page has for itself, whatever they are for. */
  resident: number
}

interface Answer {
  id?: number
  result?: unknown
  error?: { message: string }
}

/**
 * A page whose debugger is asked for nothing but what is measured. Playwright listens to the network, for which the browser keeps every
 * answer, up to 100 MB of them, inside of the process that is measured.
 */
export class BarePage {
  readonly #child: ChildProcess
  readonly #profile: string
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  #id = 0
  #session = ''

  private constructor(child: ChildProcess, profile: string) {
    this.#child = child
    this.#profile = profile
    let rest = ''
    this.#pipe(4)
      .setEncoding('utf8')
      .on('data', (piece: string) => {
        const messages = (rest + piece).split('\0')
        rest = messages.pop() ?? ''
        for (const message of messages) this.#hear(JSON.parse(message) as Answer)
      })
  }

  /** An empty page of a browser that is signed in there. */
  static async open(origin: string): Promise<BarePage> {
    const profile = mkdtempSync(path.join(tmpdir(), 'trulayer-bench-'))
    const args = [...BROWSER_ARGS, '--headless', '--remote-debugging-pipe', '--window-size=1440,900']
    const child = spawn(browserPath(), [...args, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    })
    const page = new BarePage(child, profile)
    await page.#ask('Storage.setCookies', { cookies: await signIn(origin) })
    const { targetId } = await page.#ask<{ targetId: string }>('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await page.#ask<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })
    page.#session = sessionId
    return page
  }

  /** Opens the address, with `script` run before all others, and waits until the expression holds. */
  async goto(url: string, script: string, until: string): Promise<void> {
    await this.#ask('Page.enable')
    await this.#ask('Page.addScriptToEvaluateOnNewDocument', { source: script })
    await this.#ask('Page.navigate', { url })
    while (!(await this.evaluate<boolean>(`Boolean(${until})`).catch(() => false))) await sleep(50)
  }

  async evaluate<T>(expression: string): Promise<T> {
    const { result } = await this.#ask<{ result: { value: T } }>('Runtime.evaluate', {
      expression,
      returnByValue: true,
    })
    return result.value
  }

  async held(): Promise<Held> {
    // Twice: what the first frees may hold other things.
    for (let i = 0; i < 2; i++) await this.#ask('HeapProfiler.collectGarbage')
    const { usedSize } = await this.#ask<{ usedSize: number }>('Runtime.getHeapUsage')
    const dom = await this.#ask<{ nodes: number; jsEventListeners: number }>('Memory.getDOMCounters')
    return {
      ...{ heap: usedSize / 1_000_000, nodes: dom.nodes, listeners: dom.jsEventListeners },
      resident: await this.#resident(),
    }
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill()
    await gone
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }

  async #resident(): Promise<number> {
    const { processInfo } = await this.#ask<{ processInfo: { type: string; id: number }[] }>(
      'SystemInfo.getProcessInfo',
      {},
      '',
    )
    const sizes = processInfo
      .filter(({ type }) => type === 'renderer')
      .map(({ id }) => Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]) / 1_000)
    return Math.max(...sizes)
  }

  #pipe(at: 3 | 4): Duplex {
    return this.#child.stdio[at] as Duplex
  }

  #ask<T>(method: string, params: object = {}, sessionId = this.#session): Promise<T> {
    this.#id += 1
    const id = this.#id
    this.#pipe(3).write(`${JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) })}\0`)
    return new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject })) as Promise<T>
  }

  #hear({ id, result, error }: Answer): void {
    if (id === undefined) return
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (error) waiting?.reject(new Error(error.message))
    else waiting?.resolve(result)
  }
}

async function signIn(origin: string): Promise<{ name: string; value: string; url: string }[]> {
  const answer = await fetch(`${origin}/v1/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: origin },
    body: JSON.stringify(OWNER),
  })
  if (!answer.ok) throw new Error(`the sign-in was answered ${answer.status}`)
  return answer.headers.getSetCookie().map((cookie) => {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
    return { name, value, url: origin }
  })
}
