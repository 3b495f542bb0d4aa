import { type Child, fill, h } from './dom.ts'

export interface Tab {
  id: string
  label: Child[]
  /** Made when the tab is first shown. */
  panel: () => Child[]
}

/** Tabs as the ARIA practices have them: one stop for Tab, arrows, Home and End move along, and what is focused is shown. */
export function tabs(label: string, all: readonly Tab[]): { list: HTMLElement; panel: HTMLElement } {
  const panel = h('div', { role: 'tabpanel', id: 'panel' })
  const buttons = all.map(({ id, label }) =>
    h('button', { type: 'button', role: 'tab', id: `tab-${id}`, 'aria-controls': 'panel' }, ...label),
  )

  const select = (index: number, focus: boolean) => {
    const tab = all[index]
    if (!tab) return
    buttons.forEach((button, i) => {
      button.setAttribute('aria-selected', String(i === index))
      button.tabIndex = i === index ? 0 : -1
    })
    panel.setAttribute('aria-labelledby', `tab-${tab.id}`)
    fill(panel, ...tab.panel())
    if (focus) buttons[index]?.focus()
  }
  const keydown = (event: KeyboardEvent) => {
    const to = nextIndex(event.key, buttons.indexOf(event.target as HTMLButtonElement), all.length)
    if (to === null) return
    event.preventDefault()
    select(to, true)
  }

  const list = h('div', { role: 'tablist', class: 'tabs', 'aria-label': label, on: { keydown } }, ...buttons)
  buttons.forEach((button, i) => {
    button.addEventListener('click', () => select(i, false))
  })
  select(0, false)
  return { list, panel }
}

function nextIndex(key: string, at: number, length: number): number | null {
  switch (key) {
    case 'ArrowRight':
      return (at + 1) % length
    case 'ArrowLeft':
      return (at + length - 1) % length
    case 'Home':
      return 0
    case 'End':
      return length - 1
    default:
      return null
  }
}
