/** What each plan allows, as in the published price list. `null` means no limit. A self-hosted tenant is `enterprise`. */
export const PLANS = ['starter', 'pro', 'team', 'business', 'enterprise'] as const
export type Plan = (typeof PLANS)[number]

export interface PlanLimits {
  tracesPerMonth: number | null
  evalsPerMonth: number | null
  seats: number | null
  retentionDays: number | null
  exportRows: number | null
  evalRules: number | null
  /** Reads a second, counted over fixed one-minute windows. */
  readsPerSecond: number | null
  /** `true`: over the monthly traces ingest is refused; otherwise the surplus is metered. */
  blocksOverLimit: boolean
}

export const LIMITS: Record<Plan, PlanLimits> = {
  starter: limits(50_000, 2_500, 3, 30, 100, 3, 60, true),
  pro: limits(1_000_000, 50_000, 15, 90, 5_000, null, 600, false),
  team: limits(10_000_000, 500_000, 50, 180, 5_000, null, 600, false),
  business: limits(50_000_000, 2_000_000, 200, 365, 5_000, null, 600, false),
  enterprise: limits(null, null, null, null, null, null, null, false),
}

/** Does `plan` include what starts with `required`? Plans are ranked, lowest first. */
export const planIncludes = (plan: Plan, required: Plan): boolean => PLANS.indexOf(plan) >= PLANS.indexOf(required)

function limits(
  tracesPerMonth: number | null,
  evalsPerMonth: number | null,
  seats: number | null,
  retentionDays: number | null,
  exportRows: number | null,
  evalRules: number | null,
  readsPerSecond: number | null,
  blocksOverLimit: boolean,
): PlanLimits {
  return {
    tracesPerMonth,
    evalsPerMonth,
    seats,
    retentionDays,
    exportRows,
    evalRules,
    readsPerSecond,
    blocksOverLimit,
  }
}
