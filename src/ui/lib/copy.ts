import { h } from './dom.ts'

const SAID_FOR_MS = 1_600

/** A button that copies what `text` gives at the time, and says so. */
export function copyButton(what: string, text: () => string): HTMLButtonElement {
  const label = h('span', { 'aria-live': 'polite' }, 'Copy')
  let timer: ReturnType<typeof setTimeout> | undefined
  const say = (words: string) => {
    clearTimeout(timer)
    label.textContent = words
    timer = setTimeout(() => {
      label.textContent = 'Copy'
    }, SAID_FOR_MS)
  }
  const click = () => {
    copy(text()).then(
      () => say('Copied'),
      () => say('Press Ctrl+C'),
    )
  }
  return h(
    'button',
    { type: 'button', class: 'button', title: `Copy ${what}`, on: { click } },
    label,
    h('span', { class: 'only-heard' }, ` ${what}`),
  )
}

/** The clipboard needs https or localhost; an appliance in a local network often has neither, so the old way stays as the other. */
async function copy(text: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text)
  const from = document.activeElement
  const area = h('textarea', { class: 'only-heard', readonly: true, 'aria-hidden': 'true' })
  area.value = text
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  if (from instanceof HTMLElement) from.focus()
  if (!done) throw new Error('the browser does not let pages copy')
}
