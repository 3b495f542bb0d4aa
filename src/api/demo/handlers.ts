import type { DemoState } from '../../jobs/demo/demo.ts'
import { type Binding, bind } from '../http/mount.ts'
import { ok, type Reply } from '../http/reply.ts'
import type { Services } from '../services.ts'
import { getDemo, loadDemo, removeDemo } from './contract.ts'
import { presentDemo } from './present.ts'

export const demoHandlers = ({ demo }: Pick<Services, 'demo'>): Binding[] => [
  bind(getDemo, async ({ actor }) => ok(presentDemo(await demo.state(actor.tenantId)))),
  bind(loadDemo, async ({ actor, body }) => underWay(await demo.load(actor, body))),
  bind(removeDemo, async ({ actor }) => underWay(await demo.remove(actor))),
]

/** 202 while something is still to be done. */
function underWay(state: DemoState): Reply {
  const settled = state.state === 'none' || state.state === 'loaded'
  return { status: settled ? 200 : 202, body: presentDemo(state) }
}
