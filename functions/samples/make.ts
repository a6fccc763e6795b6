import type {
  SampleAccount,
  SampleHour,
  SamplePartAccount,
  SampleTask,
} from '../contract/accounts.ts'
import { parseClosedKey, samplePartAccountKey, samplePartKey } from '../contract/keys.ts'
import { type EventRow, SAMPLE_COLUMNS, type SampleRow } from '../contract/rows.ts'
import { maturityMsOf } from '../contract/scene.ts'
import { MINUTE_MS } from '../contract/time.ts'
import { canonicalJson, sha256Hex } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { writeColumns } from '../core/parquet.ts'
import { readRows } from '../core/read-rows.ts'
import { cellColumns, featureColumns } from '../features/cells.ts'
import type { Timeline } from '../features/timeline.ts'
import { shareWithin } from '../math/delay.ts'
import { type Shard, shardOf, shardsMeet } from '../math/hash.ts'
import { Sum } from '../math/sum.ts'
import { type CounterCache, createCounterCache } from './counter-cache.ts'
import { openHourCounts } from './hour-counts.ts'
import { MADE_COLUMNS, makeKinds } from './kinds.ts'
import { type Events, type Labelled, labelImpressions } from './label.ts'
import { openValues } from './open-values.ts'
import type { SampleRecipe } from './recipe.ts'
import { asDrawn, sampleRow } from './sampling.ts'
import { HISTORY_COLUMNS, type HistoryRow } from './sequences.ts'
import { excludedBy, loadVerdictOf, noVerdict, type VerdictOf } from './verdicts.ts'

/** Whether a closed file can hold users of a shard. A file of a sharded closing holds only its own shard. */
function mayHold(key: string, ours: Shard): boolean {
  const { shard, shards } = parseClosedKey(key) ?? {}
  return shard === undefined || shardsMeet({ shard, shards: shards! }, ours)
}

/** The places of the impressions of each slate. One that names none is a slate of its own. */
function slatesOf(labelled: readonly Labelled[]): number[][] {
  const slates: number[][] = []
  const byName = new Map<string, number[]>()
  for (const [place, { slate: name }] of labelled.entries()) {
    const slate = name === null ? undefined : byName.get(name)
    if (slate) {
      slate.push(place)
      continue
    }
    const begun = [place]
    slates.push(begun)
    if (name !== null) byName.set(name, begun)
  }
  return slates
}

/** The samples that are kept of some impressions, and the counts of all of them. */
function keepSamples(recipe: SampleRecipe, labelled: readonly Labelled[], throughMs: number) {
  const { outcome, sampling } = recipe
  const maturityMs = maturityMsOf(outcome)
  const kept = {
    places: [] as number[],
    isMature: [] as boolean[],
    known: [] as number[],
    logOddsCorrection: [] as number[],
    weight: [] as number[],
    trust: [] as number[],
  }
  const counts = { positives: 0, immature: 0, known: 0 }
  const excluded: Record<string, number> = {}
  const hours = openHourCounts()
  for (const [place, { row, label, rate, trust, excludedBy: reason }] of labelled.entries()) {
    if (reason !== undefined) {
      hours.addExcluded(row, reason)
      excluded[reason] = (excluded[reason] ?? 0) + 1
      continue
    }
    const ageMs = throughMs - row.timeMs
    const isMature = sampling.negatives !== undefined || ageMs >= maturityMs
    const known = isMature || !outcome.delay ? 1 : shareWithin(outcome.delay, ageMs / MINUTE_MS)
    counts.known += known
    hours.add(row, label, known)
    const own = rate === undefined ? sampleRow(row.event, label, sampling) : asDrawn(label, rate)
    if (own === null) continue
    counts.positives += label
    if (!isMature) counts.immature++
    kept.places.push(place)
    kept.isMature.push(isMature)
    kept.known.push(known)
    kept.logOddsCorrection.push(own.logOddsCorrection)
    kept.weight.push(own.weight)
    kept.trust.push(trust)
  }
  return { kept, counts, excluded, hours: hours.counts() }
}

/** What the verdicts add to an account. Nothing, if they touch no impression. */
function accountOfVerdicts(excluded: Readonly<Record<string, number>>, trust: readonly number[]) {
  const trusted = new Sum()
  for (const one of trust) trusted.add(one)
  return {
    removed: Object.values(excluded).reduce((a, b) => a + b, 0),
    fields: {
      ...(Object.keys(excluded).length > 0 && { excluded }),
      ...(trust.some((one) => one !== 1) && { trust: trusted.value }),
    },
  }
}

