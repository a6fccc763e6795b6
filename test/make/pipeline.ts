import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Drop } from '../../cdk/cli/world/world.ts'
import { closeTask } from '../../functions/closing/close.ts'
import { rawKey, versionManifestKey } from '../../functions/contract/keys.ts'
import type { SampleRow } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { DAY_MS, floorDay, HOUR_MS, isoSeconds, MINUTE_MS } from '../../functions/contract/time.ts'
import {
  OWN_STATE,
  type RunRequest,
  runPlanSchema,
  type Tier,
  versionManifestSchema,
} from '../../functions/contract/training.ts'
import { getJson } from '../../functions/core/objects.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import type { TableRow } from '../../functions/core/tables.ts'
import type { ErasePorts } from '../../functions/erase/step.ts'
import { evaluateJob, type Judgement } from '../../functions/evaluate/evaluate.ts'
import { intakeDrop } from '../../functions/intake/intake.ts'
import { openRegistry, type Registry } from '../../functions/registry/registry.ts'
import { closingMinute } from '../../functions/registry/timetable.ts'
import { fallBack } from '../../functions/release/fall-back.ts'
import { PARTS, VERSION_PARTS } from '../../functions/release/parts/list.ts'
import { type Released, releaseVersion } from '../../functions/release/release.ts'
import { withdraw } from '../../functions/release/withdraw.ts'
import { makeSamples } from '../../functions/samples/make.ts'
import { recipeOf } from '../../functions/samples/recipe.ts'
import { trainIncrement } from '../../functions/train/increment.ts'
import { planRun } from '../../functions/train/plan-run.ts'
import { type Started, startTraining } from '../../functions/train/start.ts'
import { foldAll } from './fold-all.ts'
import { type MemoryObjects, memoryObjects } from './memory-objects.ts'
import { memoryScan } from './memory-scan.ts'
import { memoryTable } from './memory-table.ts'
import { screenAll } from './screen-all.ts'

const CODE = { samples: 's', trainer: 't', trainerState: OWN_STATE, hasIncrementFunction: true }
const PLACE = { modelsBucket: 'models', modelsKey: 'key', image: 'image', role: 'role' }
const CARRIED_OUT = ['accepted', 'promoted', 'relapsed', 'withdrawn']
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']

export interface Pipeline {
  lake: MemoryObjects
  models: MemoryObjects
  registry: Registry
  /** Plays drops and the schedules between them, up to an instant. */
  play(drops: Iterable<Drop>, fromMs: number, throughMs: number): Promise<void>
  samplesOf(version: string): Promise<SampleRow[]>
  /** Rows of the tables, and what an erasure works on. */
  tables: Record<'online' | 'registry', Map<string, TableRow>>
  stores: ErasePorts
}
export const IDENTITY_KEY = 'the identity secret'

/** When a scene's tiers run between two instants, in order of time. */
function runsBetween({ tiers }: Scene, fromMs: number, throughMs: number) {
  const runs: (readonly [atMs: number, tier: Tier])[] = []
  for (let dayMs = floorDay(fromMs); dayMs <= throughMs; dayMs += DAY_MS) {
    const at = ({ hourUtc, minuteUtc }: { hourUtc: number; minuteUtc: number }): number =>
      dayMs + hourUtc * HOUR_MS + minuteUtc * MINUTE_MS
    runs.push([at(tiers.daily), 'daily'])
    if (WEEKDAYS[new Date(dayMs).getUTCDay()] === tiers.full.weekday)
      runs.push([at(tiers.full), 'full'])
    for (let hourUtc = 0; hourUtc < 24; hourUtc++)
      runs.push([at({ hourUtc, minuteUtc: closingMinute({ tiers }) }), 'hourly'])
  }
  return runs.filter(([atMs]) => atMs > fromMs && atMs <= throughMs).sort(([a], [b]) => a - b)
}

