/** A part of the page that keeps something running: a timer, a connection. */
export interface View {
  element: HTMLElement
  stop(): void
}
