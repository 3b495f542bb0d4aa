import { rfc3339 } from '../../clock.ts'
import { type Binding, bind } from '../http/mount.ts'
import { ok } from '../http/reply.ts'
import type { Services } from '../services.ts'
import { presentTask } from '../tasks/present.ts'
import { listSchedules, runSchedule } from './contract.ts'

export const scheduleHandlers = ({ cron }: Pick<Services, 'cron'>): Binding[] => [
  bind(listSchedules, async () => {
    const states = await cron.list()
    return ok({
      schedules: states.map(({ schedule, nextAt, lastTask }) => ({
        name: schedule.name,
        summary: schedule.summary,
        cron: schedule.cron,
        next_run_at: nextAt === null ? null : rfc3339(nextAt),
        last_run: lastTask && presentTask(lastTask),
      })),
    })
  }),

  bind(runSchedule, async ({ actor, params }) => ({
    status: 202,
    body: presentTask(await cron.runNow(actor, params.name)),
  })),
]
