import { sampleManifestSchema } from '../contract/accounts.ts'
import { parseClosedKey, sampleManifestKey, versionManifestKey } from '../contract/keys.ts'
import type { CurrentRow, VersionRow } from '../contract/registry.ts'
import type { WriteRequest } from '../contract/requests.ts'
import { isLearnedWith, labelWindowMs, type Scene } from '../contract/scene.ts'
import { DAY_MS, HOUR_MS, isoSeconds } from '../contract/time.ts'
import { type Interval, type Tier, versionManifestSchema } from '../contract/training.ts'
import { InvalidInput } from '../core/errors.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { baseOf, walkToRoot } from '../registry/ancestry.ts'
import { changeCurrent } from '../registry/change-current.ts'
import type { Registry } from '../registry/registry.ts'
import { type RunStarter, startRun } from './start-run.ts'

export interface ExcludePorts {
  lake: ObjectStore
  models: ObjectStore
  registry: Registry
  runs: RunStarter
}
export interface ExcludeRequest extends WriteRequest, Interval {
  /** What a gate found, if it asks and not an operator. */
  evidence?: Readonly<Record<string, unknown>>
}
export interface Excluded extends Interval {
  /** Versions that were trained on it and their descendants, in order of their data. */
  refused: string[]
  /** Tiers of the runs that regrow the lineage without it; none where no version was trained on it. */
  regrows: Tier[]
}

const SUBJECT = 'exclude'
const textOf = ({ fromMs, throughMs }: Interval): string =>
  `${isoSeconds(fromMs)} to ${isoSeconds(throughMs)}`

function checkInterval({ fromMs, throughMs }: Interval): void {
  for (const [name, timeMs] of [
    ['from', fromMs],
    ['through', throughMs],
  ] as const)
    if (timeMs % HOUR_MS !== 0)
      throw new InvalidInput(
        `${name} ${new Date(timeMs).toISOString()} is within an hour: only whole hours can be excluded; nothing was excluded`,
      )
  if (fromMs >= throughMs)
    throw new InvalidInput(
      `${textOf({ fromMs, throughMs })} contains no hour: expected through to be later than from; nothing was excluded`,
    )
}

/**
 * Whether a version was trained on samples of these hours: on impressions of these hours, late
 * arrivals included, or on earlier impressions whose labels may lie in these hours. Also true where
 * the lake's retention has deleted the manifest of its samples: they may have been of these hours.
 */
async function hasLearned(
  { lake, models }: ExcludePorts,
  settings: Scene,
  { scene, version, tier, dataFromMs }: VersionRow,
  interval: Interval,
): Promise<boolean> {
  const { fromMs, throughMs } = interval
  const manifest = await findJson(models, versionManifestKey(scene, version), versionManifestSchema)
  // Only a daily's first set reaches back: it has the late arrivals.
  const near = (manifest?.sets ?? []).filter(
    (set) =>
      (tier === 'daily' && set.fromMs === dataFromMs) ||
      (set.fromMs < throughMs && set.fromMs + DAY_MS + labelWindowMs(settings) > fromMs),
  )
  const sets = await readEach(near, ({ fromMs: start, inputsDigest }) =>
    findJson(lake, sampleManifestKey({ scene, fromMs: start, inputsDigest }), sampleManifestSchema),
  )
  return sets.some(
    (set) =>
      set === null ||
      set.impressionKeys
        .flatMap((key) => parseClosedKey(key) ?? [])
        .some(({ hourMs }) => isLearnedWith(settings, hourMs, interval)),
  )
}

/** The versions that were trained on the interval, and their descendants, in order of data. Pure. */
function withDescendants(
  versions: readonly VersionRow[],
  learned: ReadonlySet<string>,
): VersionRow[] {
  const byId = new Map(versions.map((row) => [row.version, row]))
  const find = (version: string): VersionRow | undefined => byId.get(version)
  return versions
    .filter(({ version }) => walkToRoot(find, version).some((row) => learned.has(row.version)))
    .sort((a, b) => a.dataThroughMs - b.dataThroughMs || (a.version < b.version ? -1 : 1))
}

