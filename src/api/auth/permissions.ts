import { AppError } from '../../errors.ts'
import { planIncludes } from '../../plans.ts'
import type { Actor } from '../../storage/control/actor.ts'
import type { Access, Endpoint } from '../http/endpoint.ts'

/** The one place that decides whether a caller may call. Throws the 401, 402 or 403 that fits. */
export function authorize({ access }: Pick<Endpoint, 'access'>, actor: Actor | null): void {
  if (access === 'public') return
  if (!actor) throw new AppError('unauthorized', 'Send an API key or sign in: Authorization: Bearer <token>.')
  switch (actor.kind) {
    case 'person':
      if (!access.roles.includes(actor.role)) {
        throw new AppError(
          'role_forbidden',
          `Your role (${actor.role}) may not do this; it takes ${access.roles.join(' or ')}.`,
        )
      }
      break
    case 'key':
      authorizeKey(access, actor.scopes)
      break
    case 'job':
      break
    default:
      actor satisfies never
  }
  requirePlan(access, actor)
}

function authorizeKey(access: Exclude<Access, 'public'>, scopes: readonly string[]): void {
  if (access.keys === 'none') {
    throw new AppError('dashboard_only', 'This is open to signed-in people only, not to API keys.')
  }
  if (access.keys === 'full' && scopes.length > 0) {
    throw new AppError(
      'scope_forbidden',
      `A key with the scope ${scopes.join(', ')} may not do this; use a key without scopes.`,
    )
  }
}

function requirePlan({ plan }: Exclude<Access, 'public'>, actor: Actor): void {
  if (!plan || planIncludes(actor.plan, plan)) return
  throw new AppError('plan_upgrade_required', `This takes the ${plan} plan or above; yours is ${actor.plan}.`, {
    fields: { required_plan: plan },
  })
}
