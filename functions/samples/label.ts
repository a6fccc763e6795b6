import type { EventRow } from '../contract/rows.ts'
import { MINUTE_MS } from '../contract/time.ts'
import type { Timeline } from '../features/timeline.ts'
import { attributeOutcomes } from './attribution.ts'
import { type NegativeSampling, negativeId, openCandidates, openNegatives } from './negatives.ts'
import { type LabelledImpression, slateOf } from './pairs.ts'
import type { SampleRecipe } from './recipe.ts'

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
  /** For drawn negatives: how often the item is drawn, relative to a uniform draw. */
  rate?: number
}

const rowsOf = (rows: readonly EventRow[], type: string) => rows.filter((row) => row.type === type)

/** The impressions of the log, each with its attributed outcome. */
function attributeImpressions({ objective, outcome }: SampleRecipe, events: Events) {
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

const byTime = (a: Labelled, b: Labelled): number =>
  a.row.timeMs - b.row.timeMs || (a.row.event < b.row.event ? -1 : 1)

/** The impressions that samples are made of, in order of (time, id), and the account of the outcomes. */
export function labelImpressions(recipe: SampleRecipe, events: Events, values: Timeline) {
  const { negatives } = recipe.sampling
  const { labelled, account } = negatives
    ? drawImpressions(recipe, negatives, events, values)
    : attributeImpressions(recipe, events)
  return { labelled: labelled.sort(byTime), account }
}
