import type { EventRow } from '../contract/rows.ts'
import { MINUTE_MS } from '../contract/time.ts'
import type { Timeline } from '../features/timeline.ts'
import { attributeOutcomes } from './attribution.ts'
import { type NegativeSampling, negativeId, openCandidates, openNegatives } from './negatives.ts'
import { type LabelledImpression, slateOf } from './pairs.ts'
import type { SampleRecipe } from './recipe.ts'
import { excludedBy, noVerdict, type VerdictOf } from './verdicts.ts'

export interface Events {
  /** Events of the set's own files. Their impressions become samples. */
  own: readonly EventRow[]
  /** Events of later hours, for their outcomes. */
  ahead: readonly EventRow[]
  /** Events of earlier hours, for their impressions. */
  context: readonly EventRow[]
}

/** A labelled impression: one of the log, or a drawn one if the log has none. */
export interface Labelled extends LabelledImpression {
  row: EventRow
  value: number | null
  /** What it counts by the verdicts on it and on its outcome: above 0, at most 1. */
  trust: number
  /** The reason of the verdict that excludes it. It is no sample. */
  excludedBy?: string
  /** For drawn negatives: how often the item is drawn, relative to a uniform draw. */
  rate?: number
}

const rowsOf = (rows: readonly EventRow[], type: string) => rows.filter((row) => row.type === type)

/** What training takes from the verdict on an impression. */
function standingOf(row: EventRow, verdictOf: VerdictOf): Pick<Labelled, 'trust' | 'excludedBy'> {
  const found = verdictOf(row)
  const reason = excludedBy(found)
  return { trust: found?.weight ?? 1, ...(reason !== null && { excludedBy: reason }) }
}

/** The impressions of the log, each with its attributed outcome. */
function attributeImpressions(
  { objective, outcome }: SampleRecipe,
  events: Events,
  verdictOf: VerdictOf,
) {
  const impressions = rowsOf(events.own, 'impression')
  const { outcomes, account } = attributeOutcomes(
    objective,
    outcome.attributionWindowMinutes * MINUTE_MS,
    impressions,
    rowsOf(events.context, 'impression'),
    rowsOf(events.own, 'outcome'),
    rowsOf(events.ahead, 'outcome'),
    verdictOf,
  )
  const labelled = impressions.map((row): Labelled => {
    const found = outcomes.get(row.event) ?? { label: 0, value: null, trust: 1 }
    const { trust, ...standing } = standingOf(row, verdictOf)
    return { row, ...found, slate: slateOf(row), trust: Math.min(trust, found.trust), ...standing }
  })
  return { labelled, account }
}

/**
 * For a log without impressions: each outcome of the objective becomes a positive, and negatives are
 * drawn for it. A logged outcome is final, so these labels are mature. For an excluded one nothing is
 * drawn, and it keeps no item from being drawn.
 */
function drawImpressions(
  { objective, outcome, sampling }: SampleRecipe,
  negatives: NegativeSampling,
  events: Events,
  values: Timeline,
  verdictOf: VerdictOf,
) {
  const isPositive = (row: EventRow) => row.outcome === objective
  const isTrusted = (row: EventRow) => excludedBy(verdictOf(row)) === null
  const outcomes = rowsOf(events.own, 'outcome')
  const own = outcomes.filter(isPositive)
  const drawFor = openNegatives(
    openCandidates(values, objective, negatives),
    [...own, ...events.context.filter(isPositive), ...events.ahead.filter(isPositive)].filter(
      isTrusted,
    ),
    outcome.attributionWindowMinutes * MINUTE_MS,
    negatives,
    sampling.seed,
  )
  const labelled: Labelled[] = []
  const excluded: Record<string, number> = {}
  let synthetic = 0
  for (const row of own) {
    const slate = `${row.event} ${row.timeMs}`
    const standing = standingOf(row, verdictOf)
    const { trust, excludedBy: reason } = standing
    if (reason !== undefined) {
      excluded[reason] = (excluded[reason] ?? 0) + 1
      labelled.push({ row, label: 1, value: row.value, slate, ...standing })
      continue
    }
    const { positive, negatives: drawn } = drawFor(row)
    synthetic += drawn.length
    labelled.push({ row, label: 1, value: row.value, slate, trust, rate: positive.rate })
    for (const [n, { item, rate }] of drawn.entries())
      labelled.push({
        row: { ...row, event: negativeId(row.event, n), item },
        ...{ label: 0, value: null, slate, trust, rate },
      })
  }
  const removed = Object.values(excluded).reduce((a, b) => a + b, 0)
  const account = {
    outcomes: outcomes.length,
    attributed: own.length - removed,
    otherOutcome: outcomes.length - own.length,
    repeated: 0,
    orphaned: 0,
    ofEarlierSet: 0,
    synthetic,
    ...(removed > 0 && { excludedOutcomes: excluded }),
  }
  return { labelled, account }
}

const byTime = (a: Labelled, b: Labelled): number =>
  a.row.timeMs - b.row.timeMs || (a.row.event < b.row.event ? -1 : 1)

/** The impressions that samples are made of, in order of (time, id), and the account of the outcomes. */
export function labelImpressions(
  recipe: SampleRecipe,
  events: Events,
  values: Timeline,
  verdictOf: VerdictOf = noVerdict,
) {
  const { negatives } = recipe.sampling
  const { labelled, account } = negatives
    ? drawImpressions(recipe, negatives, events, values, verdictOf)
    : attributeImpressions(recipe, events, verdictOf)
  return { labelled: labelled.sort(byTime), account }
}
