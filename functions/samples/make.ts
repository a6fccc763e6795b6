import type {
  SampleAccount,
  SampleHour,
  SamplePartAccount,
  SampleTask,
} from '../contract/accounts.ts'
import {
  parseCleanEntitiesKey,
  parseClosedKey,
  samplePartAccountKey,
  samplePartKey,
} from '../contract/keys.ts'
import {
  type CounterRow,
  type EntityRow,
  type EventRow,
  SAMPLE_COLUMNS,
  type SampleRow,
} from '../contract/rows.ts'
import { maturityMsOf } from '../contract/scene.ts'
import { floorHour, MINUTE_MS } from '../contract/time.ts'
import { canonicalJson, sha256Hex } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { writeParquet } from '../core/parquet.ts'
import { readRows } from '../core/read-rows.ts'
import type { ListedCounts } from '../features/as-of-counts.ts'
import { indexCatalogue, type ListedCatalogue } from '../features/catalogue.ts'
import { featureCells, featureColumns, type Knowledge } from '../features/cells.ts'
import { shareWithin } from '../math/delay.ts'
import { type Shard, shardOf, shardsMeet } from '../math/hash.ts'
import { attributeOutcomes } from './attribution.ts'
import { type CounterCache, createCounterCache } from './counter-cache.ts'
import { type NegativeSampling, negativeId, openCandidates, openNegatives } from './negatives.ts'
import type { SampleRecipe } from './recipe.ts'
import { asDrawn, sampleRow } from './sampling.ts'

/** Whether a closed file can hold users of a shard: one that was closed in shards holds its own alone. */
function mayHold(key: string, ours: Shard): boolean {
  const { shard, shards } = parseClosedKey(key) ?? {}
  return shard === undefined || shardsMeet({ shard, shards: shards! }, ours)
}

/** What samples are made from besides events: what features are read from, and what negatives are drawn from. */
export interface SampleKnowledge extends Knowledge {
  counts: ListedCounts
  items: ListedCatalogue
}

export interface Events {
  /** Of the set's own files: impressions become samples. */
  own: readonly EventRow[]
  /** Of later hours, for their outcomes; of earlier ones, for their impressions. */
  ahead: readonly EventRow[]
  context: readonly EventRow[]
}

/** Adds an impression to what its hour brought. */
function countHour(
  hours: Map<number, SampleHour>,
  timeMs: number,
  label: number,
  known: number,
): void {
  const hourMs = floorHour(timeMs)
  const hour = hours.get(hourMs) ?? { hourMs, impressions: 0, positives: 0, known: 0 }
  hours.set(hourMs, hour)
  hour.impressions++
  hour.positives += label
  hour.known += known
}

/** An impression of the log, or one that stands in for it, with its label. */
interface Labelled {
  row: EventRow
  label: 0 | 1
  value: number | null
  /** Where negatives are drawn: how much more often than by chance alone its item is. */
  rate?: number
}

const rowsOf = (rows: readonly EventRow[], type: string) => rows.filter((row) => row.type === type)

/** The log's own impressions, each with the outcome that is attributed to it. */
function labelImpressions({ objective, outcome }: SampleRecipe, events: Events) {
  const impressions = rowsOf(events.own, 'impression')
  const { outcomes, account } = attributeOutcomes(
    objective,
    outcome.attributionWindowMinutes * MINUTE_MS,
    impressions,
    rowsOf(events.context, 'impression'),
    rowsOf(events.own, 'outcome'),
    rowsOf(events.ahead, 'outcome'),
  )
  const labelled = impressions.map((row): Labelled => {
    const { label, value } = outcomes.get(row.event) ?? { label: 0, value: null }
    return { row, label, value }
  })
  return { labelled, account }
}

/**
 * For a log without impressions: each outcome of the objective as a positive, with the negatives that
 * are drawn for it. An outcome that has been logged is known: nothing of it is still to come.
 */
function drawImpressions(
  { objective, outcome, sampling }: SampleRecipe,
  negatives: NegativeSampling,
  events: Events,
  { counts, items }: SampleKnowledge,
) {
  const isPositive = (row: EventRow) => row.outcome === objective
  const outcomes = rowsOf(events.own, 'outcome')
  const own = outcomes.filter(isPositive)
  const drawFor = openNegatives(
    openCandidates(counts, items, objective, negatives),
    [...own, ...events.context.filter(isPositive), ...events.ahead.filter(isPositive)],
    outcome.attributionWindowMinutes * MINUTE_MS,
    negatives,
    sampling.seed,
  )
  const labelled: Labelled[] = []
  for (const row of own) {
    const { positive, negatives: drawn } = drawFor(row)
    labelled.push({ row, label: 1, value: row.value, rate: positive.rate })
    for (const [n, { item, rate }] of drawn.entries())
      labelled.push({
        row: { ...row, event: negativeId(row.event, n), item },
        ...{ label: 0, value: null, rate },
      })
  }
  const account = {
    outcomes: outcomes.length,
    attributed: own.length,
    otherOutcome: outcomes.length - own.length,
    repeated: 0,
    orphaned: 0,
    ofEarlierSet: 0,
    synthetic: labelled.length - own.length,
  }
  return { labelled, account }
}

