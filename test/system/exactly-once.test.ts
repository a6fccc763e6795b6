import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { SageMakerClient, StopTrainingJobCommand } from '@aws-sdk/client-sagemaker'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Drop } from '../../cdk/cli/world/world.ts'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { checkExactlyOnce } from '../../functions/audit/check.ts'
import { exactlyOnceSchema } from '../../functions/contract/exactly-once.ts'
import { versionModelKey } from '../../functions/contract/keys.ts'
import { DECISION_SK, scenePk, type VersionRow } from '../../functions/contract/registry.ts'
import { HOUR_MS, isoSeconds } from '../../functions/contract/time.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { chooseBase } from '../../functions/train/plan.ts'
import { EIGHT_DAYS, garbage, HOURS, inBatches, timeOf } from './eight-days.ts'
import { command, type Outcome } from './operate.ts'
import { killAt, RARE_KILLS } from './rough-delivery.ts'
import { fireOnlyIn, openWorkshop, type Workshop, worldDrops } from './run-world.ts'

let workshop: Workshop
let cloud: Cloud
let versions: VersionRow[]
const ports = () => ({
  lake: cloud.lake,
  models: cloud.models,
  registry: openRegistry(cloud.registry, 'feed'),
})

/** What happens once, before the first drop at or after its time; what it answers is done after it. */
function events(): { atMs: number; run: () => Promise<(() => Promise<void>) | void> }[] {
  const { registry } = ports()
  const breakParent = async () => {
    const base = chooseBase(await registry.versions(), cloud.clock.now())!
    const key = versionModelKey('feed', base.version)
    const whole = await cloud.models.get(key)
    await cloud.models.put(key, whole.slice(0, whole.length >> 1))
    return () => cloud.models.put(key, whole)
  }
  return [
    { atMs: timeOf(4, 2, 31), run: breakParent },
    {
      atMs: timeOf(5, 20),
      run: () =>
        registry.exclude({
          fromMs: timeOf(5, 8),
          throughMs: timeOf(5, 11),
          timeMs: timeOf(5, 20),
          reason: 'a campaign that nobody may learn from',
        }),
    },
  ]
}

async function* roughly(drops: Iterable<Drop>): AsyncGenerator<Drop> {
  const planned = events()
  const undo: (() => Promise<void>)[] = []
  let n = 0
  const runs = cloud.declarations.schedules
    .filter(({ input }) => input?.includes('tier'))
    .map(({ name }) => name)
  // A tenth of a day, which teaches the rest; and a third of one, which teaches only with the next.
  const poison = [garbage(timeOf(1, 12, 3), 60), garbage(timeOf(6, 0, 20), 250)]
  for (const drop of drops) {
    for (const act of undo.splice(0)) await act()
    while (poison[0] && poison[0].arrivalMs <= drop.arrivalMs)
      yield { ...poison.shift()!, arrivalMs: Math.max(cloud.clock.now(), drop.arrivalMs) }
    while (planned[0] && planned[0].atMs <= drop.arrivalMs) {
      const after = await planned.shift()!.run()
      if (after) undo.push(after)
    }
    n++
    killAt(cloud, n, RARE_KILLS)
    if (n % 29 === 0) for (const name of runs) cloud.schedules.fireTwice(name)
    yield drop
  }
}

/** Stops the second daily's job while it runs, as a person in the console does. */
function stopOneJob(): () => void {
  const client = new SageMakerClient({
    endpoint: cloud.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'LOCALOPERATOR', secretAccessKey: 'local' },
  })
  const watch = setInterval(() => {
    const dailies = cloud
      .jobs()
      .filter(({ request }) => request.TrainingJobName.includes('-daily-'))
    const second = dailies[1]
    if (!second) return
    clearInterval(watch)
    client
      .send(new StopTrainingJobCommand({ TrainingJobName: second.request.TrainingJobName }))
      .catch(() => {})
  }, 10)
  return () => {
    clearInterval(watch)
    client.destroy()
  }
}

/** What a person does in the morning: the tier again, before anything new has come. */
function runAgain(): void {
  const { name } = cloud.declarations.functions.find(({ stage }) => stage === 'run')!
  const request = { scene: 'feed', tier: 'daily' }
  for (const minute of [40, 41])
    cloud.clock.at(timeOf(3, 5, minute), () => {
      const requestedTime = isoSeconds(timeOf(3, 5, minute))
      void cloud.functions.invoke(name, { ...request, requestedTime })
    })
}

beforeAll(async () => {
  workshop = await openWorkshop()
  cloud = await workshop.start(EIGHT_DAYS.startMs - 2 * HOUR_MS)
  fireOnlyIn(cloud, HOURS, EIGHT_DAYS)
  const done = stopOneJob()
  runAgain()
  // Once the last daily is there, and what grows on it.
  await workshop.replay(cloud, roughly(inBatches(worldDrops(EIGHT_DAYS))), timeOf(8, 4))
  done()
  versions = await ports().registry.versions()
}, 900_000)
afterAll(() => workshop?.end())

const settledAs = (status: VersionRow['status']): VersionRow[] =>
  versions.filter((version) => version.status === status)

