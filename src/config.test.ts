import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ConfigError, defaultConfig, loadConfig } from './config.ts'

const dir = mkdtempSync(path.join(tmpdir(), 'trulayer-config-'))
afterAll(() => rmSync(dir, { recursive: true }))

const example = readFileSync(path.resolve(import.meta.dirname, '../config.example.yaml'), 'utf8')

function file(text: string): Record<string, string> {
  const place = path.join(dir, `${Math.abs(text.length)}-${text.slice(0, 8).replace(/\W/g, '')}.yaml`)
  writeFileSync(place, text)
  return { TRULAYER_CONFIG: place }
}

describe('config.example.yaml', () => {
  it('holds every key with its default, and no other', () => {
    expect(parse(example)).toEqual(defaultConfig())
  })

  it('says of every key why one would change it', () => {
    const lines = example.split('\n')
    const bare = lines.filter(
      (line, i) => /^\s*\w+:/.test(line) && !/#/.test(lines[i - 1] ?? '') && !/^\w+:$/.test(line),
    )
    expect(bare.map((line) => line.trim())).toEqual(['organization: My organisation'])
  })
})

describe('loadConfig', () => {
  it('has a default for everything', () => {
    const { config, file: used } = loadConfig({}, dir)
    expect(used).toBeNull()
    expect(config).toEqual({ ...defaultConfig(), data_dir: path.join(dir, 'data') })
  })

  it('lets a variable win over the file', () => {
    const env = file('server:\n  port: 9000\n  host: 0.0.0.0\nlog:\n  level: warn\n')
    const { config } = loadConfig({ ...env, TRULAYER_PORT: '9001', TRULAYER_LOG_LEVEL: 'error' }, dir)
    expect(config.server).toMatchObject({ port: 9001, host: '0.0.0.0' })
    expect(config.log.level).toBe('error')
  })

  it('keeps text that looks like a number as text', () => {
    expect(loadConfig({ TRULAYER_OWNER_PASSWORD: '1234567890' }, dir).config.owner.password).toBe('1234567890')
  })

  it('reads what may be one of two kinds', () => {
    const trusting = (text: string) => loadConfig({ TRULAYER_SERVER_TRUST_PROXY: text }, dir).config.server.trust_proxy
    expect(['true', 'false', '2'].map(trusting)).toEqual([true, false, 2])
    expect(() => trusting('many')).toThrow(/server\.trust_proxy/)
  })

  it('names variables that mean nothing', () => {
    expect(loadConfig({ TRULAYER_PROT: '1' }, dir).unknownVariables).toEqual(['TRULAYER_PROT'])
  })

  const wrong: [title: string, env: Record<string, string>, says: RegExp][] = [
    ['an unknown key', file('server:\n  prot: 1\n'), /unknown key server\.prot/],
    ['a bad value', file('server:\n  port: many\n'), /server\.port/],
    [
      'a certificate without its key',
      { TRULAYER_SERVER_TLS_CERT: 'x.crt' },
      /server\.tls: cert and key belong together/,
    ],
    ['a value out of range', { TRULAYER_PORT: '70000' }, /server\.port/],
    ['a key that is no key', { TRULAYER_API_KEY: 'secret' }, /owner\.api_key: must begin with tl_/],
    ['a file that is not there', { TRULAYER_CONFIG: '/nowhere/config.yaml' }, /nowhere\/config\.yaml cannot be read/],
    ['a file that is not YAML', file('server: [1\n'), /cannot be read/],
    ['a directory', { TRULAYER_CONFIG: dir }, /cannot be read: EISDIR/],
    ['a file that is a list', file('- 1\n'), /must hold a map/],
  ]
  it.each(wrong)('refuses %s', (_, env, says) => {
    expect(() => loadConfig(env, dir)).toThrow(ConfigError)
    expect(() => loadConfig(env, dir)).toThrow(says)
  })
})
