import { LogFormatter, Logger, LogItem } from '@aws-lambda-powertools/logger'
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types'
import type { MetricOf, Stage } from '../contract/stage.ts'
import { embedMetrics, type Measured } from './metrics.ts'

type Fields = Record<string, unknown>
/** `M`: the names of the metrics that the stage declares. */
export interface Log<M extends string = never> {
  info(message: string, fields?: Fields): void
  warn(message: string, fields?: Fields): void
  error(message: string, fields?: Fields): void
  /**
   * Every line until the next call gets this `correlation_id`: the drop, the run's plan or the
   * version. The first line of a run has both its plan and its version.
   */
  follow(correlationId: string, fields?: Fields): void
  /** A line that is also one or more metrics. The `fields` are on the line only. */
  measure(
    message: string,
    measured: Measured,
    values: Partial<Record<M, number>>,
    fields?: Fields,
  ): void
}

/**
 * The keys of Powertools. A line with metrics has its time in epoch milliseconds, as CloudWatch
 * reads it.
 */
class LineFormatter extends LogFormatter {
  override formatAttributes(line: UnformattedAttributes, fields: LogAttributes): LogItem {
    const { logLevel, message, timestamp, serviceName, xRayTraceId } = line
    const { _aws: metrics, ...rest } = fields
    const attributes = {
      level: logLevel,
      message,
      timestamp: this.formatTimestamp(timestamp),
      service: serviceName,
      xray_trace_id: xRayTraceId,
      ...rest,
      ...(metrics ? { _aws: { Timestamp: timestamp.getTime(), ...metrics } } : {}),
    }
    return new LogItem({ attributes })
  }
}

/** Structured JSON lines. Fields are counts, keys and reasons, never a record or an identifier. */
export function stageLog<S extends Pick<Stage, 'name' | 'metrics'>>(
  stage: S,
  namespace: string,
): Log<MetricOf<S>> {
  const logger = new Logger({
    serviceName: `quartermaster-${stage.name}`,
    logFormatter: new LineFormatter(),
  })
  return {
    info: (message, fields) => logger.info(message, { ...fields }),
    warn: (message, fields) => logger.warn(message, { ...fields }),
    error: (message, fields) => logger.error(message, { ...fields }),
    follow(correlationId, fields) {
      logger.resetKeys()
      logger.setCorrelationId(correlationId)
      logger.appendKeys({ ...fields })
    },
    measure: (message, measured, values, fields) =>
      logger.info(message, {
        ...fields,
        ...embedMetrics(namespace, stage.metrics ?? {}, measured, values),
      }),
  }
}
