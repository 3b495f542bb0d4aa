import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import type { Server } from 'node:https'
import { createSecureContext } from 'node:tls'
import { type Clock, rfc3339 } from '../../clock.ts'
import { ConfigError } from '../../config.ts'
import type { Log } from '../../log.ts'

/** Paths of PEM files: the certificate with those that lead up to its root, and its private key. */
export interface TlsFiles {
  cert: string
  key: string
}

export interface Pair {
  cert: Buffer
  key: Buffer
  minVersion: 'TLSv1.2'
  /** Milliseconds. */
  validTo: number
}

const LOOK_MS = 10_000
const DAY_MS = 86_400_000

/** Reads the pair and holds it together. Throws `ConfigError`, which names the file and what is wrong with it. */
export function readPair(files: TlsFiles): Pair {
  const cert = read('server.tls.cert', files.cert)
  const key = read('server.tls.key', files.key)
  const certificate = meant('server.tls.cert', files.cert, 'a certificate in PEM', () => new X509Certificate(cert))
  const secret = meant('server.tls.key', files.key, 'a private key in PEM without a passphrase', () =>
    createPrivateKey(key),
  )
  if (!certificate.checkPrivateKey(secret)) {
    throw new ConfigError(`The key in ${files.key} (server.tls.key) is not that of the certificate in ${files.cert}.`)
  }
  meant('server.tls.cert', files.cert, 'a certificate that can be used', () => createSecureContext({ cert, key }))
  return { cert, key, minVersion: 'TLSv1.2', validTo: Date.parse(certificate.validTo) }
}

function read(setting: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new ConfigError(`${file} (${setting}) cannot be read: ${(error as Error).message}`)
  }
}

function meant<T>(setting: string, file: string, what: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new ConfigError(`${file} (${setting}) does not hold ${what}: ${(error as Error).message}`)
  }
}

/**
 * Keeps a server's certificate that of the files. They are looked at every 10 s and when told to; new connections get the new one, and
 * open ones go on. A pair that cannot be used (half of it may be written yet) changes nothing and is said in the log.
 */
export class Certificate {
  readonly #files: TlsFiles
  readonly #server: Server
  readonly #clock: Clock
  readonly #log: Log
  #stamp: string
  #cancel: () => void = () => undefined

  constructor(files: TlsFiles, pair: Pair, { server, clock, log }: { server: Server; clock: Clock; log: Log }) {
    this.#files = files
    this.#server = server
    this.#clock = clock
    this.#log = log
    this.#stamp = stamp(files)
    this.#sayExpiry(pair)
    this.#wait()
  }

  reload(): void {
    this.#stamp = stamp(this.#files)
    try {
      const pair = readPair(this.#files)
      this.#server.setSecureContext(pair)
      this.#log.info({ validTo: rfc3339(pair.validTo) }, 'the certificate was read again')
      this.#sayExpiry(pair)
    } catch (error) {
      this.#log.error({ err: error }, 'the new certificate cannot be used; the one before stays')
    }
  }

  stop(): void {
    this.#cancel()
  }

  #wait(): void {
    this.#cancel = this.#clock.after(LOOK_MS, () => {
      if (stamp(this.#files) !== this.#stamp) this.reload()
      this.#wait()
    })
  }

  #sayExpiry({ validTo }: Pair): void {
    const days = Math.floor((validTo - this.#clock.now()) / DAY_MS)
    if (days < 14) this.#log.warn({ validTo: rfc3339(validTo), days }, 'the certificate runs out, or has')
  }
}

/** Changes with the files, also where a link comes to point at others. */
const stamp = ({ cert, key }: TlsFiles): string =>
  [cert, key]
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false })
      return stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : 'gone'
    })
    .join(', ')
