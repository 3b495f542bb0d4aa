import { execFileSync } from 'node:child_process'

/** The threads and pages run as they ship, so the tests begin with the bundle. */
export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' })
}
