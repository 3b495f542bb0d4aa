import { z } from 'zod'
import { EVERY_ROLE, endpoint } from '../http/endpoint.ts'
import { cursorParam, errors, flagParam, idParams, limitParam, timestamp, typedText, uuid } from '../http/schemas.ts'
import { redactionRules } from '../redaction/schemas.ts'

const projectName = typedText(100)

export const project = z
  .object({
    id: uuid,
    organization_id: uuid,
    name: z.string(),
    slug: z.string(),
    description: z.string().nullable(),
    is_default: z
      .boolean()
      .meta({ description: 'Receives the traces that name no project, sent with a key that has none.' }),
    archived_at: timestamp.nullable(),
    retention_days_override: z.number().int().min(1).nullable(),
    prompt_autoship_enabled: z.boolean(),
    redaction: redactionRules.nullable().meta({
      description: 'What is masked in its traces before they are stored, besides what the configuration has.',
    }),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .meta({ id: 'Project' })

export const listProjects = endpoint({
  id: 'listProjects',
  method: 'get',
  path: '/v1/projects',
  tag: 'projects',
  summary: 'Projects of the organisation, newest first',
  access: { roles: EVERY_ROLE, keys: 'query' },
  family: 'read',
  query: z.object({ include_archived: flagParam(false), cursor: cursorParam, limit: limitParam(200, 50) }),
  responses: {
    200: z
      .object({ projects: z.array(project), next_cursor: z.string().nullable(), has_more: z.boolean() })
      .meta({ id: 'ProjectListResponse' }),
    ...errors(400, 401, 403),
  },
})

export const createProject = endpoint({
  id: 'createProject',
  method: 'post',
  path: '/v1/projects',
  tag: 'projects',
  summary: 'Create a project',
  description: 'A name is unique in the organisation, whatever its case.',
  access: { roles: ['owner', 'member'], keys: 'none' },
  family: 'write',
  body: z
    .object({ name: projectName, description: z.string().max(2_000).nullish() })
    .meta({ id: 'CreateProjectRequest' }),
  responses: { 201: project, ...errors(400, 401, 403, 409) },
})

export const patchProject = endpoint({
  id: 'patchProject',
  method: 'patch',
  path: '/v1/projects/{id}',
  tag: 'projects',
  summary: 'Change a project',
  description:
    'Changes the fields that are sent. A new name makes a new slug. Retention cannot be longer than the plan allows.',
  access: { roles: ['owner', 'member'], keys: 'full' },
  family: 'write',
  params: idParams,
  body: z
    .object({
      name: projectName.optional(),
      retention_days_override: z.number().int().min(1).nullish(),
      prompt_autoship_enabled: z.boolean().optional(),
      redaction: redactionRules.nullish(),
    })
    .meta({ id: 'PatchProjectRequest' }),
  responses: { 200: project, ...errors(400, 401, 403, 404, 409) },
})

export const archiveProject = endpoint({
  id: 'archiveProject',
  method: 'post',
  path: '/v1/projects/{id}/archive',
  tag: 'projects',
  summary: 'Archive a project',
  description:
    'Ingest into it is refused from the next request on; what it holds stays readable. The last active project cannot be archived.',
  access: { roles: ['owner'], keys: 'none' },
  family: 'write',
  params: idParams,
  responses: { 200: project, ...errors(401, 403, 404, 409) },
})

export const unarchiveProject = endpoint({
  id: 'unarchiveProject',
  method: 'post',
  path: '/v1/projects/{id}/unarchive',
  tag: 'projects',
  summary: 'Take an archived project up again',
  description: 'Ingest into it is accepted from the next request on.',
  access: { roles: ['owner'], keys: 'none' },
  family: 'write',
  params: idParams,
  responses: { 200: project, ...errors(401, 403, 404) },
})
