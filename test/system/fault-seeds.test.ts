import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Cloud } from '../../cdk/local/cloud.ts'
import type { BusEvent } from '../../cdk/local/ports.ts'
import { checkExactlyOnce } from '../../functions/audit/check.ts'
import { closingAccountSchema, dropManifestSchema } from '../../functions/contract/accounts.ts'
import { versionModelKey } from '../../functions/contract/keys.ts'
import type { VersionRow } from '../../functions/contract/registry.ts'
import { getJson } from '../../functions/core/objects.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { type Fault, type FaultyProxy, openFaultyProxy } from '../local/faulty-proxy.ts'
import { disturb, killNextJob, nothingHappened } from './disturbances.ts'
import { fewDays, playFewDays, START_MS } from './few-days.ts'
import { digestsOf, openWorkshop, rowsOf, screenedScene, type Workshop } from './run-world.ts'
import { keepProcessesWarm, type WarmProcesses } from './warm-processes.ts'

const steps = fewDays()
const happened = nothingHappened()
let failures = 0

let folder: string
let workshop: Workshop
let proxy: FaultyProxy
let warm: WarmProcesses
/** What happens to a request of a function. */
let faultOf: (request: Parameters<Parameters<typeof openFaultyProxy>[1]>[0]) => Fault | null
let calm: Awaited<ReturnType<typeof stateOf>>

async function withCloud<T>(use: (cloud: Cloud) => Promise<T>): Promise<T> {
  const processes = { endpointUrl: proxy.url, start: warm.start }
  const cloud = await workshop.start(START_MS, { processes })
  proxy.leadTo(cloud.url)
  try {
    return await use(cloud)
  } finally {
    faultOf = () => null
    await cloud.close()
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'warm-'))
  warm = keepProcessesWarm(folder)
  faultOf = () => null
  proxy = await openFaultyProxy('http://127.0.0.1:1', (request) => faultOf(request))
  workshop = await openWorkshop(screenedScene())
  calm = await withCloud(async (cloud) => {
    await playFewDays(cloud, steps)
    return stateOf(cloud)
  })
}, 580_000)
afterAll(async () => {
  await warm?.end()
  await proxy?.close()
  await workshop?.end()
  rmSync(folder, { recursive: true, force: true })
})

/** Which attempt trained a version is the one thing that a fault may change. */
const withoutAttempt = ({ jobName: _, restarts: __, ...row }: Record<string, unknown>) => row

