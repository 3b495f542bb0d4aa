import type { getHealth, getReady } from '../../api/health/contract.ts'
import { type AnswerOf, ApiError, call } from '../lib/api.ts'
import { type Child, fill, h } from '../lib/dom.ts'
import { count } from '../lib/format.ts'
import type { View } from './view.ts'

const ASK_MS = 5_000

type Ready = AnswerOf<typeof getReady>

/** Version, readiness, and each follower with what it has not seen yet; asked again every few seconds while the page is looked at. */
export function health(): View {
  const element = h('dl', { class: 'facts' })
  const ask = async () => {
    if (document.hidden) return
    try {
      const [{ version }, ready] = await Promise.all([
        call<typeof getHealth>('get', '/health'),
        call<typeof getReady>('get', '/ready'),
      ])
      fill(element, ...facts(version, ready))
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      fill(element, fact('Status', mark('bad', 'unreachable')), fact('What to do', error.message))
    }
  }
  void ask()
  const timer = setInterval(ask, ASK_MS)
  document.addEventListener('visibilitychange', ask)
  const stop = () => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', ask)
  }
  return { element, stop }
}

const facts = (version: string, { status, storage, disk, followers }: Ready): HTMLElement[] => [
  fact('Status', mark(status === 'ready' ? 'ok' : 'bad', status === 'ready' ? 'ready' : 'not ready')),
  fact('Storage', mark(storage === 'open' ? 'ok' : 'bad', storage === 'open' ? 'open' : 'failed; the log says why')),
  fact('Disk', diskMark(disk)),
  ...followers.map(follower),
  fact('Version', version),
]

function diskMark({ state, limit }: Ready['disk']): HTMLElement {
  if (state === 'ok') return mark('ok', 'has room')
  if (state === 'near') return mark('warn', `nearly full (${limit})`)
  return mark('bad', `full (${limit}); nothing is taken in`)
}

function follower({ name, state, lag, failures }: Ready['followers'][number]): HTMLElement {
  const behind = lag === 0 ? 'up to date' : `${count(lag)} behind`
  const label = `Follower ${name}`
  if (state === 'following') return fact(label, mark('ok', behind))
  return fact(label, mark('warn', `trying again after ${count(failures)} failures, ${behind}`))
}

const fact = (name: string, value: Child): HTMLElement => h('div', {}, h('dt', {}, name), h('dd', {}, value))
const mark = (kind: string, text: string): HTMLElement => h('span', { class: `mark ${kind}` }, text)
