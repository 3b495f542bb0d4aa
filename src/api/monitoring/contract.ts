import { endpoint } from '../http/endpoint.ts'
import { errorBody } from '../http/schemas.ts'

export const getMonitoring = endpoint({
  id: 'getMonitoring',
  method: 'get',
  path: '/metrics',
  tag: 'health',
  summary: 'Figures about the appliance itself, for Prometheus',
  description:
    'Off (404) until `metrics.token` is set; then open to whoever sends it as a bearer token. It tells of all tenants together and names none.',
  access: 'public',
  family: 'public',
  responses: { 200: { media: { 'text/plain': 'text' } }, 401: errorBody, 404: errorBody },
})
