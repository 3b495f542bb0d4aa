import { AppError } from '../../errors.ts'
import type { ProjectId } from '../../ids.ts'
import { type Binding, bind } from '../http/mount.ts'
import { ok } from '../http/reply.ts'
import type { Services } from '../services.ts'
import { testRedaction } from './contract.ts'

export const redactionHandlers = ({ redaction, control }: Pick<Services, 'redaction' | 'control'>): Binding[] => [
  bind(testRedaction, async ({ actor: { tenantId }, body: { text, project_id, rules } }) => {
    const projectId = (project_id as ProjectId | undefined) ?? null
    if (projectId !== null && !(await control.projects.get(tenantId, projectId)))
      throw new AppError('not_found', 'There is no project with this id.')
    const redactor = await redaction.redactor(tenantId, rules ?? projectId)
    const matches: { rule: string; text: string }[] = []
    return ok({ redacted: redactor.text(text, (rule, match) => matches.push({ rule, text: match })), matches })
  }),
]
