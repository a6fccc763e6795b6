import { commitClosing, loadClosing } from '../../functions/closing/chain.ts'
import { closeTask } from '../../functions/closing/close.ts'
import { graphSchema } from '../../functions/contract/graph.ts'
import type { ItemLinks } from '../../functions/contract/graph-objects.ts'
import { rawKey } from '../../functions/contract/keys.ts'
import type { VersionRow } from '../../functions/contract/registry.ts'
import type { EventRow, SampleRow } from '../../functions/contract/rows.ts'
import type { Scene } from '../../functions/contract/scene.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import type { TableStore } from '../../functions/core/tables.ts'
import { intakeDrop } from '../../functions/intake/intake.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { closingMinute } from '../../functions/registry/timetable.ts'
import { releaseVersion } from '../../functions/release/release.ts'
import { makeSamples } from '../../functions/samples/make.ts'
import { planSamples } from '../../functions/samples/plan-samples.ts'
import { recipeOf } from '../../functions/samples/recipe.ts'
import { layoutOf } from '../../functions/trainer/channels.ts'
import { train } from '../../functions/trainer/train.ts'
import { DAY0_MS } from './events.ts'
import { makeVersion } from './lineage.ts'
import { putLinks } from './links.ts'
import { memoryObjects } from './memory-objects.ts'
import { memoryTable } from './memory-table.ts'
import { type OnlineReplay, replayOnline, type ScheduledClosing } from './online-replay.ts'
import { releasePorts } from './releases.ts'
import { makeScene } from './scene.ts'
import { type MadeSample, makeRunFolder } from './training-run.ts'

export const SECRET = 'the identity secret'
export const DAYS = 4
const ITEMS = 15
const USERS = 20
const DEVICES = ['phone', 'tablet', 'größer 📱', 'cut\ud800', '']
const GENRES = ['news', 'sport', 'film', 'music']

/** A scene of every kind of feature that the reader meets, its model small. */
function servedScene(kind: Scene['model']['kind'], more: Scene['features']): Scene {
  const { features, model, ...feed } = makeScene()
  const linear = { hashBits: 12, alpha: 0.2, beta: 1, l1: 0.01, l2: 0.1, seed: 5 }
  const pairs = { factors: 4, factorAlpha: 0.05, factorL2: 0.0001, factorInit: 0.05 }
  const youngLabels = model.youngLabels
  return {
    ...feed,
    sampling: { negativeRate: 0.7, seed: 3, eventsPerShard: 100_000 },
    features: [
      ...features,
      { name: 'genres', kind: 'category', of: 'item.genres' },
      { name: 'year', kind: 'category', of: 'item.year' },
      { name: 'adult', kind: 'category', of: 'user.adult' },
      { name: 'weekday', kind: 'category', of: 'time.day-of-week' },
      { name: 'device_genres', kind: 'cross', of: ['device', 'genres'] },
      { name: 'user_clicks_12h', kind: 'count', entity: 'user', event: 'click', windowHours: 12 },
      ...more,
    ],
    model:
      kind === 'logistic'
        ? { kind, ...linear, youngLabels }
        : { kind, ...linear, youngLabels, ...pairs },
  }
}

const pick = <T>(from: readonly T[], at: number): T => from[Math.floor(at * from.length)]!

/** What an app logs in an hour: slates, and clicks on them; some of it arrives hours late. */
function hourOfEvents(hourMs: number, uniform: () => number): object[] {
  const events: object[] = []
  for (let n = 0; n < 10; n++) {
    const timeMs = hourMs + Math.floor(uniform() * HOUR_MS)
    const user = Math.floor(uniform() * USERS)
    const about = { userId: `person-${user}`, requestId: `r-${hourMs}-${n}` }
    const context = { device: pick(DEVICES, uniform()) }
    for (let position = 1; position <= 3; position++) {
      const item = Math.floor(uniform() * ITEMS)
      const shown = { ...about, itemId: `i${item}` }
      const eventId = `${about.requestId}-${position}`
      events.push({ type: 'impression', eventId, timeMs, ...shown, position, context })
      if (uniform() > 0.15 + 0.3 * Math.abs(Math.sin(user * 7 + item))) continue
      const clicked = { eventId: `${eventId}-c`, timeMs: timeMs + 20_000 * position, ...shown }
      events.push({ type: 'outcome', outcome: 'click', ...clicked, context })
    }
  }
  return events
}
const itemsOn = (day: number): object[] =>
  Array.from({ length: ITEMS - (day === 0 ? 3 : 0) }, (_, n) => ({
    id: `i${n}`,
    attributes: {
      category: pick(GENRES, ((n + day) % 5) / 5),
      genres: GENRES.slice(n % 3, (n % 3) + (n % 4)),
      year: n % 2 ? 1990 + n + day : 1e21 / (n + 3),
    },
  }))
