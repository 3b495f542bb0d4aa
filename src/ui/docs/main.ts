import 'openapi-explorer'
import type { getOpenapi } from '../../api/docs/contract.ts'
import { ApiError, call } from '../client/call.ts'
import { drawable } from './document.ts'
import { byId, fill, h } from './dom.ts'
import { INNER_STYLE } from './inner-style.ts'
import { overview } from './overview.ts'

/** What of the explorer's element is used here; the package has no types. */
interface Explorer extends HTMLElement {
  loadSpec(document: unknown): Promise<void>
}

/** The explorer shows the document that this server writes, and calls this server. Its colours and type are set in `docs.css`. */
async function start(): Promise<void> {
  const document = drawable(await call<typeof getOpenapi>('get', '/v1/openapi.json'))
  const explorer = window.document.createElement('openapi-explorer') as Explorer
  explorer.setAttribute('server-url', location.origin)
  explorer.setAttribute('hide-server-selection', '')
  explorer.append(overview())
  fill(byId('main'), explorer)
  restyle(explorer)
  await explorer.loadSpec(document)
}

function restyle({ shadowRoot }: Explorer): void {
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(INNER_STYLE)
  shadowRoot?.adoptedStyleSheets.push(sheet)
}

start().catch((error: unknown) => {
  const message = error instanceof ApiError ? error.message : String(error)
  fill(byId('main'), h('div', { class: 'column' }, h('p', { class: 'note bad', role: 'alert' }, message)))
})