describe('Eight days with faults', () => {
  test('The days contain kills, failed and stopped jobs, refusals and late lanes', async () => {
    const failures = Object.values(cloud.usage.stages()).reduce((sum, of) => sum + of.failures, 0)
    expect(failures).toBeGreaterThan(15)
    const ends = new Set(cloud.jobs().map(({ status }) => status))
    expect(ends).toEqual(new Set(['Completed', 'Failed', 'Stopped']))
    // The stopped one is not among them: it was tried again.
    expect(settledAs('failed').length).toBeGreaterThan(0)
    const decisions = await cloud.registry.query(scenePk('feed'), DECISION_SK)
    const refusals = decisions.filter(({ kind }) => kind === 'refusal')
    expect(refusals.map(({ reason }) => reason)).toContainEqual(
      expect.stringMatching(/were quarantined/),
    )
    expect(new Set(versions.map(({ tier }) => tier))).toEqual(new Set(['full', 'daily', 'hourly']))
  })

  test('Two runs retry a version with a stopped job only once', () => {
    const stopped = cloud.jobs().filter(({ status }) => status === 'Stopped')
    expect(stopped).toHaveLength(1)
    const { TrainingJobName: first } = stopped[0]!.request
    const again = cloud
      .jobs()
      .filter(({ request }) => request.TrainingJobName.startsWith(`${first}-`))
    expect(again.map(({ request, status }) => [request.TrainingJobName, status])).toEqual([
      [`${first}-a2`, 'Completed'],
    ])
    const row = versions.find(({ jobName }) => jobName === `${first}-a2`)!
    expect(row).toMatchObject({ status: 'accepted', scheduledMs: timeOf(3, 5, 40) })
    expect(versions.some(({ parent }) => parent === row.version)).toBe(true)
  })

  test('Killed work is repeated and leaves no dead letter', () => {
    expect(cloud.deadLetters()).toBe(0)
    expect(settledAs('started')).toEqual([])
  })

  test('Every accepted chain trains on every sample exactly once', async () => {
    const accepted = settledAs('accepted')
    const parents = new Set(accepted.map(({ parent }) => parent))
    const heads = accepted.filter(({ version }) => !parents.has(version))
    expect(heads.length).toBeGreaterThan(6)
    let late = 0
    let excluded = 0
    for (const { version } of heads) {
      const account = await checkExactlyOnce(ports(), 'feed', version)
      expect(account.violations, version).toEqual([])
      const { impressions, samples, sampledOut, waiting } = account
      expect(impressions).toBe(
        samples + sampledOut + account.excluded + waiting.nextDaily + waiting.dailyOfItsDay,
      )
      expect(samples).toBeGreaterThan(0)
      late += waiting.nextDaily + waiting.dailyOfItsDay
      excluded += account.excluded
    }
    expect(late).toBeGreaterThan(0)
    expect(excluded).toBeGreaterThan(0)
  }, 420_000)
})

const check = (...flags: string[]): Promise<Outcome> => command(cloud, 'check-lineage.ts', ...flags)

describe('The check-lineage command', () => {
  const places = () => [
    ...['--lake', cloud.lake.bucket, '--models', cloud.models.bucket],
    ...['--registry', cloud.registry.table],
  ]
  test('The check proves the served chain in one line or in full', async () => {
    const said = await check('--scene', 'feed', ...places())
    expect(said.err).toBe('')
    expect(said.code).toBe(0)
    expect(said.out).toMatch(/^exactly once: [\d,]+ samples of [\d,]+ impressions in \d+ versions/)
    const { lake, models, registry } = cloud
    const outputs = join(mkdtempSync(join(tmpdir(), 'outputs-')), 'outputs.json')
    const names = {
      LakeBucketOutput: lake.bucket,
      ModelsBucketOutput: models.bucket,
      RegistryTableOutput: registry.table,
    }
    writeFileSync(outputs, JSON.stringify({ Pipeline: {}, Store: names }))
    const json = await check('--scene', 'feed', '--json', '--outputs', outputs)
    rmSync(dirname(outputs), { recursive: true })
    expect(json.err).toBe('')
    expect(exactlyOnceSchema.parse(JSON.parse(json.out)).violations).toEqual([])
  })

  test('The check explains wrong arguments in one sentence', async () => {
    for (const [flags, sentence] of [
      [['--scene', 'feed'], /--lake is missing/],
      [places(), /--scene is missing/],
      [
        ['--scene', 'feed', '--outputs', '/no/such'],
        /--outputs \/no\/such: expected a file of cdk/,
      ],
      [['--scene', 'feed', '--version', 'full-x', ...places()], /full-x is not registered/],
      [
        ['--scene', 'ads', ...places()],
        /--scene ads: expected a scene with a served version, but nothing of it is served yet/,
      ],
      [['--nonsense'], /--nonsense/],
    ] as const) {
      const { code, out, err } = await check(...flags)
      expect(code, err).toBe(2)
      expect(out).toBe('')
      expect(err).toMatch(sentence)
      expect(err.trimEnd()).not.toContain('\n')
    }
  }, 420_000)

  test('The check exits with 1 and names the altered file', async () => {
    const { version } = (await ports().registry.current())!
    const { models, lake } = cloud
    const manifest = JSON.parse(
      Buffer.from(await models.get(`models/feed/${version}/manifest.json`)).toString(),
    )
    const { key } = manifest.sets[0].files[0]
    const whole = await lake.get(key)
    const altered = Uint8Array.from(whole)
    altered[altered.length >> 1]! ^= 1
    await lake.put(key, altered)
    const { code, err } = await check('--scene', 'feed', '--version', version!, ...places())
    await lake.put(key, whole)
    expect(code).toBe(1)
    expect(err).toContain(`${key}, which ${version} learned from, has another SHA-256`)
  })
})
