import type { Generated, Kysely, Selectable, Transaction } from 'kysely'
import type { AnomalyId, ApiKeyId, ModelPriceId, ProjectId, SessionId, TaskId, TenantId, UserId } from '../../ids.ts'
import type { Plan } from '../../plans.ts'
import type { Role } from './actor.ts'

/** The tables of `control.db` as Kysely sees them; `migrations.ts` makes them. Times are milliseconds since the epoch. */
export interface ControlSchema {
  tenants: TenantsTable
  users: UsersTable
  memberships: MembershipsTable
  sessions: SessionsTable
  api_keys: ApiKeysTable
  projects: ProjectsTable
  audit_entries: AuditEntriesTable
  tasks: TasksTable
  schedules: SchedulesTable
  demos: DemosTable
  model_prices: ModelPricesTable
  failure_decisions: FailureDecisionsTable
  anomalies: AnomaliesTable
  follower_places: { name: string; seq: number; updated_at: number }
  settings: { key: string; value: string }
}

/** The store outside a transaction; every write belongs inside one. */
export type ControlDb = Kysely<ControlSchema>
/** An open `BEGIN IMMEDIATE` transaction. While it is open, a query on `ControlDb` waits for its end: never await one inside. */
export type ControlTrx = Transaction<ControlSchema>

interface TenantsTable {
  id: TenantId
  name: string
  slug: string
  plan: Plan
  created_at: number
}

interface UsersTable {
  id: UserId
  email: string
  /** Null for somebody who signs in elsewhere. */
  password_hash: string | null
  first_name: string | null
  last_name: string | null
  created_at: number
}

interface MembershipsTable {
  tenant_id: TenantId
  user_id: UserId
  role: Role
  status: 'active' | 'suspended'
  created_at: number
}

interface SessionsTable {
  id: SessionId
  user_id: UserId
  tenant_id: TenantId
  created_at: number
  expires_at: number
  revoked_at: number | null
  last_seen_at: number
}

interface ApiKeysTable {
  id: ApiKeyId
  tenant_id: TenantId
  project_id: ProjectId | null
  name: string
  /** The first 12 characters of the key, by which a person recognises it. */
  prefix: string
  /** SHA-256 of the key, hex. */
  hash: string
  /** JSON array; null is everything. */
  scopes: string | null
  created_by_user_id: UserId | null
  created_at: number
  last_used_at: number | null
  revoked_at: number | null
  expires_at: number | null
}

interface ProjectsTable {
  id: ProjectId
  tenant_id: TenantId
  name: string
  slug: string
  description: string | null
  is_default: Generated<0 | 1>
  retention_days_override: number | null
  prompt_autoship_enabled: Generated<0 | 1>
  archived_at: number | null
  redaction: Generated<string | null>
  created_at: number
  updated_at: number
}

interface AuditEntriesTable {
  tenant_id: TenantId
  n: number
  id: string
  at: number
  actor: string
  action: string
  target_type: string | null
  target_id: string | null
  details: string
  prev_hash: string
  curr_hash: string
}

export type TaskState = 'queued' | 'running' | 'done' | 'dead' | 'cancelled'

interface TasksTable {
  id: TaskId
  /** Null for work of the appliance itself. */
  tenant_id: TenantId | null
  kind: string
  dedupe_key: string | null
  payload: string
  state: TaskState
  run_at: number
  attempts: Generated<number>
  max_attempts: number
  lease_until: number | null
  lease_token: string | null
  cancel_requested_at: number | null
  progress_done: number | null
  progress_total: number | null
  progress_message: string | null
  /** JSON: what a task that is done has to say. */
  result: string | null
  error: string | null
  created_at: number
  updated_at: number
  finished_at: number | null
}

interface ModelPricesTable {
  id: ModelPriceId
  tenant_id: TenantId
  model: string
  match: 'exact' | 'regex'
  /** Empty: any. */
  provider: string
  effective_from: number
  /** JSON: dollars for a million tokens, by sort. */
  rates: string
  /** Dollars. */
  per_call: number
  /** JSON: factors, by tier. */
  tiers: string
  note: string | null
  created_at: number
  updated_at: number
}

interface SchedulesTable {
  name: string
  due_at: number
  task_id: TaskId | null
  updated_at: number
}

interface DemosTable {
  tenant_id: TenantId
  project_id: ProjectId
  seed: number
  days: number
  ends_at: number
  state: 'loading' | 'loaded' | 'removing'
  stretches: number
  traces: number
  progress: number
  task_id: TaskId
  created_at: number
}

interface FailureDecisionsTable {
  tenant_id: TenantId
  signature: string
  status: 'acknowledged' | 'resolved'
  decided_at: number
  /** Who, as people call them. */
  decided_by: string
}

interface AnomaliesTable {
  id: AnomalyId
  tenant_id: TenantId
  project_id: ProjectId
  type: 'latency_spike' | 'error_rate_spike' | 'volume_anomaly'
  severity: 'low' | 'medium' | 'high' | 'critical'
  description: string
  trace_id: string | null
  bucket_at: number
  detected_at: number
  /** JSON. */
  metadata: string
}

export type TenantRow = Selectable<TenantsTable>
export type UserRow = Selectable<UsersTable>
export type SessionRow = Selectable<SessionsTable>
export type ApiKeyRow = Selectable<ApiKeysTable>
export type ProjectRow = Selectable<ProjectsTable>
export type TaskRow = Selectable<TasksTable>
export type ModelPriceRow = Selectable<ModelPricesTable>
export type FailureDecisionRow = Selectable<FailureDecisionsTable>
export type AnomalyRow = Selectable<AnomaliesTable>
export type ScheduleRow = Selectable<SchedulesTable>
export type DemoRow = Selectable<DemosTable>
export type AuditRow = Selectable<AuditEntriesTable>
