import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { COMMAND_NAMES } from '../src/commands/index.ts'
import { type Config, defaultConfig, loadConfig } from '../src/config.ts'
import openapi from './openapi.json' with { type: 'json' }

/** What the files of `docs/deploy/` take for granted: commands, variables, settings, paths, the image. */
const root = path.resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const deploy = (name: string) => read(`docs/deploy/${name}`)
const defaults = defaultConfig()

/** `TRULAYER_*` variables with these values can be started with. Answers what they set. */
function configured(env: Record<string, string>): Config {
  const { config, unknownVariables } = loadConfig(env, root)
  expect(unknownVariables).toEqual([])
  return config
}

const expectCommand = (name: string | undefined) => expect(COMMAND_NAMES).toContain(name)

describe('every file', () => {
  const FILES = ['trulayer.service', 'docker-compose.yml', 'Caddyfile', 'nginx.conf']

  it.each(FILES)('%s names variables and settings that exist', (name) => {
    const text = deploy(name)
    const values: Record<string, string> = { TRULAYER_SERVER_PUBLIC_URL: 'https://a.example' }
    const names = [...text.matchAll(/\b(TRULAYER_[A-Z_]*[A-Z])\b/g)].map(([found]) => found)
    const env = names.map((one) => [one, values[one] ?? (/BYTES$/.test(one) ? '1000000000' : 'true')])
    configured(Object.fromEntries(env))
    for (const [, group = '', key = ''] of text.matchAll(/\b(server|storage|ingest|metrics|log)\.([a-z_]{3,})\b/g)) {
      expect(defaults[group as keyof Config], `${group}.${key} in ${name}`).toHaveProperty(key)
    }
  })

  it.each(FILES)('%s is named in the manual', (name) => {
    expect(read('docs/operate.md')).toContain(`deploy/${name}`)
  })
})

describe('trulayer.service', () => {
  const text = deploy('trulayer.service')
  const settings = (key: string) => [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value)

  it('starts a command that exists, and is installed where the manual puts it', () => {
    const [binary = '', command] = (settings('ExecStart')[0] ?? '').split(' ')
    expectCommand(command)
    expect(read('docs/operate.md')).toContain(`install -m 755 dist/trulayer ${binary}`)
    const env = Object.fromEntries(settings('Environment').map((pair) => pair.split('=', 2) as [string, string]))
    const own = Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('TRULAYER_')))
    expect(configured(own).data_dir).toContain('trulayer')
  })

  it('gives it a directory to write to, and nothing else', () => {
    for (const hardened of [
      'DynamicUser=yes',
      'ProtectSystem=strict',
      'NoNewPrivileges=yes',
      'StateDirectory=trulayer',
    ])
      expect(text.split('\n')).toContain(hardened)
    expect(settings('CapabilityBoundingSet')).toEqual([''])
    expect(settings('ReadWritePaths')).toEqual([])
  })

  it.skipIf(spawnSync('systemd-analyze', ['--version']).error !== undefined)('is what systemd understands', () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'trulayer-unit-'))
    const unit = path.join(dir, 'trulayer.service')
    writeFileSync(unit, text.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`))
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' })
    rmSync(dir, { recursive: true })
    expect(stderr.split('\n').filter((line) => line.includes('trulayer.service'))).toEqual([])
    expect(status).toBe(0)
  })
})

describe('docker-compose.yml', () => {
  const { services, volumes } = parse(deploy('docker-compose.yml'))
  const { trulayer } = services
  const dockerfile = read('Dockerfile')

  it('runs the image as the image means to be run, with less', () => {
    expect(dockerfile).toContain(`USER ${trulayer.user}`)
    expect(trulayer).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
    const [volume, place] = trulayer.volumes[0].split(':')
    expect(Object.keys(volumes)).toEqual([volume])
    expect(dockerfile).toContain(`VOLUME ${place}`)
    expect(trulayer.ports).toEqual([`127.0.0.1:${defaults.server.port}:${defaults.server.port}`])
    expect(existsSync(path.join(root, 'docs/deploy', trulayer.build, 'Dockerfile'))).toBe(true)
  })

  it('asks after its health by a command that exists', () => {
    const [kind, binary, command] = trulayer.healthcheck.test
    expect(kind).toBe('CMD')
    expect(dockerfile).toContain(`/usr/local/bin/trulayer`)
    expect(binary).toBe('/usr/local/bin/trulayer')
    expectCommand(command)
  })

  it('sets what can be set', () => {
    const config = configured(trulayer.environment)
    expect(config.server.trust_proxy).toBe(true)
    expect(config.storage.min_free_bytes).toBe(1024 ** 3)
  })
})

describe.each(['Caddyfile', 'nginx.conf'])('%s', (name) => {
  const text = deploy(name)
  const code = text.replace(/#.*/g, '')

  it('is balanced, and leads to where the appliance listens', () => {
    let depth = 0
    for (const sign of code.match(/[{}]/g) ?? []) {
      depth += sign === '{' ? 1 : -1
      expect(depth).toBeGreaterThanOrEqual(0)
    }
    expect(depth).toBe(0)
    const { host, port } = defaults.server
    const places = [...code.matchAll(/\d+\.\d+\.\d+\.\d+:\d+/g)].map(([place]) => place)
    expect(new Set(places)).toEqual(new Set([`${host}:${port}`]))
  })

  it('lets through what ingest takes, and live traces as they come', () => {
    const mebibytes = Number(/max_size (\d+)MiB|client_max_body_size (\d+)m/.exec(code)?.slice(1).find(Boolean))
    expect(mebibytes * 1024 * 1024).toBe(defaults.ingest.max_body_bytes)
    expect(code).toMatch(
      name === 'nginx.conf' ? /location \/v1\/traces\/live \{[^}]*proxy_buffering off/ : /flush_interval -1/,
    )
    const paths = [...code.matchAll(/location (?:= )?(\/[\w/]+)/g)].map(([, found = '']) => found)
    expect(paths.filter((one) => !(one in openapi.paths))).toEqual([])
  })

  it.skipIf(name !== 'nginx.conf' || spawnSync('nginx', ['-v']).error !== undefined)(
    'is what nginx understands',
    () => {
      const dir = mkdtempSync(path.join(tmpdir(), 'trulayer-nginx-'))
      const own = text.replace(/ssl_certificate(_key)? .*;/g, (_, key) => {
        const file = path.join(root, `fixtures/tls/first.${key ? 'key' : 'crt'}`)
        return `ssl_certificate${key ?? ''} ${file};`
      })
      const conf = path.join(dir, 'nginx.conf')
      writeFileSync(conf, `pid ${dir}/pid;\nevents {}\nhttp {\n${own}\n}\n`)
      execFileSync('nginx', ['-t', '-q', '-p', dir, '-c', conf, '-e', `${dir}/error.log`])
      rmSync(dir, { recursive: true })
    },
  )
})
