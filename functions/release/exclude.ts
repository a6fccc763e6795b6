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
export interface ExcludeRequest extends WriteRequest, Interval {}
export interface Excluded extends Interval {
  /** Versions that had learned from it, or descend from one that had, in order of their data. */
  refused: string[]
  /** Tiers of the runs that grow the lineage anew without it; none where nothing had learned from it. */
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
        `${name} ${new Date(timeMs).toISOString()} is within an hour: only whole hours can be excluded`,
      )
  if (fromMs >= throughMs)
    throw new InvalidInput(
      `${textOf({ fromMs, throughMs })} holds no hour: through comes after from`,
    )
}

/**
 * Whether a version's samples were made of impressions of these hours, late ones included, or of
 * impressions before whose labels may lie in them. One whose samples are gone with the lake's
 * retention cannot show that they were not.
 */
async function hasLearned(
  { lake, models }: ExcludePorts,
  of: Scene,
  { scene, version, tier, dataFromMs }: VersionRow,
  interval: Interval,
): Promise<boolean> {
  const { fromMs, throughMs } = interval
  const manifest = await findJson(models, versionManifestKey(scene, version), versionManifestSchema)
  // Only a daily's first set reaches back, to what came late.
  const near = (manifest?.sets ?? []).filter(
    (set) =>
      (tier === 'daily' && set.fromMs === dataFromMs) ||
      (set.fromMs < throughMs && set.fromMs + DAY_MS + labelWindowMs(of) > fromMs),
  )
  const sets = await readEach(near, ({ fromMs: start, inputsDigest }) =>
    findJson(lake, sampleManifestKey({ scene, fromMs: start, inputsDigest }), sampleManifestSchema),
  )
  return sets.some(
    (set) =>
      set === null ||
      set.impressionKeys
        .flatMap((key) => parseClosedKey(key) ?? [])
        .some(({ hourMs }) => isLearnedWith(of, hourMs, interval)),
  )
}

/** Those that learned from it, and everything that was grown on them. Pure. */
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

async function findFallen(
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
      // A retry finds those that it has refused before.
      (row.status === 'refused' && row.reason === reason),
  )
  // A version has seen no event past its closing, be it a label's.
  const near = trusted.filter(
    ({ tier, dataFromMs, closedThroughMs }) =>
      closedThroughMs > interval.fromMs && (tier === 'daily' || dataFromMs < interval.throughMs),
  )
  const flags = await readEach(near, (row) => hasLearned(ports, scene, row, interval))
  const learned = new Set(near.filter((_, i) => flags[i]).map(({ version }) => version))
  return withDescendants(versions, learned).filter((row) => trusted.includes(row))
}

/** A daily (or, without a parent, a full) where a base fell; an hourly where a chain did whose base stands. */
export function chooseRuns(fallen: readonly VersionRow[]): Tier[] {
  const names = new Set(fallen.map(({ version }) => version))
  const isHourly = ({ tier }: VersionRow): boolean => tier === 'hourly'
  return [
    ...(fallen.every(isHourly) ? [] : (['daily'] as const)),
    ...(fallen.some((row) => isHourly(row) && !names.has(row.base!)) ? (['hourly'] as const) : []),
  ]
}

/** Runs planned before this lose their right to flip; a trial on a base that fell is over. */
async function takeOver(
  registry: Registry,
  current: CurrentRow,
  fallen: ReadonlySet<string>,
): Promise<void> {
  const tried = current.canary && (await registry.version(current.canary.version))
  const isOver = tried !== null && fallen.has(baseOf(tried))
  if (current.lease === null && !isOver) return
  await changeCurrent(registry, current, isOver ? { canary: null } : {})
}

/**
 * Takes an interval of event time out of everything that learns: no run plans it any more, every
 * version that learned from it or was grown on one that did is refused, and a run grows the lineage
 * anew without it. Outcomes of the interval label nothing any more, be their impressions earlier. What is served stays served until that run's release replaces it. Counts that
 * features read keep what they have counted. Killed anywhere and asked again with the same time, it
 * ends as asked once; asked again later, it also finds a run that was planned before and has
 * registered since. Throws InvalidInput for an interval that is not of whole hours.
 */
export async function exclude(
  ports: ExcludePorts,
  scene: Scene,
  request: ExcludeRequest,
): Promise<Excluded> {
  const { registry } = ports
  const { reason, timeMs, fromMs, throughMs } = request
  const interval = { fromMs, throughMs }
  checkInterval(interval)
  await registry.exclude({ ...interval, timeMs, reason })
  const because = `it, or a version that it grew on, learned from ${textOf(interval)}, which is excluded: ${reason}`
  const fallen = await findFallen(ports, scene, interval, because)
  const refused = fallen.map(({ version }) => version)
  for (const row of fallen)
    if (row.status !== 'refused')
      await registry.settle({ ...row, status: 'refused', reason: because }, row.status)
  const current = await registry.current()
  if (current && !(await registry.hasDecision(timeMs, SUBJECT)))
    await takeOver(registry, current, new Set(refused))
  const regrows = chooseRuns(fallen)
  const at = current?.sequence ?? null
  await registry.decide(
    {
      timeMs,
      kind: 'exclusion',
      tier: SUBJECT,
      version: null,
      from: at,
      to: at,
      reason,
      evidence: { ...interval, refused, regrows },
    },
    SUBJECT,
  )
  for (const tier of regrows) await startRun(ports.runs, scene, tier, timeMs)
  return { ...interval, refused, regrows }
}
