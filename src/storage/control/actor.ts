import type { ApiKeyId, ProjectId, SessionId, TenantId, UserId } from '../../ids.ts'
import type { Plan } from '../../plans.ts'

export type Role = 'owner' | 'member' | 'viewer'
export type KeyScope = 'query'

/** Who acts. Everything that is done is done by one of these, and the audit log names it. */
export type Actor = Person | Key | Job

export interface Person {
  kind: 'person'
  tenantId: TenantId
  plan: Plan
  userId: UserId
  email: string
  role: Role
  sessionId: SessionId
}

export interface Key {
  kind: 'key'
  tenantId: TenantId
  plan: Plan
  keyId: ApiKeyId
  /** Where traces go that name no project. */
  projectId: ProjectId | null
  /** No scopes: everything a key may do. */
  scopes: readonly KeyScope[]
}

/** A job of the appliance itself: scheduled, or doing what a policy says. */
export interface Job {
  kind: 'job'
  tenantId: TenantId
  plan: Plan
  name: string
}
