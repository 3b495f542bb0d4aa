import { rfc3339 } from '../../clock.ts'
import type { Role } from '../../storage/control/actor.ts'
import type { TenantRow, UserRow } from '../../storage/control/schema.ts'

export const presentUser = ({ id, email, first_name, last_name }: UserRow) => ({ id, email, first_name, last_name })

export const presentOrganization = ({ id, name, slug, plan }: TenantRow) => ({ id, name, slug, plan })

export interface SignedIn {
  token: string
  expiresAt: number
  user: UserRow
  tenant: TenantRow
  role: Role
}

/** What a log-in and the set-up both answer. */
export const presentSignedIn = ({ token, expiresAt, user, tenant, role }: SignedIn) => ({
  token,
  expires_at: rfc3339(expiresAt),
  user: presentUser(user),
  organization: presentOrganization(tenant),
  role,
})

/** A command line that sends a first trace, safe to paste into a POSIX shell. `key` may be a variable of that shell. */
export function firstTraceCommand(baseUrl: string, key: string): string {
  const trace = {
    name: 'my first trace',
    input: 'What is the answer?',
    output: '42',
    latency_ms: 480,
    spans: [
      {
        name: 'answer',
        type: 'llm',
        model: 'gpt-4o-mini',
        input: 'What is the answer?',
        output: '42',
        prompt_tokens: 12,
        completion_tokens: 1,
        latency_ms: 480,
      },
    ],
  }
  const headers = `-H "Authorization: Bearer ${key}" -H 'Content-Type: application/json'`
  return `curl -X POST '${baseUrl}/v1/ingest' ${headers} -d '${JSON.stringify(trace)}'`
}
