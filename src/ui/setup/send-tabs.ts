import { copyButton } from '../lib/copy.ts'
import { h } from '../lib/dom.ts'
import { tabs } from '../lib/tabs.ts'
import { curl, python, type Target, typescript } from './snippets.ts'

/** One trace, three ways, each complete: paste it and it runs. */
export function sendTabs(target: Target & { command: string }): HTMLElement {
  let shown = ''
  const snippet = (text: string) => () => {
    shown = text
    return [h('pre', { tabindex: 0, 'aria-label': 'Code' }, h('code', {}, text))]
  }
  const otel = () => h('span', { class: 'long' }, ' (OpenTelemetry)')
  const { list, panel } = tabs('How to send', [
    { id: 'curl', label: ['curl'], panel: snippet(curl(target.command)) },
    { id: 'typescript', label: ['TypeScript', otel()], panel: snippet(typescript(target)) },
    { id: 'python', label: ['Python', otel()], panel: snippet(python(target)) },
  ])
  return h(
    'div',
    { class: 'panel code' },
    h(
      'div',
      { class: 'code-bar' },
      list,
      copyButton('the code', () => shown),
    ),
    panel,
  )
}
