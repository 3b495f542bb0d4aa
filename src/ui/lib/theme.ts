import { store } from './store.ts'

export type Theme = 'light' | 'dark' | 'system'
const KEY = 'trulayer.theme'

/** The chosen theme. Plain text in storage, because `theme.ts` of the page reads it before anything is drawn. */
export const theme = store<Theme>(read())

export function setTheme(to: Theme): void {
  if (to === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = to
  try {
    localStorage.setItem(KEY, to)
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  theme.set(to)
}

function read(): Theme {
  const now = document.documentElement.dataset.theme
  return now === 'light' || now === 'dark' ? now : 'system'
}