/** Every stage of a scene over stores in memory, one after another as the state machines call them. */
export function openPipeline(scene: Scene): Pipeline {
  const { scene: name } = scene
  const [lake, models, raw] = [memoryObjects('lake'), memoryObjects('models'), memoryObjects('raw')]
  const tables = { online: new Map<string, TableRow>(), registry: new Map<string, TableRow>() }
  const [quarantine, online] = [memoryObjects('quarantine'), memoryTable('online', tables.online)]
  const table = memoryTable('registry', tables.registry)
  const registry = openRegistry(table, name)
  const folder = mkdtempSync(join(tmpdir(), 'increments-'))
  let drops = 0

  async function land(drop: Drop): Promise<void> {
    const key = rawKey(name, drop.kind, drop.name)
    raw.drop(key, drop.body, { ...drop.metadata })
    await intakeDrop(
      {
        ...{ raw, lake, quarantine, codeDigest: 'code' },
        configuration: { scenes: { [name]: scene } },
        identityKey: IDENTITY_KEY,
        producerKeys: async () => ({}),
      },
      {
        rawKey: key,
        versionId: null,
        arrivalMs: drop.arrivalMs,
        drop: (drops++).toString(16).padStart(32, '0'),
      },
    )
  }

  /** Plan, close, samples and start; again if gates exclude hours. */
  async function start(request: RunRequest): Promise<Started> {
    const state = await planRun({ lake, models, registry, online }, scene, request, CODE)
    const plan = await getJson(lake, state.planKey, runPlanSchema)
    for (const piece of plan.closingPieces) await closeTask(lake, piece)
    await screenAll({ lake, online, scene }, plan, undefined, await registry.statements())
    await foldAll({ lake, online, scene }, plan, await registry.exclusions())
    for (const piece of plan.samplePieces) await makeSamples(lake, recipeOf(scene), piece)
    const jobs = { create: async () => true }
    const ports = { lake, models, registry, jobs, place: PLACE, trainer: CODE.trainer }
    const started = await startTraining(ports, scene, state)
    return started.executor === 'plan' ? start({ ...request, aside: started.aside! }) : started
  }

  async function carryOut({ verdict, version, reason, timeMs }: Judgement): Promise<Released> {
    const stores = { registry, models, lake, online, scene, log: () => {} }
    const versioned = { registry, parts: VERSION_PARTS, stores }
    if (verdict === 'relapsed') return fallBack(versioned, version, reason, timeMs)
    if (verdict === 'withdrawn') return withdraw(registry, version, reason, timeMs)
    const ports = { registry, parts: PARTS, stores }
    return releaseVersion(ports, scene, version, timeMs, verdict === 'promoted')
  }

  async function run(request: RunRequest): Promise<void> {
    const { version, jobName } = await start(request)
    if (version === null) return
    const { scheduledTime } = request
    const job = { scene: name, version, jobName: jobName!, scheduledTime }
    const ended = await trainIncrement({ lake, models, folder }, job, () => {})
    const judgement = await evaluateJob(
      models,
      () => registry,
      () => scene,
      ended,
    )
    if (!CARRIED_OUT.includes(judgement.verdict)) return
    const { next, arm } = await carryOut(judgement)
    if (next === 'regrow') await run({ scene: name, tier: 'hourly', arm, scheduledTime })
  }

  return {
    lake,
    models,
    registry,
    tables,
    stores: {
      ...{ lake, models, online, onlineRows: memoryScan(tables.online, 'online', 1000) },
      ...{ registry: table, registryRows: memoryScan(tables.registry, 'registry', 1000) },
    },
    async play(all, fromMs, throughMs) {
      const steps = [
        ...[...all].map((drop) => [drop.arrivalMs, () => land(drop)] as const),
        ...runsBetween(scene, fromMs, throughMs).map(([atMs, tier]) => {
          const request = { scene: name, tier, arm: 'served', scheduledTime: isoSeconds(atMs) }
          return [atMs, () => run(request as RunRequest)] as const
        }),
      ]
      for (const [atMs, step] of steps.sort(([a], [b]) => a - b)) {
        if (atMs > throughMs) break
        await step()
      }
    },
    async samplesOf(version) {
      const key = versionManifestKey(name, version)
      const { sets } = await getJson(models, key, versionManifestSchema)
      const files = sets.flatMap((set) => set.files)
      const parts = files.map(async (file) => readParquet<SampleRow>(await lake.get(file.key)))
      return (await Promise.all(parts)).flat()
    },
  }
}
