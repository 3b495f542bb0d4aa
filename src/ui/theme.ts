// Runs before anything is drawn, so that a chosen theme never flashes. A script of its own, because nothing may be inline.
try {
  const theme = localStorage.getItem('trulayer.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // Storage is refused in some private windows; then the system's theme it is.
}
