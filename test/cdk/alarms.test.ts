import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { RUNBOOK } from '../../cdk/alarms.ts'
import { readDeployment } from '../../cdk/config.ts'
import { METRICS, type MetricName } from '../../cdk/rooms.ts'
import { REFUSAL_REASONS } from '../../functions/contract/events.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { ageBoundMs, lagMs, servedBoundMs } from '../../functions/registry/timetable.ts'
import { readmeBlock } from '../readme/blocks.ts'
import { mirroredSceneFile } from './mirrored-scene.ts'
import { ofType, type Resource, resourcesOf, shortName, synthesize } from './synthesized.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const source = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const { scenes } = readDeployment((key) => (key === 'scenes' ? 'feed,movielens' : undefined))
const [feed, movielens] = scenes as [(typeof scenes)[number], (typeof scenes)[number]]

/** A section by its anchor, as GitHub makes it of a heading. */
const runbook = new Map(
  source(RUNBOOK)
    .split(/^#{2,3} /m)
    .slice(1)
    .map((section) => {
      const [heading = ''] = section.split('\n')
      const anchor = heading
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-')
      return [anchor, section]
    }),
)

let pipeline: Resource[]
let alarms: { name: string; properties: Record<string, unknown> }[]
beforeAll(() => {
  pipeline = resourcesOf(
    synthesize({ scenes: 'feed,movielens,assistant', sceneFile: mirroredSceneFile() }),
    'Pipeline',
  )
  alarms = ofType(pipeline, 'AWS::CloudWatch::Alarm').map(({ id, properties }) => ({
    name: id.replace(/[0-9A-F]{8}$/, ''),
    properties,
  }))
})
const ageAlarms = (scene: string) =>
  Object.fromEntries(
    alarms
      .filter(({ name }) => name.startsWith(`Watch${scene}`) && name.endsWith('AgeAlarm'))
      .map(({ name, properties }) => [name.slice(`Watch${scene}`.length), properties['Threshold']]),
  )

describe('Alarms', () => {
  test('The pipeline has an alarm for every failure, refusal and stale model', () => {
    const ofScene = (scene: string, ...tiers: string[]) =>
      [
        ...[
          'Refusal',
          'Rollback',
          'DropsRefused',
          'HourExcluded',
          'NearLineDelay',
          'ServedAge',
          'ValuesAge',
          'Parity',
        ],
        ...tiers.map((tier) => `${tier}Age`),
      ].map((what) => `Watch${scene}${what}Alarm`)
    expect(alarms.map(({ name }) => name).sort()).toEqual(
      [
        'DeadLettersFilledAlarm',
        'FeaturesFailedValuesFilledAlarm',
        'GraphFailedChunksFilledAlarm',
        'IntakeDropsAgeAlarm',
        'IntakeFailedDropsFilledAlarm',
        'JudgeFailedAlarm',
        'RunFailedAlarm',
        'SearchIndexFailedDocumentsFilledAlarm',
        'SearchIndexFailedMirrorsFilledAlarm',
        'SearchIndexRebuildFailedAlarm',
        'WatchLostDropsAlarm',
        'WatchReportMissingAlarm',
        'WatchRunMissingAlarm',
        ...['Lease', 'PlacementAge', 'SpaceRefused'].map((what) => `Watchfeed${what}Alarm`),
        ...ofScene('assistant', 'full', 'daily', 'hourly'),
        ...['PlacementAge', 'SpaceRefused', 'DocumentsUnreadable'].map(
          (what) => `Watchassistant${what}Alarm`,
        ),
        ...ofScene('feed', 'full', 'daily', 'hourly'),
        ...ofScene('movielens', 'full', 'daily'),
        ...ofScene('search', 'full', 'daily', 'hourly'),
        ...['Lease', 'IndexDelay', 'IndexRefused', 'GraphRefused'].flatMap((what) =>
          ['assistant', 'search'].map((scene) => `Watch${scene}${what}Alarm`),
        ),
      ].sort(),
    )
  })

  test('Alarms use one topic, and only alarms of this account may publish', () => {
    for (const { name, properties } of alarms) {
      const [action] = properties['AlarmActions'] as { Ref: string }[]
      expect(action!.Ref, name).toMatch(/^AlarmsTopic/)
    }
    const [policy] = ofType(pipeline, 'AWS::SNS::TopicPolicy')
    const { Statement } = policy!.properties['PolicyDocument'] as {
      Statement: Record<string, unknown>[]
    }
    const allowed = Statement.filter(({ Effect }) => Effect === 'Allow')
    expect(allowed).toHaveLength(1)
    expect(allowed[0]).toMatchObject({
      Action: 'sns:Publish',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    })
  })

  test('Every alarm links to a runbook section that explains what to do', () => {
    for (const { name, properties } of alarms) {
      const [, anchor] = /What to do: cdk\/RUNBOOK\.md#([a-z-]+)$/.exec(
        properties['AlarmDescription'] as string,
      )!
      const section = runbook.get(anchor!)
      expect(section, `${name}: #${anchor}`).toBeDefined()
      for (const part of ['**What it means.**', '**Look at.**', '**Do.**', '**By itself.**'])
        expect(section, `#${anchor}`).toContain(part)
      expect(section, `#${anchor}`).toMatch(/```sh\n(aws|npm|npx|logs|rows|run|metric) /)
    }
  })

  test('The README shows alarm descriptions exactly as they are deployed', () => {
    const spoken = alarms.map(({ properties }) => properties['AlarmDescription'])
    const shown = readmeBlock('Alarms, dashboard and logs', 'RUNBOOK.md#stale-model').split('\n')
    expect(spoken).toEqual(expect.arrayContaining(shown))
  })

  test('The age alarm threshold is the scheduled age plus one missed run', () => {
    expect(ageAlarms('feed')).toEqual({
      // Monday 03:30 sees days through midnight; the next comes in 7 days, and may be a day late.
      fullAgeAlarm: (3.5 + 7 * 24 + 24) * 3600,
      dailyAgeAlarm: (2.5 + 24 + 24) * 3600,
      // 12:05 sees hours through 11:00: the next hour waits for its stragglers until 13:00.
      hourlyAgeAlarm: (65 + 60 + 60) * 60,
      ServedAgeAlarm: (65 + 60 + 60) * 60,
      // An hour waits 60 minutes, a run comes each hour, and one may be skipped.
      ValuesAgeAlarm: (60 + 3 * 60) * 60,
      PlacementAgeAlarm: (60 + 3 * 60) * 60,
    })
    expect(ageAlarms('movielens')).toEqual({
      fullAgeAlarm: (3.5 + 7 * 24 + 24) * 3600,
      dailyAgeAlarm: (2.5 + 24 + 24) * 3600,
      ServedAgeAlarm: (2.5 + 24 + 24) * 3600,
      ValuesAgeAlarm: (60 + 3 * 60) * 60,
    })
  })

  test('Age alarms ignore missing data, but missing runs or reports raise alarms', () => {
    for (const { name, properties } of alarms) {
      const silence = /AgeAlarm$/.test(name) && name.startsWith('Watch') ? 'ignore' : 'notBreaching'
      const expected = /(Run|Report)MissingAlarm$/.test(name) ? 'breaching' : silence
      expect(properties['TreatMissingData'], name).toBe(expected)
    }
    const report = alarms.find(({ name }) => name === 'WatchReportMissingAlarm')!
    expect(report.properties).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      EvaluationPeriods: 26,
    })
  })
})

describe('Age bounds', () => {
  test('The age bound follows the lateness, the maturity and the schedule hour', () => {
    expect(lagMs(feed, 'hourly')).toBe(HOUR_MS + 5 * MINUTE_MS)
    const patient = { ...feed, latenessMinutes: 180 }
    // At 12:05 the hour that ended at 09:00 has had its three hours.
    expect(lagMs(patient, 'hourly')).toBe(3 * HOUR_MS + 5 * MINUTE_MS)
    // At 02:30 the day before is not closed yet: the one before that is the last whole day.
    expect(lagMs(patient, 'daily')).toBe(DAY_MS + 2.5 * HOUR_MS)
    const late = { ...feed, tiers: { ...feed.tiers, daily: { ...feed.tiers.daily, hourUtc: 22 } } }
    expect(lagMs(late, 'daily')).toBe(22.5 * HOUR_MS)
    expect(ageBoundMs(late, 'daily') - lagMs(late, 'daily')).toBe(2 * DAY_MS)
    expect(servedBoundMs(movielens)).toBe(ageBoundMs(movielens, 'daily'))
  })

  test('The age bound of a scene grows by its quiet hours', () => {
    const hourly = { ...feed.tiers.hourly!, quietHours: 7 }
    const sleepy = { ...feed, tiers: { ...feed.tiers, hourly } }
    expect(ageBoundMs(sleepy, 'hourly') - ageBoundMs(feed, 'hourly')).toBe(7 * HOUR_MS)
    expect(servedBoundMs(sleepy)).toBe(ageBoundMs(sleepy, 'hourly'))
    expect(ageBoundMs(sleepy, 'daily')).toBe(ageBoundMs(feed, 'daily'))
  })
})

describe('The runbook', () => {
  test('The runbook covers every gate and every reason to refuse a drop', () => {
    const gates = ['functions/evaluate', 'functions/train']
      .flatMap((room) => readdirSync(join(ROOT, room)).map((file) => `${room}/${file}`))
      .filter((path) => path.endsWith('.ts'))
      .map(source)
      .flatMap((text) => [...text.matchAll(/gate(?::| =) '([a-z-]+)'/g)])
      .map(([, gate]) => gate!)
    expect(new Set(gates).size).toBeGreaterThanOrEqual(8)
    for (const gate of gates) expect(runbook.get(gate), gate).toContain('**By itself.**')
    for (const reason of REFUSAL_REASONS)
      expect(runbook.get('drops-refused'), reason).toContain(`\`${reason}\``)
  })

  test('The runbook names only metrics and stack outputs that exist', () => {
    const text = source(RUNBOOK)
    const named = [...text.matchAll(/\bmetric ([A-Z]\w+)/g)].map(([, name]) => name!)
    expect(named.length).toBeGreaterThan(2)
    for (const name of named) expect(Object.keys(METRICS), name).toContain(name)
    const outputs = new Set(
      ['store-stack', 'pipeline-stack'].flatMap((file) =>
        [...source(`cdk/${file}.ts`).matchAll(/#output\(\s*'(\w+)'/g)].map(
          ([, id]) => `${id}Output`,
        ),
      ),
    )
    for (const table of ['Registry', 'Online']) outputs.add(`${table}TableOutput`)
    for (const [, output] of text.matchAll(/\b(\w+Output)\b/g))
      expect([...outputs], output).toContain(output)
  })
})

describe('Runbook commands', () => {
  const blocks = [...source(RUNBOOK).matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block!)
  const inline = [...source(RUNBOOK).matchAll(/`(aws [^`]+)`/g)].map(([, command]) => command!)

  test('A shell can parse every command of the runbook', () => {
    expect(blocks.length).toBeGreaterThan(20)
    const { stderr } = spawnSync('bash', ['-n'], {
      input: [...blocks, ...inline].join('\n'),
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
  })

  test('Each runbook command names exactly one resource of the pipeline', () => {
    const text = blocks.join('\n')
    const parts = [...text.matchAll(/\bpart ([A-Z]\w+) (AWS::\w+::\w+)/g)].map(
      ([, id, type]) => [id!, type!] as const,
    )
    const logs = [...text.matchAll(/\blogs ([A-Z]\w+)/g)].map(
      ([, id]) => [id!, 'AWS::Logs::LogGroup'] as const,
    )
    expect(parts.length).toBeGreaterThan(5)
    expect(logs.length).toBeGreaterThan(5)
    for (const [id, type] of [...parts, ...logs])
      expect(
        ofType(pipeline, type).filter((found) => found.id.startsWith(id)),
        `${id} ${type}`,
      ).toHaveLength(1)
  })
})

describe('The dashboard', () => {
  /** Metrics by namespace and name, of every widget. */
  function drawn(): string[][] {
    const [board] = ofType(pipeline, 'AWS::CloudWatch::Dashboard')
    const body = board!.properties['DashboardBody'] as { 'Fn::Join': [string, unknown[]] }
    const text = body['Fn::Join'][1]
      .map((part) => (typeof part === 'string' ? part : shortName(part)))
      .join('')
    const { widgets } = JSON.parse(text) as { widgets: { properties: { metrics?: unknown[][] } }[] }
    return widgets.flatMap(({ properties }) => (properties.metrics ?? []) as string[][])
  }

  test('The dashboard draws every metric of every scene and tier', () => {
    const ours = drawn().filter(([namespace]) => namespace === 'Quartermaster')
    const series = new Set(
      ours.map((metric) => metric.filter((part) => typeof part === 'string').join(' ')),
    )
    for (const name of Object.keys(METRICS) as MetricName[])
      if (METRICS[name].of === 'scene')
        // The feed has a space, another scene a mirrored index, and the last one answers.
        expect(
          ['search', 'feed', 'assistant'].some((scene) =>
            series.has(`Quartermaster ${name} scene ${scene}`),
          ),
          name,
        ).toBe(true)
      else
        for (const tier of ['full', 'daily', 'hourly'])
          expect(series).toContain(`Quartermaster ${name} scene search tier ${tier}`)
    expect([...series].filter((one) => one.includes('scene movielens tier hourly'))).toEqual([])
  })

  test('The dashboard draws function errors and durations, queue ages and flow failures', () => {
    const count = (namespace: string, name: string): number =>
      drawn().filter(([of, metric]) => of === namespace && metric === name).length
    const functions = ofType(pipeline, 'AWS::Lambda::Function').length
    expect(count('AWS/Lambda', 'Errors')).toBe(functions)
    expect(count('AWS/Lambda', 'Duration')).toBe(functions)
    const queues = ofType(pipeline, 'AWS::SQS::Queue').length
    expect(count('AWS/SQS', 'ApproximateAgeOfOldestMessage')).toBe(queues)
    expect(count('AWS/States', 'ExecutionsFailed')).toBe(3)
  })
})
