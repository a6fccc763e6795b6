import type {
  SampleAccount,
  SampleHour,
  SamplePartAccount,
  SampleTask,
} from '../contract/accounts.ts'
import { parseClosedKey, samplePartAccountKey, samplePartKey } from '../contract/keys.ts'
import { type EventRow, SAMPLE_COLUMNS, type SampleRow } from '../contract/rows.ts'
import { maturityMsOf } from '../contract/scene.ts'
import { floorHour, MINUTE_MS } from '../contract/time.ts'
import { canonicalJson, sha256Hex } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { writeParquet } from '../core/parquet.ts'
import { readRows } from '../core/read-rows.ts'
import { featureColumns, slateCells } from '../features/cells.ts'
import type { Timeline } from '../features/timeline.ts'
import { shareWithin } from '../math/delay.ts'
import { type Shard, shardOf, shardsMeet } from '../math/hash.ts'
import { attributeOutcomes } from './attribution.ts'
import { type CounterCache, createCounterCache } from './counter-cache.ts'
import { makeKinds } from './kinds.ts'
import { type NegativeSampling, negativeId, openCandidates, openNegatives } from './negatives.ts'
import { openValues } from './open-values.ts'
import { type LabelledImpression, slateOf } from './pairs.ts'
import type { SampleRecipe } from './recipe.ts'
import { asDrawn, type Kept, sampleRow } from './sampling.ts'
import { HISTORY_COLUMNS, type HistoryRow } from './sequences.ts'

/** Whether a closed file can hold users of a shard. A file of a sharded closing holds only its own shard. */
function mayHold(key: string, ours: Shard): boolean {
  const { shard, shards } = parseClosedKey(key) ?? {}
  return shard === undefined || shardsMeet({ shard, shards: shards! }, ours)
}

export interface Events {
  /** Events of the set's own files. Their impressions become samples. */
  own: readonly EventRow[]
  /** Events of later hours, for their outcomes. */
  ahead: readonly EventRow[]
  /** Events of earlier hours, for their impressions. */
  context: readonly EventRow[]
}

/** Adds an impression to the counts of its hour. */
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

/** A labelled impression: one of the log, or a drawn one if the log has none. */
interface Labelled extends LabelledImpression {
  row: EventRow
  value: number | null
  /** For drawn negatives: how often the item is drawn, relative to a uniform draw. */
  rate?: number
}

const rowsOf = (rows: readonly EventRow[], type: string) => rows.filter((row) => row.type === type)

/** The impressions of the log, each with its attributed outcome. */
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
    return { row, label, value, slate: slateOf(row) }
  })
  return { labelled, account }
}

/**
 * For a log without impressions: each outcome of the objective becomes a positive, and negatives are
 * drawn for it. A logged outcome is final, so these labels are mature.
 */
