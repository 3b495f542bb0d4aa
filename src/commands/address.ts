import { type Config, ConfigError } from '../config.ts'

/** Where the appliance of this configuration is reached from this machine. Throws `ConfigError` when nobody can know. */
export function addressHere({ host, port, tls }: Config['server']): string {
  if (port === 0) throw new ConfigError('server.port is 0, so nobody can know where the appliance listens.')
  return `${tls.cert === null ? 'http' : 'https'}://${localHost(host)}:${port}`
}

/** Where to ask a server that listens on `host`: one that listens everywhere is here too. */
function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
