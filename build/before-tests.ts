import { execFileSync } from 'node:child_process'

/** Which of the two builds this run of the tests has had; all projects of `vitest.config.ts` may ask, in any order. */
const BUILT = 'TRULAYER_TESTS_BUILT'

/** The threads and pages run as they ship, so the tests begin with the bundle. */
export default function bundle(): void {
  if (process.env[BUILT]) return
  run('build')
  process.env[BUILT] = 'bundle'
}

/** What the appliance tests start is what ships. The bundle comes first, for it clears the directory. */
export function executable(): void {
  bundle()
  if (process.env[BUILT] === 'executable') return
  run('pack')
  process.env[BUILT] = 'executable'
}

function run(script: string): void {
  execFileSync('npm', ['run', '--silent', script], { stdio: 'inherit' })
}
