import { dropManifestSchema } from '../contract/accounts.ts'
import type { Feature } from '../contract/features.ts'
import {
  cleanServedDatePrefix,
  dropManifestKey,
  parityKey,
  parseCleanServedKey,
  versionRunKey,
} from '../contract/keys.ts'
import type { ParityAccount } from '../contract/parity.ts'
import { GRAPH_PART, SPACE_PART } from '../contract/part.ts'
import type { EventRow, ServedRow } from '../contract/rows.ts'
import type { Scene } from '../contract/scene.ts'
import type { ServedCells } from '../contract/served.ts'
import { floorDay, HOUR_MS } from '../contract/time.ts'
import { trainingRunSchema } from '../contract/training.ts'
import { canonicalJson } from '../core/digest.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { readRows } from '../core/read-rows.ts'
import type { TableStore } from '../core/tables.ts'
import { readsLinks } from '../features/links.ts'
import { readsSpaces } from '../features/spaces.ts'
import { openRegistry } from '../registry/registry.ts'
import { loadServedGenerations } from '../registry/served-generations.ts'
import { arrivedThrough } from '../registry/timetable.ts'
import { type CounterCache, createCounterCache } from '../samples/counter-cache.ts'
import type { PlannedExclusion } from '../samples/value-inputs.ts'
import { type ComparedRow, compareRows } from './compare-cells.ts'
import { openLateness } from './lateness.ts'
import { openSampledValues, sampledCells } from './sampled-cells.ts'

export interface ParityPorts {
  lake: ObjectStore
  models: ObjectStore
  registry: TableStore
  /** Caches what samples count, for a warm process that compares hour after hour. */
  counters?: CounterCache
}
interface Interval {
  arrivedFromMs: number
  arrivedThroughMs: number
}

/** Clean files of served cells whose drops arrived in an interval and were read whole, in order. */
async function servedFiles(
  lake: ObjectStore,
  scene: string,
  { arrivedFromMs, arrivedThroughMs }: Interval,
): Promise<string[]> {
  const days = [...new Set([arrivedFromMs, arrivedThroughMs - 1].map(floorDay))]
  const listed = await readEach(days, (dayMs) => lake.list(cleanServedDatePrefix(scene, dayMs)))
  const names = listed.flat().map(({ key }) => parseCleanServedKey(key)!)
  const arrived = names.filter(
    ({ arrivalMs }) => arrivalMs >= arrivedFromMs && arrivalMs < arrivedThroughMs,
  )
  const manifests = [...new Set(arrived.map((name) => dropManifestKey(scene, name)))].sort()
  const found = await readEach(manifests, (key) => findJson(lake, key, dropManifestSchema))
  return found.flatMap((manifest) => manifest?.files.map(({ key }) => key) ?? [])
}

/** Rows that were scored together, with the version that scored them. */
interface ServedSlate {
  release: string
  rows: ServedRow[]
}

/** Groups rows by slate. A row that repeats an item of its slate is left out and counted. */
function groupSlates(rows: readonly ServedRow[]): { slates: ServedSlate[]; repeated: number } {
  const slates = new Map<string, ServedSlate>()
  const seen = new Set<string>()
  for (const row of rows) {
    const { user, request, timeMs, release, item, position } = row
    const slate = `${user}\n${request}\n${timeMs}\n${release}`
    const place = `${slate}\n${position}\n${item}`
    if (seen.has(place)) continue
    seen.add(place)
    const found = slates.get(slate)
    if (found) found.rows.push(row)
    else slates.set(slate, { release, rows: [row] })
  }
  return { slates: [...slates.values()], repeated: rows.length - seen.size }
}

/** The impression of a served item, as the log has it if the item was shown. */
const impressionOf = (row: ServedRow): EventRow => ({
  ...{ event: '', type: 'impression', timeMs: row.timeMs, arrivalMs: row.timeMs },
  ...{ user: row.user, item: row.item, request: row.request, outcome: null, value: null },
  ...{ position: row.position, propensity: null, release: row.release, context: row.context },
  ...{ drop: row.drop, row: row.row },
})

/** The features of each version that served. Null: the version was collected or never existed. */
async function featuresOf(
  models: ObjectStore,
  scene: string,
  releases: readonly string[],
): Promise<Map<string, readonly Feature[] | null>> {
  const found = await readEach(releases, async (release) => {
    const run = await findJson(models, versionRunKey(scene, release), trainingRunSchema)
    return [release, run?.configuration.features ?? null] as const
  })
  return new Map(found)
}

/** Each served row beside the cells that samples have at its instant. */
async function compareSlates(
  { lake, models, registry, counters = createCounterCache(lake) }: ParityPorts,
  scene: Scene,
  exclusions: readonly PlannedExclusion[],
  slates: readonly ServedSlate[],
  features: ReadonlyMap<string, readonly Feature[] | null>,
): Promise<(ComparedRow & Pick<ServedRow, 'user'>)[]> {
  const known = slates.flatMap(({ release, rows }) => {
    const own = features.get(release) ?? null
    return own === null ? [] : [{ own, rows }]
  })
  if (known.length === 0) return []
  // Versions share most series, so the values are opened once for all of them.
  const all = [...features.values()].flatMap((own) => own ?? [])
  const served = known.flatMap(({ rows }) => rows)
  const servedOf = (part: string) =>
    loadServedGenerations(openRegistry(registry, scene.scene), part)
  const objects = {
    models,
    spaces: readsSpaces({ features: all }) ? await servedOf(SPACE_PART) : undefined,
    graphs: readsLinks({ features: all }) ? await servedOf(GRAPH_PART) : undefined,
  }
  const values = await openSampledValues(lake, scene, all, exclusions, served, counters, objects)
  return known.flatMap(({ own, rows }) => {
    const sampled = sampledCells(own, rows.map(impressionOf), values)
    return rows.map(({ user, item, timeMs, closedThroughMs, cells }, place) => ({
      ...{ user, item, timeMs, closedThroughMs, served: JSON.parse(cells) as ServedCells },
      sampled: sampled[place]!,
    }))
  })
}

/**
 * Compares the served cells whose drops arrived in the hour before the scheduled time, less the time
 * that intake may take, with the cells that samples have at the same instants, and writes the account.
 * All that is visible at those instants has been published by then. Null if no cells were served.
 */
export async function compareServed(
  ports: ParityPorts,
  scene: Scene,
  scheduledMs: number,
): Promise<{ key: string; account: ParityAccount } | null> {
  const { lake, models, registry } = ports
  const arrivedThroughMs = arrivedThrough(scheduledMs)
  const interval = { arrivedFromMs: arrivedThroughMs - HOUR_MS, arrivedThroughMs }
  const files = await servedFiles(lake, scene.scene, interval)
  if (files.length === 0) return null
  const rows = await readRows<ServedRow>(lake, files)
  const { slates, repeated } = groupSlates(rows)
  const releases = [...new Set(rows.map(({ release }) => release))].sort()
  const features = await featuresOf(models, scene.scene, releases)
  const exclusions = await openRegistry(registry, scene.scene).exclusions()
  const compared = await compareSlates(ports, scene, exclusions, slates, features)
  const isLate = await openLateness(lake, scene, compared)
  const account: ParityAccount = {
    ...{ scene: scene.scene, scheduledMs, ...interval },
    ...{ rows: rows.length, compared: compared.length, repeated },
    unknownRelease: rows.length - repeated - compared.length,
    ...compareRows(compared, isLate),
  }
  const key = parityKey({ scene: scene.scene, scheduledMs })
  await lake.put(key, canonicalJson(account), 'application/json')
  return { key, account }
}
