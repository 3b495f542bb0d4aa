import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DETECTORS, type Detector, FINDERS } from './detectors.ts'
import { Redactor } from './redactor.ts'
import { patternFault, rulesOf } from './rules.ts'

/** What each detector finds, the match in «», and what it must leave alone. */
const CASES: Record<Detector, { finds: string[]; leaves: string[] }> = {
  email: {
    finds: [
      'write to «ann.lee+x@mail.example.co.uk».',
      '<«bob@example.com»>, cc',
      '"email":"«a_b@ex-ample.io»"',
      '«jörg@bücher.example»',
    ],
    leaves: [
      'git@github.com:org/repo.git',
      'npm i @scope/pkg@1.2.3',
      'logo@2x.png',
      'user@localhost',
      '@mention and a @ b',
      'x@1.2.3.4',
    ],
  },
  phone: {
    finds: [
      'call «+1 (415) 555-0132» now',
      'tel:«+4915112345678»',
      '«(212) 555-0187»',
      '«212-555-0187»',
      '«1-800-555-0199»',
      'ring «06 12 34 56 78»',
      '«020 7946 0958»',
    ],
    leaves: [
      '2026-03-01',
      '01-02-2026 12:00',
      'order 5551234567',
      'v1.212.555.0187',
      '10:30-11:45',
      '550e8400-e29b-41d4-a716-446655440000',
      '192.168.100.200',
      '+1 more, +12 others',
      '2026-03-01T10:00:00+00:00',
      'ISBN 978-3-16-148410-0',
      'lines 100-2000',
      '0.212 555 0187',
      'id-212-555-0187',
      '1,212,555,018',
    ],
  },
  card: {
    finds: [
      'card «4111 1111 1111 1111»',
      '«5555-5555-5555-4444»',
      '«378282246310005»',
      '«3782 822463 10005»',
      '{"pan":"«6011111111111117»"}',
      '«2223003122003222»,',
    ],
    leaves: [
      '4111 1111 1111 1112',
      '1772366400123456789',
      '0.4111111111111111',
      'id_4111111111111111',
      '4111111111111111abc',
      '0000 0000 0000 0000',
      '1234 5678 9012 3452',
      '4111-1111 1111-1111',
      '41111111111111110000000000',
      '2026 0301 1200 0000',
    ],
  },
  iban: {
    finds: [
      'to «DE89 3704 0044 0532 0130 00» today',
      '«GB82WEST12345698765432»',
      '«FR1420041010050500013M02606».',
      '«NO9386011117947»',
    ],
    leaves: [
      'DE89 3704 0044 0532 0130 01',
      'AB12 3456 7890 1234',
      'GB82WEST123456987654321',
      'XDE89370400440532013000',
      'US12 ABCD',
    ],
  },
  ip: {
    finds: [
      'from «203.0.113.7»:8080',
      'http://«10.20.30.40»/x',
      '«2001:db8:85a3::8a2e:370:7334»',
      '[«2001:0db8:0000:0000:0000:ff00:0042:8329»]',
    ],
    leaves: [
      'Chrome/120.0.0.0',
      '127.0.0.1',
      '0.0.0.0',
      '999.1.1.1',
      'v1.2.3.4.5',
      '12:34:56',
      'std::vector',
      'a::b',
      '::1',
      '1.2.3.4-beta',
      '00:1A:2B:3C:4D:5E',
    ],
  },
  api_key: {
    finds: [
      'OPENAI_API_KEY=«sk-proj-abcdefghijklmnopqrstuvwx1234»',
      '«sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWxYz»',
      '«AKIAIOSFODNN7EXAMPLE»',
      `«AIza${'a'.repeat(35)}»`,
      `«ghp_${'a1'.repeat(18)}»`,
      `«xoxb-1234567890-abcdef»`,
      `«sk_live_${'a'.repeat(24)}»`,
      `«hf_${'A'.repeat(34)}»`,
      'Authorization: Bearer «abcdefghijklmnopqrstuvwxyz»',
      '«-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----»',
    ],
    leaves: [
      'task-list-of-things-to-do-today-and-more',
      'sk-short',
      'AKIAIOSFODNN7EXAMPLES',
      'the bearer of bad news',
      'whisk-abcdefghijklmnopqrstuvwxyz',
      'risk_live_update',
    ],
  },
  jwt: {
    finds: ['token «eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U»'],
    leaves: ['eyJhbGciOiJIUzI1NiJ9', 'eyJub25lIjoxfQaaaa.eyJub25lIjoxfQ.aaaaaaaaaaaaaa', 'a.b.c'],
  },
}

