import { analyticsHandlers } from './analytics/handlers.ts'
import { anomalyHandlers } from './anomalies/handlers.ts'
import { apiKeyHandlers } from './apikeys/handlers.ts'
import { attachmentHandlers } from './attachments/handlers.ts'
import { authHandlers } from './auth/handlers.ts'
import { demoHandlers } from './demo/handlers.ts'
import { deprecationHandlers } from './deprecations/handlers.ts'
import { deadLetterHandlers } from './dlq/handlers.ts'
import { docsHandlers } from './docs/handlers.ts'
import { evalHandlers } from './eval/handlers.ts'
import { failureHandlers } from './failures/handlers.ts'
import { feedbackHandlers } from './feedback/handlers.ts'
import { healthHandlers } from './health/handlers.ts'
import type { Binding } from './http/mount.ts'
import { ingestHandlers } from './ingest/handlers.ts'
import { ingestionHealthHandlers } from './ingestion-health/handlers.ts'
import { metricHandlers } from './metrics/handlers.ts'
import { modelPriceHandlers } from './model-prices/handlers.ts'
import { monitoringHandlers } from './monitoring/handlers.ts'
import { otlpHandlers } from './otlp/handlers.ts'
import { projectHandlers } from './projects/handlers.ts'
import { redactionHandlers } from './redaction/handlers.ts'
import { scheduleHandlers } from './schedules/handlers.ts'
import type { Services } from './services.ts'
import { sessionHandlers } from './sessions/handlers.ts'
import { taskHandlers } from './tasks/handlers.ts'
import { traceHandlers } from './traces/handlers.ts'
import { usageHandlers } from './usage/handlers.ts'

/** Every group of endpoints, one line each. Nothing answers that is not here. */
export function router(services: Services): Binding[] {
  const bindings: Binding[] = [
    ...healthHandlers(services),
    ...monitoringHandlers(services),
    ...authHandlers(services),
    ...apiKeyHandlers(services),
    ...projectHandlers(services),
    ...ingestHandlers(services),
    ...otlpHandlers(services),
    ...traceHandlers(services),
    ...metricHandlers(services),
    ...feedbackHandlers(services),
    ...evalHandlers(services),
    ...failureHandlers(services),
    ...anomalyHandlers(services),
    ...analyticsHandlers(services),
    ...usageHandlers(services),
    ...modelPriceHandlers(services),
    ...taskHandlers(services),
    ...scheduleHandlers(services),
    ...sessionHandlers(services),
    ...attachmentHandlers(services),
    ...deadLetterHandlers(services),
    ...ingestionHealthHandlers(services),
    ...redactionHandlers(services),
    ...demoHandlers(services),
    ...deprecationHandlers(),
    ...docsHandlers(() => bindings.map(({ endpoint }) => endpoint)),
  ]
  return bindings
}
