import { Damage } from './damage.ts'
import type { Pages } from './pages.ts'

/** Follows the list of pages that hold nothing: as many as the file says, each of them in it. Answers the bytes that were read. */
export function readFreePages(pages: Pages): number {
  const page = Buffer.allocUnsafe(pages.pageSize)
  let left = pages.free
  let bytes = 0
  for (let no = pages.firstFree; no !== 0; no = page.readUInt32BE(0)) {
    pages.read(no, page)
    bytes += pages.pageSize
    const named = page.readUInt32BE(4)
    left -= 1 + named
    if (named > pages.usable / 4 - 2 || left < 0)
      throw new Damage(no, `page ${no} of the list of free pages is nonsense`)
    for (let i = 0; i < named; i++) {
      const free = page.readUInt32BE(8 + i * 4)
      if (free < 2 || free > pages.count)
        throw new Damage(no, `page ${no} says that page ${free} is free, and there is none`)
    }
  }
  if (left !== 0) throw new Damage(pages.firstFree, `the list of free pages ends ${left} pages too soon`)
  return bytes
}
