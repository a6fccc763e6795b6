import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { embedMetrics } from '../../functions/core/metrics.ts'

const METRICS = {
  AcceptedAge: { of: 'tier', unit: 'Seconds' },
  ServedAge: { of: 'scene', unit: 'Seconds' },
  Flips: { of: 'scene', unit: 'Count' },
} as const

const ROOT = join(import.meta.dirname, '..', '..')
/** The lines that a program prints through a stage's log, those of warnings and errors last. */
function linesOf(program: string): Record<string, unknown>[] {
  const source = `import { stageLog } from './functions/core/log.ts'
    import * as intake from './functions/intake/stages.ts'
    const log = stageLog(intake.intake, 'Quartermaster/dev'); ${program}`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    },
  })
  return (stdout + stderr)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('A metric', () => {
  test('A metric has its own dimensions, its declared unit and its value', () => {
    expect(
      embedMetrics(
        'Quartermaster',
        METRICS,
        { scene: 'feed', tier: 'daily' },
        { AcceptedAge: 90_000, ServedAge: 3600, Flips: 1 },
      ),
    ).toEqual({
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: 'Quartermaster',
            Dimensions: [['scene']],
            Metrics: [
              { Name: 'ServedAge', Unit: 'Seconds' },
              { Name: 'Flips', Unit: 'Count' },
            ],
          },
          {
            Namespace: 'Quartermaster',
            Dimensions: [['scene', 'tier']],
            Metrics: [{ Name: 'AcceptedAge', Unit: 'Seconds' }],
          },
        ],
      },
      scene: 'feed',
      tier: 'daily',
      AcceptedAge: 90_000,
      ServedAge: 3600,
      Flips: 1,
    })
  })

  test('A metric without its tier, or with no number, is refused', () => {
    expect(() => embedMetrics('Q', METRICS, { scene: 'feed' }, { AcceptedAge: 1 })).toThrow(
      'AcceptedAge: got no tier, expected one for a metric by tier',
    )
    expect(() => embedMetrics('Q', METRICS, { scene: 'feed' }, { Flips: Number.NaN })).toThrow(
      'Flips: got NaN, expected a finite number',
    )
  })

  test('A metric that its stage does not declare is refused', () => {
    expect(() => embedMetrics('Q', METRICS, { scene: 'feed' }, { Skips: 1 })).toThrow(
      'Skips: this stage declares no such metric',
    )
  })
})

describe('A log', () => {
  test('A log line carries its metrics with the time for CloudWatch', () => {
    const beforeMs = Date.now()
    const [line] = linesOf(
      "log.measure('drop taken in', { scene: 'feed' }, { RecordsAccepted: 7 }, { drop: 'd' })",
    )
    const { Timestamp, CloudWatchMetrics } = line!['_aws'] as {
      Timestamp: number
      CloudWatchMetrics: { Namespace: string }[]
    }
    expect(Timestamp).toBeGreaterThanOrEqual(beforeMs)
    expect(Timestamp).toBeLessThanOrEqual(Date.now())
    expect(CloudWatchMetrics[0]!.Namespace).toBe('Quartermaster/dev')
    expect(line).toMatchObject({
      level: 'INFO',
      message: 'drop taken in',
      service: 'quartermaster-intake',
      xray_trace_id: '1-5759e988-bd862e3fe1be46a994272793',
      scene: 'feed',
      drop: 'd',
      RecordsAccepted: 7,
    })
  })

  test('A log line repeats its subject until the subject changes', () => {
    const lines = linesOf(`
      log.follow('first', { scene: 'feed' })
      log.info('a', { n: 1 })
      log.error('b', { error: new Error('broken') })
      log.follow('second')
      log.warn('c')`)
    expect(lines[0]).toMatchObject({ correlation_id: 'first', scene: 'feed', n: 1 })
    expect(lines[1]).toMatchObject({
      correlation_id: 'first',
      error: { name: 'Error', message: 'broken' },
    })
    expect(lines[1]).not.toHaveProperty('n')
    expect(lines[2]).toMatchObject({ correlation_id: 'second', level: 'WARN' })
    expect(lines[2]).not.toHaveProperty('scene')
    expect(lines.some((line) => '_aws' in line)).toBe(false)
  })
})
