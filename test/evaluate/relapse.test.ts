import { describe, expect, test } from 'vitest'
import { versionEvaluationKey } from '../../functions/contract/keys.ts'
import { scenePk } from '../../functions/contract/registry.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { evaluateJob } from '../../functions/evaluate/evaluate.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { fallBack } from '../../functions/release/fall-back.ts'
import { withdraw } from '../../functions/release/withdraw.ts'
import { retryAfterEveryKill, type Wrap } from '../make/breaking.ts'
import { currentRow, leaveOutputs, makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { MODEL, releaseOf, versionPorts } from '../make/releases.ts'
import { makeScene } from '../make/scene.ts'

const base = makeVersion(1, { modelSha256: sha256Hex(MODEL) })
const hour = (n: number, fields = {}) =>
  makeVersion(1, {
    version: `hourly-20260106${String(n).padStart(2, '0')}-0000000${n}`,
    tier: 'hourly',
    base: base.version,
    parent: base.version,
    executor: 'lambda',
    fence: 3,
    dataFromMs: base.dataThroughMs + (n - 1) * HOUR_MS,
    dataThroughMs: base.dataThroughMs + n * HOUR_MS,
    ...fields,
  })
const named = (version: string) => `qm-feed-${version}`
const served = hour(1)
const candidate = hour(2, {
  parent: served.version,
  status: 'started',
  modelKey: null,
  modelSha256: null,
  jobName: named('hourly-2026010602-00000002'),
})
const timeMs = candidate.dataThroughMs + HOUR_MS
const event = {
  time: new Date(timeMs).toISOString(),
  detail: { TrainingJobName: candidate.jobName, TrainingJobStatus: 'Completed' },
}
type Predict = (n: number, label: number) => number
const good: Predict = (_, label) => (label ? 0.7 : 0.1)
const bad: Predict = (_, label) => (label ? 0.3 : 0.6)

async function makeWorld(servedPredicts = bad, basePredicts = good) {
  const models = memoryObjects('models')
  const table = memoryTable()
  const registry = openRegistry(table, 'feed')
  for (const row of [base, served, candidate]) await registry.register(row)
  models.drop(base.modelKey!, MODEL)
  await registry.prepare(releaseOf(1, served, base))
  const lease = { owner: 'hourly run', untilMs: timeMs + HOUR_MS }
  await registry.change(currentRow({ version: served.version, fence: 3, lease }), null)
  const { result } = await leaveOutputs(models, served)
  const evaluation = {
    result,
    verdicts: [],
    served: null,
    trial: null,
    verdict: 'accepted',
    reason: '',
  }
  models.drop(versionEvaluationKey('feed', served.version), JSON.stringify(evaluation))
  await leaveOutputs(models, candidate, {
    ours: good,
    others: { [served.version]: servedPredicts, [base.version]: basePredicts },
  })
  return { models, table, registry }
}
type World = Awaited<ReturnType<typeof makeWorld>>

/** What the flow does with the end of a training: judge, then carry the judgement out. */
async function judge(world: World, wrap: Wrap = (port) => port) {
  const { models, table } = world
  const registry = () => openRegistry(wrap(table), 'feed')
  const judgement = await evaluateJob(wrap(models), registry, () => makeScene(), event)
  if (judgement.verdict === 'relapsed')
    await fallBack(versionPorts(world, wrap), judgement.version, judgement.reason, judgement.timeMs)
  if (judgement.verdict === 'withdrawn')
    await withdraw(registry(), judgement.version, judgement.reason, judgement.timeMs)
  return judgement
}
const stateOf = async ({ models, table }: World) => [
  await table.query(scenePk('feed'), ''),
  [...models.contents].sort(),
]

describe('A served chain that relapses', () => {
  test('A relapsed chain is replaced by its base and rests automatically', async () => {
    const world = await makeWorld()
    const judgement = await judge(world)
    expect(judgement.verdict).toBe('relapsed')
    expect(judgement.reason).toMatch(
      new RegExp(
        `^served ${served.version}: .*against ${base.version}.*: significantly worse, by more than .* allowed$`,
      ),
    )
    expect(await world.registry.current()).toMatchObject({
      sequence: 2,
      version: base.version,
      lease: null,
    })
    expect(await world.registry.holds()).toMatchObject([{ subject: base.version, isHeld: true }])
    expect(await world.registry.version(candidate.version)).toMatchObject({ status: 'refused' })
  })

  test('A served chain stays when it is as good as its base', async () => {
    const world = await makeWorld(good)
    expect((await judge(world)).verdict).toBe('accepted')
    expect(await world.registry.current()).toMatchObject({ sequence: 1, version: served.version })
  })

  test('A chain is withdrawn with a base worse than a constant', async () => {
    const world = await makeWorld(bad, bad)
    const { verdict, reason } = await judge(world)
    expect(verdict).toBe('withdrawn')
    expect(reason).toMatch(
      /^served hourly.*\(99\.8 % interval.*against the constant 10\.00 %.*: significantly worse$/,
    )
    expect(await world.registry.current()).toMatchObject({ version: null, sequence: 1 })
    expect(await world.registry.version(base.version)).toMatchObject({ status: 'refused' })
    expect(await world.registry.version(candidate.version)).toMatchObject({ status: 'refused' })
  })

  test('A relapse is judged once, and a retry repeats the verdict', async () => {
    const calm = await makeWorld()
    await judge(calm)
    const expected = await stateOf(calm)
    const calls = await retryAfterEveryKill(makeWorld, judge, stateOf, (found, n) =>
      expect(found, `killed at call ${n}`).toEqual(expected),
    )
    expect(calls).toBeGreaterThan(10)
  })
})
