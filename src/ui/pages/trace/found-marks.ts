import { type RefObject, useEffect } from 'react'
import { reveal } from '../../lib/reveal.ts'

const NAME = 'found'
/** Enough to be seen; a letter in a large text is there thousands of times. */
const MOST = 500

/**
 * Marks what is searched in the texts that an element shows, without touching them, and scrolls to the first. `shown` says what is shown:
 * when it changes, the first is another.
 */
export function useFoundMarks(within: RefObject<HTMLElement | null>, text: string, shown: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shown` stands for what is inside of the element
  useEffect(() => {
    const element = within.current
    // Not every browser can mark without touching; there nothing is marked.
    if (!element || text === '' || !('highlights' in CSS)) return
    let scrolled = false
    const mark = () => {
      const ranges = rangesOf(element, text.toLowerCase())
      CSS.highlights.set(NAME, new Highlight(...ranges))
      if (scrolled || !ranges[0]) return
      scrolled = true
      reveal(element, ranges[0])
    }
    mark()
    const watcher = new MutationObserver(mark)
    watcher.observe(element, { childList: true, subtree: true, characterData: true })
    return () => {
      watcher.disconnect()
      CSS.highlights.delete(NAME)
    }
  }, [within, text, shown])
}

function rangesOf(element: HTMLElement, wanted: string): Range[] {
  const ranges: Range[] = []
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node && ranges.length < MOST; node = walker.nextNode()) {
    const words = node.nodeValue?.toLowerCase() ?? ''
    // A letter that is another number of letters in lower case would move all places behind it.
    if (words.length !== node.nodeValue?.length) continue
    for (let at = words.indexOf(wanted); at >= 0 && ranges.length < MOST; at = words.indexOf(wanted, at + 1)) {
      const range = new Range()
      range.setStart(node, at)
      range.setEnd(node, at + wanted.length)
      ranges.push(range)
    }
  }
  return ranges
}
