import type { Request } from 'express'
import type { Admission } from '../../ingest/admission.ts'
import { readBody } from './body.ts'

/** Reads a body on the account of the intake, and holds its bytes there until `work` is done with it. */
export async function withIngestBody<T>(
  req: Request,
  admission: Admission,
  limit: number,
  work: (bytes: Buffer) => Promise<T>,
): Promise<T> {
  const ticket = admission.enter()
  try {
    const answer = await work(await readBody(req, Math.min(limit, admission.limit), ticket.take))
    ticket.accepted()
    return answer
  } finally {
    ticket.leave()
  }
}
