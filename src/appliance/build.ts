import { execFileSync } from 'node:child_process'

/** What these tests start is what ships. */
export default function build(): void {
  execFileSync('npm', ['run', '--silent', 'build:binary'], { stdio: 'inherit' })
}
