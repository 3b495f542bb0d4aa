import { VERSION } from '../../version.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { type Binding, bind } from '../http/mount.ts'
import { openapi } from '../http/openapi.ts'
import { okBytes } from '../http/reply.ts'
import { getOpenapi } from './contract.ts'

/** The document describes every endpoint, itself included; it is written at the first request for it. */
export const docsHandlers = (endpoints: () => readonly Endpoint[]): Binding[] => {
  let document: Buffer | null = null
  return [
    bind(getOpenapi, () => {
      document ??= Buffer.from(JSON.stringify(openapi(endpoints(), VERSION)))
      return okBytes(document)
    }),
  ]
}
