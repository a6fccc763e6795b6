import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { longestWindowMs } from '../../../functions/contract/scene.ts'
import type { Metrics } from '../../../functions/contract/stage.ts'
import { DAY_MS } from '../../../functions/contract/time.ts'
import { tiersOf } from '../../../functions/registry/timetable.ts'
import { assemble } from '../../assemble.ts'
import { readDeployment } from '../../config.ts'
import { stages } from '../../rooms.ts'
import { type CreatedServers, countServers } from './search/servers.ts'

/** What the templates declare that costs something, or that sets the price of a stage's second. */
export interface Deployed {
  /** By stage: GiB of memory, and of /tmp beyond the free 512 MiB. */
  functions: Record<string, { memoryGib: number; diskGib: number }>
  keys: number
  secrets: number
  /** Metrics that alarms read. An expression counts each of its metrics. */
  alarmMetrics: number
  dashboards: number
  images: number
  eventSources: number
  customMetrics: number
  /** Scheduled calls a day: runs of all tiers and scenes, and reports and collections. */
  runsPerDay: number
  callsPerDay: number
  rawRetentionDays: number
  /** Null: for ever. */
  lakeRetentionDays: number | null
  /** Days for which a counter stays in the online table. */
  onlineDays: number
  /** Instance types of all scenes, and the largest volume. */
  training: { instanceTypes: string[]; volumeGib: number }
  /** Servers of OpenSearch that scenes ask for. */
  servers: CreatedServers
}

interface Template {
  Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>
}

/** `cron(5 * * * ? *)` fires every hour, `cron(30 3 ? * MON *)` once a week, all others once a day. */
function timesPerDay(expression: string): number {
  const [, hour, , , weekday] = expression.replace(/^cron\(|\)$/g, '').split(' ')
  if (hour === '*') return 24
  return weekday === '*' || weekday === '?' ? 1 : 1 / 7
}

function metricsOf(alarm: Record<string, unknown>): number {
  const metrics = alarm['Metrics'] as { MetricStat?: unknown }[] | undefined
  return metrics ? metrics.filter(({ MetricStat }) => MetricStat).length : 1
}

/** Synthesizes the app for a context and counts its resources. Throws ConfigurationError for a bad context. */
export function countDeployed(context: Record<string, string>): Deployed {
  const outdir = mkdtempSync(join(tmpdir(), 'quartermaster-cost-'))
  try {
    const app = new App({ outdir, context, stackTraces: false })
    const { store, pipeline } = assemble(app)
    app.synth()
    const resources = [store, pipeline].flatMap(({ stackName }) => {
      const path = join(outdir, `${stackName}.template.json`)
      return Object.values((JSON.parse(readFileSync(path, 'utf8')) as Template).Resources)
    })
    const assets = readFileSync(join(outdir, `${pipeline.stackName}.assets.json`), 'utf8')
    const { dockerImages } = JSON.parse(assets) as { dockerImages: object }
    const resourcesOf = (type: string): Record<string, unknown>[] =>
      resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties ?? {})
    const functions = resourcesOf('AWS::Lambda::Function').map((properties) => {
      const { Variables } = properties['Environment'] as { Variables: Record<string, string> }
      const disk = properties['EphemeralStorage'] as { Size: number } | undefined
      const sizes = {
        memoryGib: (properties['MemorySize'] as number) / 1024,
        diskGib: ((disk?.Size ?? 512) - 512) / 1024,
      }
      return [Variables['POWERTOOLS_SERVICE_NAME']!, sizes] as const
    })
    const schedules = resourcesOf('AWS::Scheduler::Schedule').map((properties) => ({
      isRun: JSON.stringify(properties['Target']).includes('Machine'),
      perDay: timesPerDay(properties['ScheduleExpression'] as string),
    }))
    const perDay = (isRun: boolean): number =>
      schedules.filter((each) => each.isRun === isRun).reduce((sum, each) => sum + each.perDay, 0)
    const deployment = readDeployment((key) => app.node.tryGetContext(key))
    const { scenes, rawRetentionDays, lakeRetentionDays = null } = deployment
    const names = new Set<string>(functions.map(([name]) => name))
    // Stages share metrics, by name.
    const metrics: Metrics = Object.assign(
      {},
      ...stages.filter(({ stage }) => names.has(stage.name)).map(({ stage }) => stage.metrics),
    )
    const series = scenes.flatMap((scene) =>
      Object.values(metrics).map(({ of: by }) => (by === 'tier' ? tiersOf(scene).length : 1)),
    )
    return {
      functions: Object.fromEntries(functions),
      keys: resourcesOf('AWS::KMS::Key').length,
      secrets: resourcesOf('AWS::SecretsManager::Secret').length,
      alarmMetrics: resourcesOf('AWS::CloudWatch::Alarm')
        .map(metricsOf)
        .reduce((a, b) => a + b, 0),
      dashboards: resourcesOf('AWS::CloudWatch::Dashboard').length,
      images: Object.keys(dockerImages).length,
      eventSources: resourcesOf('AWS::Lambda::EventSourceMapping').length,
      customMetrics: series.reduce((a, b) => a + b, 0),
      runsPerDay: perDay(true),
      callsPerDay: perDay(false),
      rawRetentionDays,
      lakeRetentionDays,
      onlineDays: Math.max(...scenes.map(longestWindowMs)) / DAY_MS + 1,
      training: {
        instanceTypes: [...new Set(scenes.map(({ training }) => training.instanceType))],
        volumeGib: Math.max(...scenes.map(({ training }) => training.volumeGiB)),
      },
      servers: countServers(resourcesOf),
    }
  } finally {
    rmSync(outdir, { recursive: true, force: true })
  }
}
