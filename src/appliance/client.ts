import { API_KEY, type Appliance } from './process.ts'

export interface Answer {
  status: number
  headers: Headers
  /** The JSON of the body, or its text where it is not JSON. */
  body: Record<string, unknown>
}

export interface Send {
  /** An object goes as JSON, bytes go as they are. */
  send?: object | Uint8Array<ArrayBuffer>
  headers?: Record<string, string>
}

/** `call(appliance, 'GET /v1/traces')` with the key, on a connection that is kept alive. Rejects when there is no whole answer. */
export async function call(
  { url }: Pick<Appliance, 'url'>,
  line: string,
  { send, headers }: Send = {},
): Promise<Answer> {
  const [method = '', target = ''] = line.split(' ')
  const body = send === undefined || send instanceof Uint8Array ? send : JSON.stringify(send)
  const response = await fetch(url + target, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/json', ...headers },
  })
  return { status: response.status, headers: response.headers, body: parse(await response.text()) }
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return { text }
  }
}

/** Does `work` for every item, `width` at a time, in order. */
export async function each<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values()
  const lane = async (): Promise<void> => {
    for (const item of rest) await work(item)
  }
  await Promise.all(Array.from({ length: width }, lane))
}
