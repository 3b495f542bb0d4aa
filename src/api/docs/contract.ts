import { z } from 'zod'
import { endpoint } from '../http/endpoint.ts'

export const getOpenapi = endpoint({
  id: 'getOpenapi',
  method: 'get',
  path: '/v1/openapi.json',
  tag: 'docs',
  summary: 'This document',
  access: 'public',
  family: 'public',
  responses: { 200: z.looseObject({ openapi: z.string() }) },
})
