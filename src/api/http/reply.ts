import type { Response } from 'express'

/**
 * What a handler answers. `body` is JSON unless it is bytes, which are sent as they are (a reader thread made the JSON, or it is
 * protobuf; `type` names it). `stream` takes the response over.
 */
export interface Reply {
  status: number
  body?: unknown
  type?: string
  headers?: Record<string, string>
  stream?: (res: Response) => Promise<void> | void
}

export const ok = (body: unknown): Reply => ({ status: 200, body })
export const created = (body: unknown): Reply => ({ status: 201, body })
export const noContent: Reply = { status: 204 }
/** JSON that was made elsewhere. */
export const okBytes = (body: Uint8Array): Reply => ({ status: 200, body, type: 'application/json; charset=utf-8' })