/** The versions that an exclusion must refuse, with those that it has refused before. */
async function findTainted(
  ports: ExcludePorts,
  scene: Scene,
  interval: Interval,
  reason: string,
): Promise<VersionRow[]> {
  const versions = await ports.registry.versions()
  const trusted = versions.filter(
    (row) =>
      row.status === 'accepted' ||
      row.status === 'started' ||
      // A retry finds the versions that it has refused before.
      (row.status === 'refused' && row.reason === reason),
  )
  // A version has seen no event after its closing, not even as a label.
  const near = trusted.filter(
    ({ tier, dataFromMs, closedThroughMs }) =>
      closedThroughMs > interval.fromMs && (tier === 'daily' || dataFromMs < interval.throughMs),
  )
  const flags = await readEach(near, (row) => hasLearned(ports, scene, row, interval))
  const learned = new Set(near.filter((_, i) => flags[i]).map(({ version }) => version))
  return withDescendants(versions, learned).filter((row) => trusted.includes(row))
}

/**
 * The runs that regrow the lineage: a daily where a base is tainted (without a parent, that run
 * trains a full); an hourly where a chain is tainted and its base is not.
 */
export function chooseRuns(tainted: readonly VersionRow[]): Tier[] {
  const names = new Set(tainted.map(({ version }) => version))
  const isHourly = ({ tier }: VersionRow): boolean => tier === 'hourly'
  return [
    ...(tainted.every(isHourly) ? [] : (['daily'] as const)),
    ...(tainted.some((row) => isHourly(row) && !names.has(row.base!)) ? (['hourly'] as const) : []),
  ]
}

/** Takes the lease from runs that were planned before, and ends a trial whose base is tainted. */
async function takeOver(
  registry: Registry,
  current: CurrentRow,
  tainted: ReadonlySet<string>,
): Promise<void> {
  const tried = current.canary && (await registry.version(current.canary.version))
  const isOver = tried !== null && tainted.has(baseOf(tried))
  if (current.lease === null && !isOver) return
  await changeCurrent(registry, current, isOver ? { canary: null } : {})
}

/**
 * Excludes an interval of event time from training. No later run trains on it. Every version that
 * was trained on it is refused, with its descendants, and a run regrows the lineage without it.
 * Outcomes of the interval label no sample any more, even one of an earlier impression. The served
 * release stays until that run's release replaces it. The counts that features read are unchanged.
 *
 * A retry with the same time ends in the same state, after a crash anywhere. A later request for the
 * same interval also finds runs that were planned before and have registered since. Throws
 * InvalidInput for an interval that is not of whole hours.
 */
export async function exclude(
  ports: ExcludePorts,
  scene: Scene,
  request: ExcludeRequest,
): Promise<Excluded> {
  const { registry } = ports
  const { reason, timeMs, fromMs, throughMs, evidence = {} } = request
  const interval = { fromMs, throughMs }
  checkInterval(interval)
  await registry.exclude({ ...interval, timeMs, reason })
  const refusal = `it, or a version before it in its chain, was trained on ${textOf(interval)}, which is excluded: ${reason}`
  const tainted = await findTainted(ports, scene, interval, refusal)
  const refused = tainted.map(({ version }) => version)
  for (const row of tainted)
    if (row.status !== 'refused')
      await registry.settle({ ...row, status: 'refused', reason: refusal }, row.status)
  const current = await registry.current()
  if (current && !(await registry.hasDecision(timeMs, SUBJECT)))
    await takeOver(registry, current, new Set(refused))
  const regrows = chooseRuns(tainted)
  const served = current?.sequence ?? null
  await registry.decide(
    {
      timeMs,
      kind: 'exclusion',
      tier: SUBJECT,
      version: null,
      from: served,
      to: served,
      reason,
      evidence: { ...evidence, ...interval, refused, regrows },
    },
    SUBJECT,
  )
  for (const tier of regrows) await startRun(ports.runs, scene, tier, timeMs)
  return { ...interval, refused, regrows }
}
