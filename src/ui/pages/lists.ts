// One file of scripts for pages that lie close to each other: what only some of them share would be a file, and a request, for each set that does.
export { AnomaliesPage } from './anomalies/anomalies.tsx'
export { FailuresPage } from './failures/failures.tsx'
export { FeedbackPage } from './feedback/feedback.tsx'
export { SessionsPage } from './sessions/sessions.tsx'