/** The feature cells of the impressions at some places, as columns. */
function cellsOf(
  { features }: SampleRecipe,
  labelled: readonly Labelled[],
  places: readonly number[],
  values: Timeline,
) {
  // Impressions that are no samples are needed only to compare the others with them.
  const isCompared = features.some(({ kind }) => kind === 'slate')
  const rows = isCompared
    ? labelled.map(({ row }) => row)
    : places.map((place) => labelled[place]!.row)
  const slates = isCompared ? slatesOf(labelled) : rows.map((_, place) => [place])
  const countOf = values.countsAsOf({
    user: rows.map(({ user }) => user),
    item: rows.map(({ item }) => item),
    timeMs: Float64Array.from(rows, ({ timeMs }) => timeMs),
  })
  const columns = cellColumns(features, rows, slates, values, countOf)
  if (!isCompared) return columns
  return Object.fromEntries(
    Object.entries(columns).map(([name, cells]) => [name, places.map((place) => cells[place]!)]),
  )
}

/** Samples as columns, by the names of the file. */
export type SampleTable = { readonly [K in keyof SampleRow]: readonly SampleRow[K][] }

/** Makes samples in order of (time, id), with their account and the counts of each hour. Pure. */
export function makeTable(
  recipe: SampleRecipe,
  events: Events,
  values: Timeline,
  outcomesThroughMs: number,
  verdictOf: VerdictOf = noVerdict,
): { labelled: Labelled[]; table: SampleTable; account: SampleAccount; hours: SampleHour[] } {
  const { labelled, account } = labelImpressions(recipe, events, values, verdictOf)
  const { kept, counts, excluded, hours } = keepSamples(recipe, labelled, outcomesThroughMs)
  const { removed, fields } = accountOfVerdicts(excluded, kept.trust)
  const { places, ...columns } = kept
  const ofRow = <K extends keyof EventRow>(name: K) =>
    places.map((place) => labelled[place]!.row[name])
  const table = {
    sample: ofRow('event'),
    timeMs: ofRow('timeMs'),
    user: ofRow('user'),
    item: ofRow('item'),
    label: places.map((place) => labelled[place]!.label),
    value: places.map((place) => labelled[place]!.value),
    ...columns,
    position: ofRow('position'),
    propensity: ofRow('propensity'),
    release: ofRow('release'),
    ...cellsOf(recipe, labelled, places, values),
  }
  return {
    labelled,
    table,
    account: {
      impressions: labelled.length,
      samples: places.length,
      sampledOut: labelled.length - places.length - removed,
      ...counts,
      ...account,
      ...fields,
    },
    hours,
  }
}

/** Some columns of samples, as rows. */
function rowsOfTable<K extends keyof SampleRow>(
  table: SampleTable,
  names: readonly K[],
): Pick<SampleRow, K>[] {
  return table.sample.map((_, i) => {
    const row: Partial<SampleRow> = {}
    for (const name of names) row[name] = table[name][i]!
    return row as Pick<SampleRow, K>
  })
}

/** As makeTable, with rows. */
export function makeRows(...given: Parameters<typeof makeTable>) {
  const { table, ...made } = makeTable(...given)
  return {
    ...made,
    rows: rowsOfTable(table, Object.keys(table) as (keyof SampleRow)[]) as SampleRow[],
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
  models?: Pick<ObjectStore, 'get'>,
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
  const values = await openValues(store, recipe, task, counters, isInShard, undefined, models)
  const verdictOf = await loadVerdictOf(store, recipe, task)
  const isTrusted = (row: HistoryRow): boolean => excludedBy(verdictOf(row)) === null
  const made = makeTable(recipe, events, values, task.outcomesThroughMs, verdictOf)
  const { labelled, table, account, hours } = made
  const columns = { ...SAMPLE_COLUMNS, ...featureColumns(recipe.features) }
  const bytes = writeColumns(columns, (name) => table[name as keyof SampleRow]!)
  const key = samplePartKey(task)
  await store.put(key, bytes)
  const rows = recipe.sampling.kinds ? rowsOfTable(table, MADE_COLUMNS) : []
  const kinds = await makeKinds(
    store,
    recipe,
    task,
    { labelled: labelled.filter((one) => one.excludedBy === undefined), rows },
    [...events.own, ...events.context, ...events.ahead].filter(isTrusted),
    (keys) =>
      readRows<HistoryRow>(
        store,
        keys.filter((name) => mayHold(name, task)),
        {
          columns: HISTORY_COLUMNS,
          isWanted: (row) => row.type === 'outcome' && isInShard(row) && isTrusted(row),
        },
      ),
  )
  const part: SamplePartAccount = {
    file: { key, rows: account.samples, sha256: sha256Hex(bytes) },
    impressionKeys: task.impressionKeys,
    account,
    hours,
    ...(kinds && { kinds }),
  }
  await store.put(samplePartAccountKey(task), canonicalJson(part), 'application/json')
  return part
}
