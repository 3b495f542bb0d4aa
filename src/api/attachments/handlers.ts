import { AppError } from '../../errors.ts'
import { type Binding, bind } from '../http/mount.ts'
import type { Services } from '../services.ts'
import { getAttachment } from './contract.ts'

/** What a browser may show in place. Anything else (SVG and HTML hold scripts) is only ever saved. */
const SHOWN = /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp)|audio\/[\w.+-]+|video\/[\w.+-]+)$/

export const attachmentHandlers = ({ telemetry }: Pick<Services, 'telemetry'>): Binding[] => [
  bind(getAttachment, async ({ actor, params: { id } }) => {
    const found = await telemetry.ask('attachment', { tenantId: actor.tenantId, id })
    if (!found) throw new AppError('not_found', 'There is no attachment with this id.')
    const { mediaType, body } = found
    return {
      status: 200,
      body,
      type: mediaType,
      headers: {
        'Content-Disposition': `${SHOWN.test(mediaType) ? 'inline' : 'attachment'}; filename="${id.slice(0, 16)}"`,
        'Content-Security-Policy': "sandbox; default-src 'none'",
        'X-Content-Type-Options': 'nosniff',
        'Cache-Control': 'private, max-age=300',
      },
    }
  }),
]
