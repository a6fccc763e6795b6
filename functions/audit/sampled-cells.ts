import { dropManifestSchema } from '../contract/accounts.ts'
import type { Feature } from '../contract/features.ts'
import {
  cleanEntitiesPrefix,
  countersDatePrefix,
  countersPrefix,
  deltaKey,
  deltasPrefix,
  parseCountersKey,
  parseDeltaKey,
  parseDropManifestKey,
  parseStatesKey,
  statesPrefix,
} from '../contract/keys.ts'
import type { CounterRow, DeltaRow, EntityRow, EventRow, StateRow } from '../contract/rows.ts'
import type { Scene } from '../contract/scene.ts'
import type { ServedCells } from '../contract/served.ts'
import { DAY_MS, floorHour, HOUR_MS, MINUTE_MS } from '../contract/time.ts'
import { getJson, type ObjectStore } from '../core/objects.ts'
import { readParquet } from '../core/parquet.ts'
import { readEach } from '../core/read-each.ts'
import { readRows } from '../core/read-rows.ts'
import { indexCatalogue } from '../features/catalogue.ts'
import { slateCells } from '../features/cells.ts'
import { codeCounts } from '../features/coded-counts.ts'
import { isNearLine } from '../features/deltas.ts'
import { readDelta } from '../features/near-line.ts'
import { isUniversal, type Series, seriesOf } from '../features/series.ts'
import type { TimedExclusion } from '../features/spans.ts'
import { countedEvents, createTimeline, type TimelineInputs } from '../features/timeline.ts'
import { publishedThrough } from '../registry/timetable.ts'
import { listManifests } from './lateness.ts'

/** What the cells of some slates depend on. */
interface Wanted {
  scene: Scene
  series: readonly Series[]
  /** The instants of the slates. */
  firstMs: number
  lastMs: number
  isOurs(row: { kind: string; id: string }): boolean
}

const windowStart = ({ series, firstMs }: Wanted): number =>
  floorHour(firstMs) -
  HOUR_MS * series.reduce((most, { keepHours }) => Math.max(most, keepHours), 0)

/** The counts of closings that may be in a window of the slates. */
async function readClosings(lake: ObjectStore, wanted: Wanted) {
  const { scene, lastMs, isOurs } = wanted
  const fromMs = windowStart(wanted)
  const after = countersDatePrefix(scene.scene, Math.max(0, fromMs - DAY_MS))
  const listed = await lake.list(countersPrefix(scene.scene), `${after}~`)
  const names = listed
    .map(({ key }) => ({ key, ...parseCountersKey(key)! }))
    .filter(({ closedThroughMs }) => closedThroughMs > fromMs && closedThroughMs <= lastMs)
  return readEach(names, async ({ key, closedThroughMs }) => {
    const rows = await readRows<CounterRow>(lake, [key], { isWanted: isOurs })
    return { closedThroughMs, counts: codeCounts(rows) }
  })
}

/** The counts of drops that a slate may see before a closing folds them. */
async function readDrops(lake: ObjectStore, { scene, firstMs, lastMs, isOurs }: Wanted) {
  const skewMs = scene.clockSkewMinutes * MINUTE_MS
  const open = { fromMs: publishedThrough(scene, firstMs) - skewMs, throughMs: lastMs }
  const keys = await listManifests(lake, scene.scene, open)
  const found = await readEach(keys, async (key) => {
    const name = parseDropManifestKey(key)!
    const bytes = await lake.find(deltaKey(name))
    const rows = bytes ? await readParquet<DeltaRow>(bytes) : await countDrop(lake, key)
    return { arrivalMs: name.arrivalMs, counts: codeCounts(rows.filter(isOurs)) }
  })
  return found
}
async function countDrop(lake: ObjectStore, manifestKey: string): Promise<DeltaRow[]> {
  const manifest = await getJson(lake, manifestKey, dropManifestSchema)
  return isNearLine(manifest) ? readDelta(lake, manifest) : []
}

/** The states of series that are no plain counts of users and items. */
async function readStates(
  lake: ObjectStore,
  { scene: { scene }, series, lastMs }: Wanted,
): Promise<Required<Pick<TimelineInputs, 'closedStates' | 'openStates'>>> {
  const others = series.filter((one) => !isUniversal(one))
  const read = async <N extends object>(prefix: string, parse: (key: string) => N | null) =>
    readEach(await lake.list(prefix), async ({ key }) => ({
      ...parse(key)!,
      rows: await readParquet<StateRow>(await lake.get(key)),
    }))
  const all = await readEach(others, async (one) => ({
    closed: (await read(statesPrefix(scene, one.id), parseStatesKey)).map((file) => ({
      ...file,
      series: one,
    })),
    open: (await read(deltasPrefix(scene, one.id), parseDeltaKey)).map((file) => ({
      ...file,
      series: one,
    })),
  }))
  return {
    closedStates: all.flatMap(({ closed }) =>
      closed.filter(({ closedThroughMs }) => closedThroughMs <= lastMs),
    ),
    openStates: all.flatMap(({ open }) => open.filter(({ arrivalMs }) => arrivalMs <= lastMs)),
  }
}

async function readCatalogue(lake: ObjectStore, { scene, isOurs }: Wanted, kind: 'item' | 'user') {
  const listed = await lake.list(cleanEntitiesPrefix(scene.scene, `${kind}s`))
  const keys = listed.map(({ key }) => key)
  const rows = await readRows<EntityRow>(lake, keys, { isWanted: ({ id }) => isOurs({ kind, id }) })
  return indexCatalogue(rows, scene.nearLineSeconds * 1000)
}

const withoutPrefix = (cells: Readonly<Record<string, string | number | null>>): ServedCells =>
  Object.fromEntries(Object.entries(cells).map(([name, cell]) => [name.slice('f_'.length), cell]))

/**
 * The cells that samples have of these slates, slate by slate: the timeline and the cells of samples, of
 * the entities of the slates. Memory: the counts of those entities in the windows of the features.
 */
export async function sampledCells(
  lake: ObjectStore,
  scene: Scene,
  exclusions: readonly TimedExclusion[],
  features: readonly Feature[],
  slates: readonly (readonly EventRow[])[],
): Promise<ServedCells[][]> {
  const rows = slates.flat()
  const series = seriesOf(features)
  const ours = new Set(rows.flatMap(({ user, item }) => [`user\n${user}`, `item\n${item}`]))
  const wanted: Wanted = {
    ...{ scene, series },
    firstMs: rows.reduce((first, { timeMs }) => Math.min(first, timeMs), Infinity),
    lastMs: rows.reduce((last, { timeMs }) => Math.max(last, timeMs), 0),
    isOurs: ({ kind, id }) => ours.has(`${kind}\n${id}`),
  }
  const timeline = createTimeline({
    rule: { ...scene, exclusions },
    events: countedEvents(series),
    closings: await readClosings(lake, wanted),
    drops: await readDrops(lake, wanted),
    ...(await readStates(lake, wanted)),
    items: await readCatalogue(lake, wanted, 'item'),
    users: await readCatalogue(lake, wanted, 'user'),
  })
  return slates.map((slate) => slateCells(features, slate, timeline).map(withoutPrefix))
}
