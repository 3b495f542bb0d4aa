import { AppError } from '../../errors.ts'

export const malformed = (what: string): AppError =>
  new AppError('invalid_otlp', `The body is not an OTLP export request: ${what}.`)
