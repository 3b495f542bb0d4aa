export type Child = Node | string | null | false

type Listeners = { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void }

export interface Props {
  /** Set as they are; true is an attribute without a value, false and null are left out. */
  [attribute: string]: string | number | boolean | null | Listeners | undefined
  on?: Listeners
}

/**
 * Makes an element. Text comes in as text nodes only, never as HTML, so that a trace's name cannot become markup; the pages'
 * Content-Security-Policy forbids the other ways.
 */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { on, ...attributes }: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '')
    else if (typeof value === 'string' || typeof value === 'number') element.setAttribute(name, String(value))
  }
  for (const [type, listener] of Object.entries(on ?? {})) element.addEventListener(type, listener as EventListener)
  fill(element, ...children)
  return element
}

/** Replaces what an element holds. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter((child) => child !== null && child !== false))
}

/** The element with this id, which the page is sure to have. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (!element) throw new Error(`The page has no #${id}`)
  return element
}

/** Shows a view as the page's content and moves focus to its heading, so that who reads by ear hears that it changed. */
export function show(...view: Child[]): void {
  const main = byId('main')
  fill(main, ...view)
  const heading = main.querySelector<HTMLElement>('h1')
  heading?.setAttribute('tabindex', '-1')
  heading?.focus({ preventScroll: true })
}