const marked = (detector: Detector, text: string) => FINDERS[detector](text, (match) => `«${match}»`)

describe.each(DETECTORS)('%s', (detector) => {
  it.each(CASES[detector].finds)('finds %s', (expected) => {
    expect(marked(detector, expected.replaceAll(/[«»]/g, ''))).toBe(expected)
  })
  it.each(CASES[detector].leaves)('leaves %s', (text) => expect(marked(detector, text)).toBe(text))

  it('is quick whatever the text', () => {
    const hostile = [
      'a',
      '1',
      '+1',
      '1 ',
      'a@',
      '.a',
      ':',
      '1.',
      'eyJ',
      '-----BEGIN PRIVATE KEY-----',
      'Bearer ',
      'AA11',
      'sk-',
      '0-',
      '(',
    ]
    for (const part of hostile) {
      const text = part.repeat(200_000 / part.length)
      const began = performance.now()
      marked(detector, text)
      expect(performance.now() - began, part).toBeLessThan(5_000)
    }
  })
})

describe('all detectors together', () => {
  const redactor = new Redactor(rulesOf({ detectors: DETECTORS, patterns: [] }))
  const masked = (text: string) => redactor.text(text, () => undefined)

  it('mask each match once, by its name', () => {
    expect(masked('ann@example.com paid with 4111 1111 1111 1111 from DE89370400440532013000, +1 415 555 0132')).toBe(
      '[redacted:email] paid with [redacted:card] from [redacted:iban], [redacted:phone]',
    )
  })

  it('have nothing to say to their own masks, and leave the rest of a text as it is', () => {
    const words = fc.constantFrom(
      'ann@example.com',
      '4111111111111111',
      '203.0.113.7',
      'hello',
      '2026-03-01',
      'über',
      '{"a":1}',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(words), (parts) => {
        const once = masked(parts.join(' '))
        expect(masked(once)).toBe(once)
        for (const plain of ['hello', '2026-03-01', 'über', '{"a":1}'])
          expect(once.split(plain).length).toBe(parts.join(' ').split(plain).length)
      }),
    )
  })
})

describe('patterns of your own', () => {
  it('mask what they match, before the detectors do', () => {
    const redactor = new Redactor(
      rulesOf({ detectors: ['email'], patterns: [{ name: 'staff', pattern: '[a-z]+@corp\\.example' }] }),
    )
    const found: string[] = []
    const text = redactor.text('bob@corp.example, ann@example.com, bob@corp.example', (rule) => found.push(rule))
    expect(text).toBe('[redacted:staff], [redacted:email], [redacted:staff]')
    expect(found).toEqual(['staff', 'staff', 'email'])
  })

  it('take linear time also where others take for ever', () => {
    const redactor = new Redactor(rulesOf({ detectors: [], patterns: [{ name: 'bad', pattern: '(a+)+(a|aa)+b' }] }))
    const began = performance.now()
    redactor.text('a'.repeat(30_000), () => undefined)
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  it.each(['(', '(?=a)', '(a)\\1', 'a*', ''])('are refused if they cannot be used: %s', (pattern) => {
    expect(patternFault(pattern)).not.toBeNull()
  })
})