const usersOn = (day: number): object[] =>
  Array.from({ length: USERS - 2 }, (_, n) => ({
    id: `person-${n}`,
    attributes: { segment: `s${(n + day) % 3}`, adult: n % 2 === 0 },
  }))

/** Lands four days of raw logs and two statements of the catalogue, and takes them in. */
async function fillLake(scene: Scene, dropMs: number): Promise<ObjectStore> {
  const lake = memoryObjects('lake')
  const raw = memoryObjects('raw')
  const quarantine = memoryObjects('quarantine')
  const uniform = seededUniform(8)
  let drops = 0
  const land = async (kind: 'events' | 'items' | 'users', arrivalMs: number, lines: object[]) => {
    if (lines.length === 0) return
    const key = rawKey('feed', kind, `${drops}.jsonl`)
    raw.drop(key, lines.map((line) => JSON.stringify(line)).join('\n'))
    const drop = (drops++).toString(16).padStart(32, '0')
    const configuration = { scenes: { feed: scene } }
    const { account } = await intakeDrop(
      {
        raw,
        lake,
        quarantine,
        configuration,
        identityKey: SECRET,
        producerKeys: async () => ({}),
        codeDigest: 'code',
      },
      { rawKey: key, versionId: null, arrivalMs, drop },
    )
    if (account.accepted !== lines.length)
      throw new Error(`${key}: ${account.accepted} of ${lines.length} accepted`)
  }
  for (const day of [0, 2]) {
    const arrivalMs = DAY0_MS + day * DAY_MS + 1000
    await land('items', arrivalMs, itemsOn(day))
    await land('users', arrivalMs, usersOn(day))
  }
  for (let hour = 0; hour < DAYS * 24; hour++) {
    const hourMs = DAY0_MS + hour * HOUR_MS
    const events = hourOfEvents(hourMs, uniform)
    const isLate = events.map(() => uniform() < 0.1)
    for (let fromMs = hourMs; fromMs < hourMs + HOUR_MS; fromMs += dropMs)
      await land(
        'events',
        fromMs + dropMs + dropMs / 60,
        events.filter((event, n) => {
          const { timeMs } = event as { timeMs: number }
          // An outcome may be of the next hour: the hour's last drop has it.
          const isLast = fromMs + dropMs === hourMs + HOUR_MS
          return !isLate[n] && timeMs >= fromMs && (isLast || timeMs < fromMs + dropMs)
        }),
      )
    await land(
      'events',
      hourMs + 5 * HOUR_MS,
      events.filter((_, n) => isLate[n]),
    )
  }
  return lake
}

/** Closes each hour at its scheduled time, until all drops are closed. */
async function closeEachHour(lake: ObjectStore, scene: Scene): Promise<ScheduledClosing[]> {
  const closings: ScheduledClosing[] = []
  const firstMs = DAY0_MS + closingMinute(scene) * MINUTE_MS
  for (let hour = 2; hour < (DAYS + 1) * 24; hour++) {
    const scheduledMs = firstMs + hour * HOUR_MS
    const closing = await loadClosing(lake, scene, scheduledMs)
    for (const piece of closing.pieces) await closeTask(lake, piece)
    await commitClosing(lake, 'feed', closing.closedThroughMs)
    closings.push({ scheduledMs, closing })
  }
  return closings
}

export interface ServedWorld {
  scene: Scene
  lake: ObjectStore
  models: ObjectStore
  registry: TableStore
  /** The full, and the increment that is a delta upon it. */
  full: { row: VersionRow; bytes: Uint8Array }
  increment: { row: VersionRow; bytes: Uint8Array }
  closings: readonly ScheduledClosing[]
  /** Kept events by their id, and the samples of the last day, on which neither was trained. */
  events: Map<string, EventRow>
  samples: SampleRow[]
  /** Releases a version at the start of the last day; from then on the online side moves with time. */
  release(row: VersionRow): Promise<OnlineReplay>
}

/** The links of a knowledge graph, and since when they are served. */
export interface ServedGraph {
  sinceMs: number
  generation: string
  links: ItemLinks
}

