import { type Binding, bind } from '../http/mount.ts'
import { ok } from '../http/reply.ts'
import { listDeprecations } from './contract.ts'
import { DEPRECATIONS } from './table.ts'

export const deprecationHandlers = (): Binding[] => [bind(listDeprecations, () => ok(DEPRECATIONS))]
