import type { Request } from 'express'
import type { Admission } from '../../ingest/admission.ts'
import { Turns } from '../../ingest/turns.ts'
import { readBody } from './body.ts'
import type { Reply } from './reply.ts'

/** What is read in so little time that it need not wait for its turn. */
const SMALL_BYTES = 64 * 1024
/** Two, so that one which takes long, such as one that is full of what is to be masked, does not hold up everybody. */
const turns = new Turns(2)

interface Steps<T> {
  /** Reads the body and hands it over to be stored. Large ones take turns. */
  read(bytes: Buffer): Promise<T>
  /** Waits until it is durable. By then nobody holds the body. */
  answer(read: T): Promise<Reply>
}

/** Receives a body on the account of the intake, and holds its bytes there until it is answered. */
export async function withIngestBody<T>(
  req: Request,
  admission: Admission,
  limit: number,
  { read, answer }: Steps<T>,
): Promise<Reply> {
  const ticket = admission.enter()
  try {
    const stored = await receive(req, Math.min(limit, admission.limit), ticket.take, read)
    const reply = await answer(stored)
    ticket.accepted()
    return reply
  } finally {
    ticket.leave()
  }
}

async function receive<T>(
  req: Request,
  limit: number,
  take: (bytes: number) => void,
  read: (bytes: Buffer) => Promise<T>,
): Promise<T> {
  const bytes = await readBody(req, limit, take)
  return bytes.byteLength <= SMALL_BYTES ? read(bytes) : turns.take(() => read(bytes))
}
