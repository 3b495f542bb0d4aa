import { h } from './dom.ts'

/** What every request needs, before the list of them. */
export function overview(): HTMLElement {
  return h(
    'div',
    { slot: 'overview-footer', class: 'overview' },
    h('p', {}, 'Requests go to ', h('code', {}, location.origin), ' and carry an API key:'),
    h('pre', { class: 'command' }, 'Authorization: Bearer tl_…'),
    h(
      'p',
      {},
      'Choose an operation to see what it takes and answers, and to try it. ',
      'If you are signed in here, a call without a key is made as you.',
    ),
    h('p', {}, 'Errors answer ', h('code', {}, '{"error", "code", "request_id"}'), '; the log has more under that id.'),
    h(
      'p',
      {},
      'Begin with ',
      operation('post-/v1/ingest', 'sending a trace'),
      ', ',
      operation('get-/v1/traces', 'listing traces'),
      ' or ',
      operation('post-/v1/apikeys', 'creating a key'),
      '.',
    ),
  )
}

const operation = (id: string, text: string): HTMLElement => h('a', { href: `/docs#?route=${id}` }, text)
