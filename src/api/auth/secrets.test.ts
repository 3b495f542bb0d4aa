import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError } from '../../config.ts'
import { silentLog } from '../../log.ts'
import { FakeClock } from '../../storage/control/testing.ts'
import { LoginLimits } from './login-limits.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import { keyFor, loadSecret } from './secret.ts'

describe('the secret of the appliance', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'trulayer-secret-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))
  const file = () => path.join(dir, 'secret.key')

  it('is made once, for its owner only', () => {
    const secret = loadSecret(dir, silentLog())
    expect(secret).toHaveLength(32)
    expect(loadSecret(dir, silentLog())).toEqual(secret)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  it('is closed to others when they could read it', () => {
    const secret = loadSecret(dir, silentLog())
    chmodSync(file(), 0o644)
    expect(loadSecret(dir, silentLog())).toEqual(secret)
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  it('that is too short stops the start, and is left as it is', () => {
    writeFileSync(file(), 'short')
    expect(() => loadSecret(dir, silentLog())).toThrow(ConfigError)
    expect(readFileSync(file(), 'utf8')).toBe('short')
  })

  it('gives each purpose another key', () => {
    const secret = Buffer.alloc(32, 1)
    expect(keyFor(secret, 'a')).toEqual(keyFor(secret, 'a'))
    expect(keyFor(secret, 'a')).not.toEqual(keyFor(secret, 'b'))
  })

  it('needs a directory that is there', () => {
    expect(() => loadSecret(path.join(dir, 'missing'), silentLog())).toThrow(ConfigError)
  })
})

describe('passwords', () => {
  it('are known again, also when typed in another normal form, and only then', async () => {
    const hash = await hashPassword('Zoë’s password', { log2N: 4, r: 8, p: 1 })
    expect(hash).toMatch(/^\$scrypt\$ln=4,r=8,p=1\$/)
    expect(await verifyPassword('Zoë’s password'.normalize('NFD'), hash)).toBe(true)
    expect(await verifyPassword('Zoe’s password', hash)).toBe(false)
  })

  it('of nobody take as long as a wrong one', async () => {
    const hash = await hashPassword('right password')
    /** The shortest of three: another process may take the processor for as long. */
    const time = async (stored: string | null) => {
      const times: number[] = []
      for (let i = 0; i < 3; i++) {
        const start = performance.now()
        expect(await verifyPassword('wrong password', stored)).toBe(false)
        times.push(performance.now() - start)
      }
      return Math.min(...times)
    }
    const [wrong, nobody] = [await time(hash), await time(null)]
    expect(nobody / wrong).toBeGreaterThan(0.3)
  })
})

describe('log-in limits', () => {
  const waitOf = (limits: LoginLimits, email: string, address: string): number => {
    try {
      limits.attempt(email, address)
      return 0
    } catch (error) {
      return (error as { retryAfterS: number }).retryAfterS
    }
  }

  it('double the wait of an account up to 15 minutes, and forget in the end', () => {
    const clock = new FakeClock()
    const limits = new LoginLimits(clock)
    const waits: number[] = []
    for (let i = 0; i < 18; i++) {
      let wait = waitOf(limits, 'Ada@example.com', `10.0.0.${i}`)
      if (wait > 0) {
        waits.push(wait)
        clock.advance(wait * 1000)
        wait = waitOf(limits, 'ada@example.com ', `10.0.0.${i}`)
        expect(wait).toBe(0)
      }
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
    clock.advance(3_600_000)
    expect(waitOf(limits, 'ada@example.com', '10.0.0.1')).toBe(0)
  })

  it('slow an address that tries many accounts, and its neighbours in the same IPv6 network', () => {
    const limits = new LoginLimits(new FakeClock())
    for (let i = 0; i < 20; i++) expect(waitOf(limits, `a${i}@example.com`, `2001:db8:1:2:${i}::1`)).toBe(0)
    expect(waitOf(limits, 'b@example.com', '2001:db8:1:2:ffff::9')).toBe(1)
    expect(waitOf(limits, 'b@example.com', '2001:db8:1:3::1')).toBe(0)
  })

  it('do not slow an address whose log-ins succeed', () => {
    const limits = new LoginLimits(new FakeClock())
    for (let i = 0; i < 100; i++) {
      expect(waitOf(limits, 'ada@example.com', '10.0.0.1')).toBe(0)
      limits.succeeded('ada@example.com', '10.0.0.1')
    }
  })
})
