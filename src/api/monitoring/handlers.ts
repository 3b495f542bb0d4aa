import { createHash, timingSafeEqual } from 'node:crypto'
import { AppError } from '../../errors.ts'
import { type Binding, bind } from '../http/mount.ts'
import type { Services } from '../services.ts'
import { getMonitoring } from './contract.ts'

export const monitoringHandlers = ({ config, metrics }: Pick<Services, 'config' | 'metrics'>): Binding[] => [
  bind(getMonitoring, async ({ req }) => {
    const { token } = config.metrics
    if (token === null) throw new AppError('not_found', 'There is nothing at /metrics; metrics.token switches it on.')
    const sent = /^bearer\s+(.+)$/i.exec(req.headers.authorization ?? '')?.[1]?.trim()
    if (sent === undefined || !same(sent, token)) {
      throw new AppError('unauthorized', 'Send the value of metrics.token as a bearer token.')
    }
    const { text, type } = await metrics.text()
    return { status: 200, body: Buffer.from(text), type }
  }),
]

/** In a time that tells nothing of where they differ. */
function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
