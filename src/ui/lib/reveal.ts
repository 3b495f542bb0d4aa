/** Brings `inner` into sight by scrolling `within` alone; `scrollIntoView` would move the page too. */
export function reveal(within: Element | null, inner: Element | Range | null | undefined): void {
  if (!within || !inner) return
  const [outer, place] = [within.getBoundingClientRect(), inner.getBoundingClientRect()]
  if (place.top < outer.top || place.bottom > outer.bottom) {
    within.scrollTop += place.top - outer.top - outer.height / 3
  }
}