/** All that stands after the last run: objects, but for the jobs' own, and rows. */
async function stateOf(cloud: Cloud) {
  const models = Object.entries(await digestsOf(cloud.models, ''))
  const registry = Object.entries(await rowsOf(cloud, cloud.registry.table))
  return {
    lake: await digestsOf(cloud.lake, ''),
    quarantine: await digestsOf(cloud.quarantine, ''),
    models: Object.fromEntries(models.filter(([key]) => !/\/(jobs|checkpoints)\//.test(key))),
    registry: Object.fromEntries(registry.map(([key, row]) => [key, withoutAttempt(row)])),
    online: await rowsOf(cloud, cloud.online.table),
  }
}
const versionsOf = (cloud: Cloud): Promise<VersionRow[]> =>
  openRegistry(cloud.registry, 'feed').versions()

/** What was read of the drops, and what became of it. */
async function accountsOf({ lake }: Cloud) {
  const keys = (await lake.list('manifests/')).map(({ key }) => key)
  const drops = await Promise.all(
    keys
      .filter((key) => key.includes('/drops/'))
      .map((key) => getJson(lake, key, dropManifestSchema)),
  )
  const closings = await Promise.all(
    keys
      .filter((key) => /\/account-\d+\.json$/.test(key))
      .map((key) => getJson(lake, key, closingAccountSchema)),
  )
  return { drops, hours: closings.flatMap(({ hours }) => hours) }
}
const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)
const sumOf = (counts: Readonly<Record<string, number>>): number => sum(Object.values(counts))

describe('Days without a fault', () => {
  test('Calm days train and release all tiers despite late and broken lines', async () => {
    const rows = Object.entries(calm.registry)
    const versions = rows.filter(([key]) => key.includes(' VERSION#')).map(([, row]) => row)
    expect(versions.map(({ tier, status }) => `${tier} ${status}`).sort()).toEqual([
      'daily accepted',
      'full accepted',
      'hourly accepted',
      'hourly accepted',
      'hourly accepted',
    ])
    expect(rows.filter(([key]) => key.includes(' RELEASE#'))).toHaveLength(5)
    expect(Object.keys(calm.quarantine)).toHaveLength(1)
    // One row for each of 50 users and 30 items, and more.
    expect(Object.keys(calm.online).length).toBeGreaterThan(80)
  })
})

describe('a few days of one request in fifty faulty, kills and repetitions', () => {
  test.each([1, 2, 3, 4, 5])(
    'Faulty days with seed %d end like days without a fault',
    async (seed) => {
      await withCloud(async (cloud) => {
        const { before, timesOf, watchJobs, ...disturbances } = disturb(seed, happened)
        faultOf = disturbances.faultOf
        cloud.bus.deliverTimes(timesOf)
        const stop = seed % 2 === 0 ? watchJobs() : () => {}
        await playFewDays(cloud, steps, (step) => before(cloud, step), timesOf)
        stop()
        faultOf = () => null
        failures += sum(Object.values(cloud.usage.stages()).map((stage) => stage.failures))

        expect(cloud.deadLetters()).toBe(0)
        expect(cloud.executions().filter(({ status }) => status !== 'SUCCEEDED')).toEqual([])
        const state = await stateOf(cloud)
        for (const part of ['lake', 'quarantine', 'models', 'registry', 'online'] as const)
          expect(state[part], part).toEqual(calm[part])

        const { drops, hours } = await accountsOf(cloud)
        for (const { read, accepted, quarantined } of drops)
          expect(read).toBe(accepted + sumOf(quarantined))
        for (const { accepted, kept, duplicates, excluded } of hours)
          expect(accepted).toBe(kept + duplicates + sumOf(excluded))
        const { lake, models } = cloud
        const registry = openRegistry(cloud.registry, 'feed')
        const version = (await registry.current())!.version!
        const audit = await checkExactlyOnce({ lake, models, registry }, 'feed', version)
        expect(audit.violations).toEqual([])
        expect(audit.samples).toBeGreaterThan(0)
      })
    },
    300_000,
  )

  test('The faulty days contain every kind of fault', () => {
    const { error, throttle, cut, 'lost answer': lost, unprocessed } = happened.faults
    for (const count of [error, throttle, cut, lost]) expect(count).toBeGreaterThan(5)
    expect(error + throttle + cut + lost + unprocessed).toBeGreaterThan(60)
    expect(failures).toBeGreaterThan(10)
    expect(happened.repeated).toBeGreaterThan(10)
    if (process.platform === 'linux') expect(happened.killedJobs).toBeGreaterThan(0)
  })
})

describe('Interrupted trainings', () => {
  test('The next plan judges an unreported end, and killed training restarts', async () => {
    await withCloud(async (cloud) => {
      const ends: string[] = []
      const isLost = ({ source, detail }: BusEvent): boolean => {
        if (source !== 'aws.sagemaker' || detail['TrainingJobStatus'] === 'InProgress') return false
        ends.push(String(detail['TrainingJobName']))
        return ends.length === 1
      }
      cloud.bus.deliverTimes((event) => (isLost(event) ? 0 : 1))
      const machineOf = (name: string) =>
        cloud.executions().filter(({ stateMachineArn }) => stateMachineArn.includes(name))
      const killed = nothingHappened()
      let stop = () => {}
      let runs = 0
      await playFewDays(cloud, steps, (step) => {
        if (!('tier' in step)) return
        runs++
        // Nobody has judged the full before the hourly run plans.
        if (runs === 2) expect(machineOf('Judge')).toEqual([])
        if (runs === 3) stop = killNextJob(0, killed)
      })
      stop()

      const versions = await versionsOf(cloud)
      const full = versions.find(({ tier }) => tier === 'full')!
      const daily = versions.find(({ tier }) => tier === 'daily')!
      expect(full).toMatchObject({ status: 'accepted', restarts: 0 })
      expect(daily).toMatchObject({ status: 'accepted', parent: full.version })
      if (process.platform === 'linux') {
        expect(killed.killedJobs).toBe(1)
        expect(daily).toMatchObject({ restarts: 1, jobName: expect.stringMatching(/-a2$/) })
      }
      expect(versions.filter(({ status }) => status === 'started')).toEqual([])
      expect(machineOf('Judge').every(({ status }) => status === 'SUCCEEDED')).toBe(true)
      const digests = await digestsOf(cloud.models, 'models/feed/')
      for (const { version } of [full, daily]) {
        const key = versionModelKey('feed', version)
        expect(digests[key], key).toBe(calm.models[key])
      }
    })
  }, 420_000)
})

describe('A non-event message', () => {
  test('A non-event message becomes a dead letter after one try', async () => {
    await withCloud(async (cloud) => {
      const queue = (name: RegExp) =>
        cloud.queues.list().find(({ declaration }) => name.test(declaration.name))!
      const before = cloud.clock.now()
      queue(/IntakeDrops/).send({ body: 'no event', attributes: {} })
      await cloud.clock.advanceTo(before + 1)
      expect(queue(/FailedDrops/).counts().visible).toBe(1)
      expect(queue(/IntakeDrops/).counts()).toMatchObject({ visible: 0, hidden: 0 })
      expect(cloud.usage.stages()['intake']!.invocations).toBe(1)
      cloud.schedules.close()
    })
  }, 420_000)
})
