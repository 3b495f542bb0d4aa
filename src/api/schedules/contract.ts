import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'
import { errors, timestamp } from '../http/schemas.ts'
import { task } from '../tasks/contract.ts'

const schedule = z
  .object({
    name: z.string(),
    summary: z.string(),
    cron: z.string().meta({ description: 'Five cron fields, in UTC.' }),
    next_run_at: timestamp.nullable(),
    last_run: task.nullable().meta({ description: 'The task of its last run, while that is kept.' }),
  })
  .meta({ id: 'Schedule' })

export const listSchedules = endpoint({
  id: 'listSchedules',
  method: 'get',
  path: '/v1/schedules',
  tag: 'tasks',
  summary: 'What the appliance does by itself, and when',
  access: { roles: ['owner'], keys: 'full' },
  family: 'read',
  responses: {
    200: z.object({ schedules: z.array(schedule) }).meta({ id: 'ScheduleListResponse' }),
    ...errors(401, 403),
  },
})

export const runSchedule = endpoint({
  id: 'runSchedule',
  method: 'post',
  path: '/v1/schedules/{name}/run',
  tag: 'tasks',
  summary: 'Run a schedule now',
  description:
    'Answers the task that it became. A run that is under way is answered instead of a second one, and one that waits to be tried again is tried now.',
  access: { roles: ['owner'], keys: 'full' },
  family: 'write',
  params: z.object({ name: z.string().max(100) }),
  responses: { 202: task, ...errors(401, 403, 404) },
})
