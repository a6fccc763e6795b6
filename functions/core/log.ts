import { Logger } from '@aws-lambda-powertools/logger'

export interface Log {
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** Structured JSON lines. Fields are counts, keys and reasons: never a record, never an identifier. */
export function stageLog(stage: string): Log {
  const logger = new Logger({ serviceName: `quartermaster-${stage}` })
  return {
    info: (message, fields) => logger.info(message, { ...fields }),
    warn: (message, fields) => logger.warn(message, { ...fields }),
    error: (message, fields) => logger.error(message, { ...fields }),
  }
}