function drawImpressions(
  { objective, outcome, sampling }: SampleRecipe,
  negatives: NegativeSampling,
  events: Events,
  values: Timeline,
) {
  const isPositive = (row: EventRow) => row.outcome === objective
  const outcomes = rowsOf(events.own, 'outcome')
  const own = outcomes.filter(isPositive)
  const drawFor = openNegatives(
    openCandidates(values, objective, negatives),
    [...own, ...events.context.filter(isPositive), ...events.ahead.filter(isPositive)],
    outcome.attributionWindowMinutes * MINUTE_MS,
    negatives,
    sampling.seed,
  )
  const labelled: Labelled[] = []
  for (const row of own) {
    const { positive, negatives: drawn } = drawFor(row)
    const slate = `${row.event} ${row.timeMs}`
    labelled.push({ row, label: 1, value: row.value, slate, rate: positive.rate })
    for (const [n, { item, rate }] of drawn.entries())
      labelled.push({
        row: { ...row, event: negativeId(row.event, n), item },
        ...{ label: 0, value: null, slate, rate },
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

/** The impressions of each slate. One that names none is a slate of its own. */
function slatesOf(labelled: readonly Labelled[]): Labelled[][] {
  const slates: Labelled[][] = []
  const byName = new Map<string, Labelled[]>()
  for (const one of labelled) {
    const slate = one.slate === null ? undefined : byName.get(one.slate)
    if (slate) {
      slate.push(one)
      continue
    }
    const begun = [one]
    slates.push(begun)
    if (one.slate !== null) byName.set(one.slate, begun)
  }
  return slates
}

const byTime = (a: Labelled, b: Labelled): number =>
  a.row.timeMs - b.row.timeMs || (a.row.event < b.row.event ? -1 : 1)

/** Makes samples in order of (time, id), with their account and the counts of each hour. Pure. */
export function makeRows(
  recipe: SampleRecipe,
  events: Events,
  values: Timeline,
  outcomesThroughMs: number,
): { labelled: Labelled[]; rows: SampleRow[]; account: SampleAccount; hours: SampleHour[] } {
  const { outcome, sampling, features } = recipe
  const { negatives } = sampling
  const maturityMs = maturityMsOf(outcome)
  const { labelled, account } = negatives
    ? drawImpressions(recipe, negatives, events, values)
    : labelImpressions(recipe, events)
  labelled.sort(byTime)
  // Cells of rows that sampling drops are needed only to compare the others with them.
  const isCompared = features.some(({ kind }) => kind === 'slate')
  const keep = ({ row, label, rate }: Labelled): Kept | null =>
    rate === undefined ? sampleRow(row.event, label, sampling) : asDrawn(label, rate)
  const rows: SampleRow[] = []
  const counts = { positives: 0, immature: 0, known: 0 }
  const hours = new Map<number, SampleHour>()
  for (const slate of slatesOf(labelled)) {
    const kept = slate.map(keep)
    const shown = isCompared ? slate : slate.filter((_, i) => kept[i] !== null)
    const cells =
      shown.length === 0
        ? []
        : slateCells(
            features,
            shown.map(({ row }) => row),
            values,
          )
    let at = 0
    for (const [i, { row, label, value }] of slate.entries()) {
      const ageMs = outcomesThroughMs - row.timeMs
      const isMature = negatives !== undefined || ageMs >= maturityMs
      const known = isMature || !outcome.delay ? 1 : shareWithin(outcome.delay, ageMs / MINUTE_MS)
      counts.known += known
      countHour(hours, row.timeMs, label, known)
      const own = kept[i]!
      if (own === null) {
        if (isCompared) at++
        continue
      }
      counts.positives += label
      if (!isMature) counts.immature++
      rows.push({
        sample: row.event,
        timeMs: row.timeMs,
        user: row.user,
        item: row.item,
        label,
        value,
        isMature,
        known,
        logOddsCorrection: own.logOddsCorrection,
        weight: own.weight,
        position: row.position,
        propensity: row.propensity,
        release: row.release,
        ...cells[at++],
      })
    }
  }
  rows.sort((a, b) => a.timeMs - b.timeMs || (a.sample < b.sample ? -1 : 1))
  return {
    labelled,
    rows,
    account: {
      impressions: labelled.length,
      samples: rows.length,
      sampledOut: labelled.length - rows.length,
      ...counts,
      ...account,
    },
    hours: [...hours.values()].sort((a, b) => a.hourMs - b.hourMs),
  }
}

/**
 * Makes one shard of a sample set: writes its Parquet files, then its account. It depends only on the
 * task and the recipe, and the name of the set is a digest of both. Memory: the events of the shard,
 * the counters of its users and of all items, and the catalogue. Throws ObjectMissing if an input is
 * missing.
 */
export async function makeSamples(
  store: ObjectStore,
  recipe: SampleRecipe,
  task: SampleTask,
  counters: CounterCache = createCounterCache(store),
): Promise<SamplePartAccount> {
  const isInShard = ({ user }: { user: string }): boolean =>
    shardOf(user, task.shards) === task.shard
  const readOwn = (keys: readonly string[]): Promise<EventRow[]> => {
    const files = keys.filter((key) => mayHold(key, task))
    return readRows<EventRow>(store, files, { isWanted: isInShard })
  }
  // One after another, because each read holds several files in memory.
  const events: Events = {
    own: await readOwn(task.impressionKeys),
    ahead: await readOwn(task.outcomeKeys),
    context: await readOwn(task.contextKeys),
  }
  const values = await openValues(store, recipe, task, counters, isInShard)
  const made = makeRows(recipe, events, values, task.outcomesThroughMs)
  const { rows, account, hours } = made
  const bytes = writeParquet({ ...SAMPLE_COLUMNS, ...featureColumns(recipe.features) }, rows)
  const key = samplePartKey(task)
  await store.put(key, bytes)
  const kinds = await makeKinds(
    store,
    recipe,
    task,
    made,
    [...events.own, ...events.context, ...events.ahead],
    (keys) =>
      readRows<HistoryRow>(
        store,
        keys.filter((name) => mayHold(name, task)),
        {
          columns: HISTORY_COLUMNS,
          isWanted: (row) => row.type === 'outcome' && isInShard(row),
        },
      ),
  )
  const part: SamplePartAccount = {
    file: { key, rows: rows.length, sha256: sha256Hex(bytes) },
    impressionKeys: task.impressionKeys,
    account,
    hours,
    ...(kinds && { kinds }),
  }
  await store.put(samplePartAccountKey(task), canonicalJson(part), 'application/json')
  return part
}
