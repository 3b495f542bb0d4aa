import { h } from './dom.ts'

/** How to get a set-up link: every start prints one, as long as there is no owner. */
export const freshLink = (): HTMLElement =>
  h(
    'div',
    { class: 'stack' },
    h(
      'p',
      {},
      'Every start prints a fresh link, until the set-up is done. Stop TruLayer, start it again, and open the link that the terminal shows:',
    ),
    h('pre', { class: 'panel command' }, 'npm start'),
    h('p', {}, 'In a container:'),
    h('pre', { class: 'panel command' }, 'docker restart <container> && docker logs --tail 20 <container>'),
  )
