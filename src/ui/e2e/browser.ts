import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome', 'microsoft-edge']
const MAC = ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
  (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
)

/** Quiet: a browser of its own accord calls home, and here nothing may leave the machine. */
export const BROWSER_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
]

/** A real browser: the one that `CHROMIUM_PATH` names, or one that is installed, or, as root on Debian, installed now. */
export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath(), args: BROWSER_ARGS })
}

export const browserPath = (): string => findChromium() ?? installChromium()

function findChromium(): string | null {
  const named = process.env.CHROMIUM_PATH
  if (named) {
    if (existsSync(named)) return named
    throw new Error(`CHROMIUM_PATH names ${named}, and there is no such file.`)
  }
  const dirs = (process.env.PATH ?? '').split(path.delimiter).filter((dir) => dir !== '')
  const places = [...dirs, '/usr/bin', '/snap/bin'].flatMap((dir) => NAMES.map((name) => path.join(dir, name)))
  return [...places, ...MAC].find((place) => existsSync(place)) ?? null
}

/** Never skips: a test of the pages that did not open them would say nothing. */
function installChromium(): string {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    throw new Error('The page tests need Chromium or Chrome: install one, or name it in CHROMIUM_PATH.')
  }
  const apt = (...args: string[]) =>
    execFileSync('apt-get', args, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
  apt('update', '-qq')
  apt('install', '-y', '-qq', '--no-install-recommends', 'chromium')
  const found = findChromium()
  if (found) return found
  throw new Error(
    'apt-get install chromium brought no browser; install Chromium or Chrome, or name one in CHROMIUM_PATH.',
  )
}
