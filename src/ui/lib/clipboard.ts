/** The clipboard needs https or localhost; an appliance in a local network often has neither, so the old way stays as the other. */
export async function copyText(text: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text)
  const from = document.activeElement
  const area = document.createElement('textarea')
  area.className = 'only-heard'
  area.readOnly = true
  area.value = text
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  if (from instanceof HTMLElement) from.focus()
  if (!done) throw new Error('The browser does not let pages copy')
}
