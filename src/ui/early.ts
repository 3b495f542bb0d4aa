import { urlOf } from './client/call.ts'
import { begin, cameSignedIn } from './client/early.ts'
import { rangeOf } from './lib/ranges.ts'
import { keptOf, parseSearch } from './lib/search.ts'
import { LIST, pageQuery } from './pages/traces/query.ts'

// Small, and run before anything is drawn, as a script of its own, or at the latest by the main one: what the first page will ask is under way while the scripts that draw it are read.
if (cameSignedIn()) {
  begin('/v1/auth/me')
  const { pathname, search: text } = location
  if (pathname === '/' || pathname === '/traces') {
    const all = parseSearch(text)
    const search = pathname === '/' ? keptOf(all) : all
    begin(urlOf(LIST, {}, pageQuery({ search, range: rangeOf(search) })))
  }
}
