import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Request } from 'express'
import { AppError } from '../../errors.ts'

/** Counts what is read, and may refuse it. */
export type Meter = (bytes: number) => void

const INFLATERS = { gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress }

/**
 * The inflated body. Stops reading at `limit` bytes after inflation (413), so that a compression bomb costs no more than the limit.
 * Body parsers of the shelf cannot be metered while they read; that is why this one is ours.
 */
export async function readBody(req: Request, limit: number, meter: Meter = () => undefined): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  const { stream, inflated } = inflate(req)
  try {
    if (!inflated && Number(req.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
    // Leaving the loop must not destroy the request: its connection would go with it, and the answer with that.
    for await (const piece of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += piece.length
      if (size > limit) throw tooLarge(limit)
      meter(piece.length)
      pieces.push(piece)
    }
  } catch (error) {
    // What is still on the wire is read past, not kept, so that the client gets its answer instead of a reset connection.
    req.unpipe()
    if (inflated) stream.destroy()
    req.resume()
    if (error instanceof AppError) throw error
    if (inflated && !req.readableAborted) {
      throw new AppError('invalid_encoding', `The body is not valid ${req.headers['content-encoding']}.`, {
        cause: error,
      })
    }
    throw new AppError('bad_request', 'The body broke off before its end.', { cause: error })
  }
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, size)
}

function inflate(req: Request): { stream: Readable; inflated: boolean } {
  const encoding = req.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (encoding === 'identity' || encoding === '') return { stream: req, inflated: false }
  const create = Object.hasOwn(INFLATERS, encoding) ? INFLATERS[encoding as keyof typeof INFLATERS] : undefined
  if (!create)
    throw new AppError(
      'unsupported_media_type',
      `Content-Encoding ${encoding} is not understood; send gzip, deflate, br or none.`,
    )
  const inflater = create()
  req.on('error', (error) => inflater.destroy(error))
  req.on('aborted', () => inflater.destroy(new Error('aborted')))
  return { stream: req.pipe(inflater), inflated: true }
}

const tooLarge = (limit: number): AppError =>
  new AppError('payload_too_large', `The body is larger than ${limit} bytes; send less at once.`)
