import { checkExactlyOnce } from '../../functions/audit/check.ts'
import {
  closedKey,
  sampleManifestKey,
  versionManifestKey,
  versionRunKey,
} from '../../functions/contract/keys.ts'
import type { VersionRow } from '../../functions/contract/registry.ts'
import { EVENT_COLUMNS } from '../../functions/contract/rows.ts'
import type { SampleKinds } from '../../functions/contract/sample-kinds.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import type { Interval, RunPlan, Tier, VersionManifest } from '../../functions/contract/training.ts'
import type { VerdictRow } from '../../functions/contract/verdicts.ts'
import { configurationDigest, shapeDigest } from '../../functions/core/configuration.ts'
import { canonicalJson, sha256Hex } from '../../functions/core/digest.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import type { TableRow } from '../../functions/core/tables.ts'
import { shardOf } from '../../functions/math/hash.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { commitSampleSet } from '../../functions/samples/commit-set.ts'
import { makeSamples } from '../../functions/samples/make.ts'
import { planSamples } from '../../functions/samples/plan-samples.ts'
import { recipeDigest, recipeOf } from '../../functions/samples/recipe.ts'
import { describeVersion } from '../../functions/train/describe-version.ts'
import { pinSnapshot } from '../../functions/train/screened.ts'
import { DAY0_MS, makeImpression, makeOutcome } from './events.ts'
import { memoryObjects } from './memory-objects.ts'
import { memoryTable } from './memory-table.ts'
import { makeScene } from './scene.ts'
import { putSnapshot } from './verdicts.ts'

const sceneWith = (kinds: SampleKinds | undefined): Scene =>
  makeScene({
    features: [{ name: 'item', kind: 'category', of: 'item.id' }],
    sampling: {
      ...{ negativeRate: 0.5, seed: 3, eventsPerShard: 200_000 },
      ...(kinds && { kinds }),
    },
  })
/** A snapshot of verdicts, as a screening or an operator makes it. */
interface MadeSnapshot {
  madeMs: number
  rows: readonly VerdictRow[]
}
export interface ChainOptions {
  seed?: number
  exclusions?: Interval[]
  kinds?: SampleKinds
  snapshots?: MadeSnapshot[]
  /** A further full of its own, without a parent: the day on which it is made. */
  fullDay?: number
  /** Three of them. */
  users?: readonly string[]
}
/** An instant of the chain's days. Its events are of the first four days and a morning. */
export const at = (day: number, hour = 0): number => DAY0_MS + day * DAY_MS + hour * HOUR_MS

/** Closed hours of four days and a morning; some of them closed again when something came late. */
function dropEvents(
  lake: ReturnType<typeof memoryObjects>,
  seed: number,
  users: readonly string[],
): void {
  const uniform = seededUniform(seed)
  const close = (hourMs: number, closedThroughMs: number, count: number): void => {
    const rows = Array.from({ length: count }, (_, n) => {
      const timeMs = hourMs + n * 60_000
      const id = `${hourMs}-${closedThroughMs}-${n}`
      // Every third impression is of the same user and slate.
      const request = `${hourMs}-${closedThroughMs}-${n % 3}`
      const shown = { user: users[n % 3]!, item: `i${n % 5}`, request }
      const impression = makeImpression({ ...shown, event: id, timeMs })
      const click = makeOutcome({ ...shown, event: `${id} click`, timeMs: timeMs + 1000 })
      return uniform() < 0.3 ? [impression, click] : [impression]
    }).flat()
    const name = { scene: 'feed', hourMs, closedThroughMs }
    // Every third hour was oversized, and was closed in shards.
    const shards = (hourMs / HOUR_MS) % 3 === 0 ? 2 : 1
    for (let shard = 0; shard < shards; shard++) {
      const ours = rows.filter(({ user }) => shardOf(user, shards) === shard)
      const of = shards > 1 && { shard, shards }
      lake.drop(
        closedKey({ ...name, accepted: Math.ceil(rows.length / shards), ...of }),
        writeParquet(EVENT_COLUMNS, ours),
      )
    }
  }
  for (let hourMs = at(0); hourMs < at(4, 8); hourMs += 2 * HOUR_MS) {
    if (uniform() < 0.9) close(hourMs, hourMs + 2 * HOUR_MS, 6)
    if (uniform() < 0.3)
      close(
        hourMs,
        hourMs + (3 + Math.floor(uniform() * 40)) * HOUR_MS,
        1 + Math.floor(uniform() * 3),
      )
  }
}