/**
 * A scene from raw logs to two judged versions, by the code of every stage: a full of the first two
 * days, and an increment on the third. Neither is released yet.
 */
export async function makeServedWorld(
  kind: Scene['model']['kind'],
  changed: Partial<Scene> & { more?: Scene['features']; graphs?: readonly ServedGraph[] } = {},
  dropMs = HOUR_MS,
): Promise<ServedWorld> {
  const { more = [], graphs, ...settings } = changed
  const scene = { ...servedScene(kind, more), ...settings }
  const lake = await fillLake(scene, dropMs)
  const models = memoryObjects('models')
  for (const { generation, links } of graphs ?? [])
    await putLinks(models, 'feed', generation, links)
  const registry = memoryTable('registry')
  const closings = await closeEachHour(lake, scene)
  // The deltas of drops are in the lake once their drops were written.
  await (await replayOnline(lake, scene, [])).advanceTo(Infinity)
  const { closing } = closings.at(-1)!
  const { tasks } = await planSamples(lake, scene, {
    tier: 'full',
    dataFromMs: DAY0_MS,
    dataThroughMs: DAY0_MS + DAYS * DAY_MS,
    lateSinceMs: null,
    closing,
    exclusions: [],
    verdicts: null,
    graphs: graphs?.map(({ sinceMs, generation }) => ({ sinceMs, generation })),
    codeDigest: 'code',
  })
  const samples: SampleRow[] = []
  const events = new Map<string, EventRow>()
  for (const task of tasks) {
    const { file, impressionKeys } = await makeSamples(
      ...([lake, recipeOf(scene), task, undefined, models] as const),
    )
    samples.push(...(await readParquet<SampleRow>(await lake.get(file.key))))
    for (const key of impressionKeys)
      for (const row of await readParquet<EventRow>(await lake.get(key))) events.set(row.event, row)
  }
  const ofDays = (from: number, through: number): SampleRow[] =>
    samples.filter(
      ({ timeMs }) => timeMs >= DAY0_MS + from * DAY_MS && timeMs < DAY0_MS + through * DAY_MS,
    )
  const closed = { closedThroughMs: closing.closedThroughMs }
  const makeRow = async (day: number, fields: Partial<VersionRow>, bytes: Uint8Array) => {
    const row = makeVersion(day, { ...closed, ...fields, modelSha256: sha256Hex(bytes) })
    await models.put(row.modelKey!, bytes)
    await openRegistry(registry, 'feed').register(row)
    return { row, bytes }
  }
  // The increment was trained while the scene had an hourly tier.
  const relations = graphs?.flatMap(({ links }) => links.relations)
  const trained = {
    ...{ ...scene, tiers: servedScene(kind, more).tiers },
    ...(relations && { graph: graphSchema.parse({ links: [...new Set(relations)] }) }),
  }
  const fitted = async (run: Parameters<typeof makeRunFolder>[0], rows: SampleRow[], base = {}) => {
    const folder = makeRunFolder({ configuration: trained, ...run }, rows as MadeSample[], base)
    await train(
      layoutOf(folder.root),
      () => true,
      () => {},
    )
    return folder.read().model
  }
  const { version } = makeVersion(2, { tier: 'full' })
  const fullBytes = await fitted({ tier: 'full', version }, ofDays(0, 2))
  const full = await makeRow(2, { tier: 'full' }, fullBytes)
  const tier = scene.tiers.hourly ? 'hourly' : 'daily'
  const next = makeVersion(3, { tier }).version
  const parent = { version, path: 'base.qmm', basePath: null }
  const run = { tier, version: next, parent, base: parent } as const
  const deltaBytes = await fitted(run, ofDays(2, 3), { 'base.qmm': fullBytes })
  const chained = { tier, parent: version, base: version, fence: 1 } as const
  const increment = await makeRow(3, chained, deltaBytes)
  return {
    ...{ scene, lake, models, registry, closings, full, increment, events },
    samples: ofDays(3, 4),
    async release({ version: released, scheduledMs }) {
      const replay = await replayOnline(lake, scene, closings)
      await replay.advanceTo(DAY0_MS + (DAYS - 1) * DAY_MS)
      const { online } = replay
      const ports = releasePorts({ table: registry, models, lake, online }, undefined, scene)
      await releaseVersion(ports, scene, released, scheduledMs)
      return replay
    },
  }
}
