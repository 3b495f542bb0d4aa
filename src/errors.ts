/**
 * Every error the appliance raises on purpose. The code says what happened, the table says which HTTP status that is, and the
 * message is one sentence for a person that says what to do. Anything that is not an `AppError` is a defect: it is logged whole
 * and the caller learns only the request id.
 */
export const STATUS_OF = {
  bad_request: 400,
  invalid_json: 400,
  invalid_body: 400,
  invalid_query: 400,
  invalid_cursor: 400,
  invalid_batch: 400,
  invalid_trace: 400,
  invalid_otlp: 400,
  invalid_encoding: 400,
  'error.tags_filter_incomplete': 400,
  unauthorized: 401,
  invalid_api_key: 401,
  key_revoked: 401,
  api_key_expired: 401,
  invalid_credentials: 401,
  session_expired: 401,
  plan_upgrade_required: 402,
  forbidden: 403,
  cross_origin: 403,
  dashboard_only: 403,
  scope_forbidden: 403,
  role_forbidden: 403,
  setup_token_invalid: 403,
  'error.project.archived': 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  already_set_up: 409,
  'error.project.name_taken': 409,
  'error.project.cannot_archive_last': 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  out_of_range: 422,
  rate_limited: 429,
  plan_limit_exceeded: 429,
  login_slowed: 429,
  internal: 500,
  queue_full: 503,
  exports_busy: 503,
  storage_full: 503,
  storage_unavailable: 503,
  shutting_down: 503,
} as const

export type ErrorCode = keyof typeof STATUS_OF

export interface ErrorExtras {
  /** Seconds after which a retry makes sense; becomes `Retry-After`. */
  retryAfterS?: number
  /** Further fields of the error body, e.g. `required_plan`. */
  fields?: Record<string, string | number>
  cause?: unknown
}

/** Something that whoever runs the program can put right: the message says what is wrong and what to do, and no stack trace would say more. */
export class OperatorError extends Error {
  override name = 'OperatorError'
}

export class AppError extends Error {
  readonly code: ErrorCode
  readonly retryAfterS: number | undefined
  readonly fields: Record<string, string | number>

  constructor(code: ErrorCode, message: string, extras: ErrorExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause })
    this.name = 'AppError'
    this.code = code
    this.retryAfterS = extras.retryAfterS
    this.fields = extras.fields ?? {}
  }

  get status(): number {
    return STATUS_OF[this.code]
  }
}
