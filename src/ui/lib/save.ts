/** Lets the browser save a text as a file. */
export const saveText = (name: string, type: string, text: string): void => saveBlob(name, new Blob([text], { type }))

export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob)
  save(name, url)
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** Lets the browser save what this address answers, as it streams. */
export function save(name: string, url: string): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}
