// One file of scripts for pages that lie close to each other: what only some of them share would be a file, and a request, for each set that does.
export { SessionPage } from './sessions/session.tsx'
export { TracePage } from './trace/trace.tsx'
export { PeekPanel } from './traces/peek-panel.tsx'
