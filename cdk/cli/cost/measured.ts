import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import {
  stageUsageSchema,
  summarySchema,
  tableSizeSchema,
} from '../../../functions/contract/summary.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'
import { UsageError } from '../errors.ts'

/** What a run on one machine used, as far as the bill needs it. */
const measuredSchema = z.object({
  /** The command that made the measurement. */
  command: z.string(),
  /** Simulated days. */
  days: z.number().gt(0),
  events: z.number().int().gt(0),
  drops: z.number().int().gt(0),
  /** Bytes of the drops, as uploaded. */
  rawBytes: z.number().int(),
  stages: z.record(z.string(), stageUsageSchema.extend({ logBytes: z.number().int() })),
  /** The tables at the end of the run. */
  tables: z.record(z.string(), tableSizeSchema),
})
export type Measured = z.infer<typeof measuredSchema>
export type StageMeasured = Measured['stages'][string]

const MADE_BY =
  'npm start, then npm run cost -- --summary out/summary.json --save cdk/cli/cost/measured.json'
const DEFAULT = join(import.meta.dirname, 'measured.json')
export const readDefault = (): Measured =>
  measuredSchema.parse(JSON.parse(readFileSync(DEFAULT, 'utf8')))

/** Reads a run's summary.json and the sizes of the logs beside it. Throws UsageError for another file. */
export function measureRun(path: string): Measured {
  let parsed: ReturnType<typeof summarySchema.safeParse>
  try {
    parsed = summarySchema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const reason = existsSync(path) ? (error as Error).message : 'no such file'
    throw new UsageError(`--summary ${path}: expected the summary.json of a run: ${reason}`)
  }
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new UsageError(
      `--summary ${path}: expected the summary.json of a run: ${issue!.path.join('.')}: ${issue!.message}`,
    )
  }
  const { dataFromMs, dataThroughMs, drops, stages, tables } = parsed.data
  const events = drops.reduce((sum, drop) => sum + drop.events, 0)
  if (dataFromMs === null || dataThroughMs === null || events === 0)
    throw new UsageError(`--summary ${path}: expected a run that closed hours, got none`)
  if (tables === undefined)
    throw new UsageError(
      `--summary ${path}: expected a run that counted the rows of its tables, got an older one: run npm start again`,
    )
  const logBytesOf = (stage: string): number =>
    statSync(join(dirname(path), 'logs', `${stage}.log`), { throwIfNoEntry: false })?.size ?? 0
  return {
    command: MADE_BY,
    days: (dataThroughMs - dataFromMs) / DAY_MS,
    events,
    drops: drops.length,
    rawBytes: drops.reduce((sum, { bytes }) => sum + bytes, 0),
    tables,
    stages: Object.fromEntries(
      Object.entries(stages)
        // The operator's requests are not part of a deployment.
        .filter(([stage]) => stage !== 'operator')
        .map(([stage, usage]) => [
          stage,
          {
            ...usage,
            seconds: Number(usage.seconds.toFixed(3)),
            peakMemoryMiB: Math.ceil(usage.peakMemoryMiB),
            logBytes: logBytesOf(stage),
          },
        ]),
    ),
  }
}