/** Events and knowledge → samples by (time, id), their account, and what each hour brought. Pure. */
export function makeRows(
  recipe: SampleRecipe,
  events: Events,
  knowledge: SampleKnowledge,
  outcomesThroughMs: number,
): { rows: SampleRow[]; account: SampleAccount; hours: SampleHour[] } {
  const { outcome, sampling, features } = recipe
  const { negatives } = sampling
  const maturityMs = maturityMsOf(outcome)
  const { labelled, account } = negatives
    ? drawImpressions(recipe, negatives, events, knowledge)
    : labelImpressions(recipe, events)
  const rows: SampleRow[] = []
  let positives = 0
  let immature = 0
  let knownSum = 0
  const hours = new Map<number, SampleHour>()
  for (const { row, label, value, rate } of labelled) {
    const ageMs = outcomesThroughMs - row.timeMs
    const isMature = negatives !== undefined || ageMs >= maturityMs
    const known = isMature || !outcome.delay ? 1 : shareWithin(outcome.delay, ageMs / MINUTE_MS)
    knownSum += known
    countHour(hours, row.timeMs, label, known)
    const kept = rate === undefined ? sampleRow(row.event, label, sampling) : asDrawn(label, rate)
    if (kept === null) continue
    positives += label
    if (!isMature) immature++
    rows.push({
      sample: row.event,
      timeMs: row.timeMs,
      user: row.user,
      item: row.item,
      label,
      value,
      isMature,
      known,
      ...kept,
      position: row.position,
      propensity: row.propensity,
      release: row.release,
      ...featureCells(features, row, knowledge),
    } as SampleRow)
  }
  rows.sort((a, b) => a.timeMs - b.timeMs || (a.sample < b.sample ? -1 : 1))
  return {
    rows,
    account: {
      impressions: labelled.length,
      samples: rows.length,
      positives,
      sampledOut: labelled.length - rows.length,
      immature,
      known: knownSum,
      ...account,
    },
    hours: [...hours.values()].sort((a, b) => a.hourMs - b.hourMs),
  }
}

/**
 * Makes one shard of one set's samples, of nothing but the piece and the recipe, which both stand in
 * the digest that the set is named by: the Parquet file, then its account. Memory: the shard's
 * events, the counters of its users and of every item, and the catalogue. Throws ObjectMissing.
 */
export async function makeSamples(
  store: ObjectStore,
  recipe: SampleRecipe,
  piece: SampleTask,
  counters: CounterCache = createCounterCache(store),
): Promise<SamplePartAccount> {
  const isOurs = ({ user }: { user: string }): boolean =>
    shardOf(user, piece.shards) === piece.shard
  const readOurs = (keys: readonly string[]): Promise<EventRow[]> => {
    const files = keys.filter((key) => mayHold(key, piece))
    return readRows<EventRow>(store, files, { isWanted: isOurs })
  }
  // One after another: each holds several files as they come.
  const events: Events = {
    own: await readOurs(piece.impressionKeys),
    ahead: await readOurs(piece.outcomeKeys),
    context: await readOurs(piece.contextKeys),
  }
  const counted = (row: CounterRow): boolean => row.kind !== 'user' || isOurs({ user: row.id })
  const entitiesOf = (kind: string): string[] =>
    piece.entityKeys.filter((key) => parseCleanEntitiesKey(key)?.kind === kind)
  const of = `${piece.scene} ${piece.shard} of ${piece.shards}`
  const items = await readRows<EntityRow>(store, entitiesOf('items'))
  const users = await readRows<EntityRow>(store, entitiesOf('users'), {
    isWanted: ({ id }) => isOurs({ user: id }),
  })
  const catalogues = { items: indexCatalogue(items), users: indexCatalogue(users) }
  // Last, and used at once: another piece of this process may move the shelf on.
  const counts = await counters.open(piece.counterKeys, of, counted)
  const knowledge = { counts, ...catalogues }
  const { rows, account, hours } = makeRows(recipe, events, knowledge, piece.outcomesThroughMs)
  const bytes = writeParquet({ ...SAMPLE_COLUMNS, ...featureColumns(recipe.features) }, rows)
  const key = samplePartKey(piece)
  await store.put(key, bytes)
  const part: SamplePartAccount = {
    file: { key, rows: rows.length, sha256: sha256Hex(bytes) },
    impressionKeys: piece.impressionKeys,
    account,
    hours,
  }
  await store.put(samplePartAccountKey(piece), canonicalJson(part), 'application/json')
  return part
}
