import { useQuery } from '@tanstack/react-query'
import type { listProjects } from '../../api/projects/contract.ts'
import { type AnswerOf, call } from './call.ts'

export type Project = AnswerOf<typeof listProjects>['projects'][number]

export const PROJECTS_KEY = ['projects'] as const

/** Every project, archived ones too, as many pages as there are. */
async function allProjects(): Promise<Project[]> {
  const found: Project[] = []
  let cursor: string | undefined
  do {
    const page = await call<typeof listProjects>('get', '/v1/projects', {
      query: { include_archived: true, limit: 200, cursor },
    })
    found.push(...page.projects)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined)
  return found.sort((a, b) => a.name.localeCompare(b.name))
}

export const useProjects = () => useQuery({ queryKey: PROJECTS_KEY, queryFn: allProjects, staleTime: 60_000 })
