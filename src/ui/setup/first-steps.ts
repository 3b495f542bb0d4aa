import type { setUp } from '../../api/auth/contract.ts'
import type { AnswerOf } from '../lib/api.ts'
import { copyButton } from '../lib/copy.ts'
import { h } from '../lib/dom.ts'
import { firstTrace } from './first-trace.ts'
import { sendTabs } from './send-tabs.ts'

/** After the form: the key, three ways to use it, and the trace as it arrives. */
export function firstSteps({ key: { key }, organization, try: command }: AnswerOf<typeof setUp>): HTMLElement {
  return h(
    'section',
    { class: 'column' },
    h('h1', {}, `${organization.name} is ready`),
    step(
      '1',
      'Your API key',
      h('p', { class: 'quiet' }, 'It is shown this once; only its hash is kept. Put it where your secrets are.'),
      h(
        'div',
        { class: 'panel key' },
        h('code', { id: 'key', tabindex: 0, 'aria-label': 'API key' }, key),
        copyButton('the API key', () => key),
      ),
    ),
    step('2', 'Send your first trace', sendTabs({ base: location.origin, key, command })),
    step('3', 'See it arrive', firstTrace()),
  )
}

const step = (number: string, title: string, ...content: Node[]): HTMLElement =>
  h(
    'section',
    { class: 'step' },
    h('span', { class: 'number', 'aria-hidden': 'true' }, number),
    h('div', { class: 'stack' }, h('h2', {}, title), ...content),
  )