/** A full, two dailies and two hourlies, each made by the stages' own code from what it could see. */
async function growChain({
  seed = 1,
  exclusions = [],
  kinds,
  snapshots = [],
  fullDay,
  users = ['u0', 'u1', 'u2'],
}: ChainOptions) {
  const scene = sceneWith(kinds)
  const lake = memoryObjects('lake')
  const models = memoryObjects('models')
  dropEvents(lake, seed, users)
  for (const { madeMs, rows } of snapshots)
    await putSnapshot(
      lake,
      {
        ...{
          scene: 'feed',
          madeMs,
          previousMs: null,
          screenedFromMs: 0,
          screenedThroughMs: madeMs,
        },
        ...{ detectorsDigest: 'd', inputsDigest: 'i' },
      },
      rows,
    )
  const chain: VersionRow[] = []

  async function grow(tier: Tier, dataFromMs: number, dataThroughMs: number, closedMs: number) {
    const parent = tier === 'full' ? null : (chain.at(-1) ?? null)
    const { verdicts } = await pinSnapshot(lake, scene, closedMs + HOUR_MS)
    const { sets, tasks } = await planSamples(lake, scene, {
      tier,
      dataFromMs,
      dataThroughMs,
      lateSinceMs: tier === 'daily' ? parent!.closedThroughMs : null,
      closing: {
        scene: 'feed',
        closedThroughMs: closedMs,
        previousClosedThroughMs: null,
        pieces: [],
        pending: [],
        consumedDrops: [],
        drops: { read: 0, accepted: 0, quarantined: {}, refused: {} },
      },
      exclusions,
      verdicts,
      codeDigest: 'samples',
    })
    for (const task of tasks) await makeSamples(lake, recipeOf(scene), task)
    const committed = await Promise.all(sets.map((set) => commitSampleSet(lake, 'feed', set)))
    const base = chain.findLast((row) => row.tier !== 'hourly')?.version ?? null
    const plan: RunPlan = {
      scene: 'feed',
      requestedTier: tier,
      tier,
      arm: 'served',
      tierReason: 'grown for a test',
      scheduledMs: closedMs + HOUR_MS,
      skip: null,
      closedThroughMs: closedMs,
      dataFromMs: tier === 'full' ? (sets[0]?.fromMs ?? dataFromMs) : dataFromMs,
      dataThroughMs,
      parent: parent?.version ?? null,
      base: tier === 'hourly' ? base : null,
      executor: 'sagemaker',
      executorReason: 'a test',
      fence: null,
      exclusions: [...exclusions],
      rivals: [],
      holdoutFromMs: null,
      closingPieces: [],
      expected: { impressions: 0, positives: 0 },
      sets,
      samplePieces: tasks,
      codeDigest: 'trainer',
      configurationDigest: configurationDigest(scene),
      shapeDigest: shapeDigest(scene),
      recipeDigest: recipeDigest(scene),
    }
    const { row, manifestText } = describeVersion(plan, committed)
    models.drop(versionManifestKey('feed', row.version), manifestText)
    models.drop(
      versionRunKey('feed', row.version),
      canonicalJson({
        configuration: scene,
        version: row.version,
        tier,
        dataFromMs,
        dataThroughMs,
        holdoutFromMs: null,
        parent: null,
        rivals: [],
        base: null,
        codeDigest: row.codeDigest,
        configurationDigest: row.configurationDigest,
        manifestDigest: row.manifestDigest,
      }),
    )
    chain.push({ ...row, status: 'accepted' })
  }
  await grow('full', at(-28), at(2), at(2, 2))
  await grow('daily', at(2), at(3), at(3, 2))
  await grow('daily', at(3), at(4), at(4, 1))
  await grow('hourly', at(4), at(4, 4), at(4, 4))
  await grow('hourly', at(4, 4), at(4, 8), at(4, 8))
  if (fullDay !== undefined) await grow('full', at(fullDay - 30), at(4), at(fullDay))
  return { lake, models, chain }
}

const grown = new Map<string, ReturnType<typeof growChain>>()

/** A chain in memory, root first; each call has a copy of its own to break. */
export async function makeChain(options: ChainOptions = {}) {
  const name = canonicalJson(options)
  const growing = grown.get(name) ?? growChain(options)
  grown.set(name, growing)
  const template = await growing
  const lake = memoryObjects('lake')
  const models = memoryObjects('models')
  for (const [key, { body }] of template.lake.contents) lake.drop(key, body)
  for (const [key, { body }] of template.models.contents) models.drop(key, body)
  const registryRows = new Map<string, TableRow>()
  const table = memoryTable('registry', registryRows)
  const registry = openRegistry(table, 'feed')
  const chain = [...template.chain]
  for (const row of chain) await registry.register(row)
  const manifestOf = (n: number): VersionManifest => {
    const { body } = models.contents.get(versionManifestKey('feed', chain[n]!.version))!
    return JSON.parse(new TextDecoder().decode(body)) as VersionManifest
  }
  return {
    lake,
    models,
    registry,
    table,
    registryRows,
    chain,
    manifestOf,
    /** Changes a manifest and everything that names it, so that only the counting can tell. */
    async forge(n: number, change: (manifest: VersionManifest) => void): Promise<void> {
      const manifest = manifestOf(n)
      change(manifest)
      const text = canonicalJson(manifest)
      const { version } = chain[n]!
      models.drop(versionManifestKey('feed', version), text)
      const row = (await registry.version(version))!
      await registry.settle({ ...row, manifestDigest: sha256Hex(text) }, 'accepted')
      for (const { fromMs, inputsDigest, files, kinds } of manifest.sets) {
        const key = sampleManifestKey({ scene: 'feed', fromMs, inputsDigest })
        const set = JSON.parse(new TextDecoder().decode(await lake.get(key))) as object
        lake.drop(key, canonicalJson({ ...set, files, ...(kinds && { kinds }) }))
      }
    },
    check: (n = chain.length - 1) =>
      checkExactlyOnce({ lake, models, registry }, 'feed', chain[n]!.version),
  }
}
export type MadeChain = Awaited<ReturnType<typeof makeChain>>
