import type { EmbeddingsGate } from '../../contract/embeddings.ts'
import type { ListFigures, RecallFigures, SpaceFigures } from '../../contract/space-comparison.ts'
import { measureDrift, measureSeeds } from '../align/drift.ts'
import type { SpaceTables } from '../align/space-tables.ts'
import {
  type Checked,
  checkDirections,
  checkDrift,
  checkLists,
  checkMatrix,
  checkOverlap,
  checkRecall,
  checkSeeds,
  percent,
} from './flaws.ts'
import { measureDirections, measureMatrices } from './matrix-figures.ts'
import { measureOverlap } from './overlap.ts'

/** What a trained space is judged by. */
export interface JudgedSpace {
  /** As it would be published: aligned. */
  fresh: SpaceTables
  /** A training that differs in its seed, and perhaps in held-out events. Null: there is none. */
  otherSeed: SpaceTables | null
  /** Null: nothing is served. */
  served: SpaceTables | null
  /** Null: not measured. */
  recall: { in: RecallFigures; out: RecallFigures } | null
  lists: ListFigures | null
}

export interface SpaceJudgement {
  isAccepted: boolean
  reason: string
  leftOut: string[]
  figures: SpaceFigures
}

const SIDES = ['in', 'out', 'users'] as const

/** Spaces of other dimensions have nothing to compare. */
const comparable = (fresh: SpaceTables, served: SpaceTables | null): SpaceTables | null =>
  served && served.dimensions === fresh.dimensions ? served : null

/**
 * What is measured of a space. Where a number is not finite, nothing else is measured of its vectors: nothing can be
 * near them.
 */
function measure(judged: JudgedSpace): SpaceFigures {
  const { fresh, otherSeed, recall, lists } = judged
  const served = comparable(fresh, judged.served)
  const matrices = measureMatrices(fresh, otherSeed, served)
  const hasNumbers = matrices.every(({ notFinite }) => notFinite === 0)
  const seeds = hasNumbers ? measureSeeds(fresh, otherSeed) : null
  return {
    items: fresh.items.ids.length,
    users: fresh.users.ids.length,
    documents: fresh.documents?.ids.length ?? 0,
    matrices,
    directions: hasNumbers ? measureDirections(fresh) : null,
    overlaps:
      hasNumbers && otherSeed
        ? SIDES.map((side) => measureOverlap(side, fresh, otherSeed, served)).filter(
            (overlap) => overlap !== null,
          )
        : [],
    drift: hasNumbers ? measureDrift(fresh, served, otherSeed) : null,
    ...(seeds && { seeds }),
    ...{ recall, lists },
  }
}

/** Comparisons that are missing as a whole, and why. */
function missing(
  { fresh, otherSeed, served }: JudgedSpace,
  { matrices, directions, drift, overlaps, recall, lists }: SpaceFigures,
): string[] {
  if (matrices.some(({ notFinite }) => notFinite > 0)) return []
  const isComparable = comparable(fresh, served) !== null
  return [
    !served && 'the served space: there is none',
    served &&
      !isComparable &&
      `the served space: it has ${served.dimensions} dimensions, this one ${fresh.dimensions}`,
    isComparable && !drift && 'drift: fewer items than dimensions are in both spaces',
    !directions && 'directions: too few items have vectors',
    !otherSeed && 'two seeds: there is one training',
    otherSeed && overlaps.length < SIDES.length && 'overlap: too few items or users are common',
    !recall && 'the vector index: it was not measured',
    !lists && 'lists: they were not measured',
  ].filter((reason) => typeof reason === 'string')
}

/** What an accepted space is like, in one line. */
function describe({ overlaps, lists, recall }: SpaceFigures): string {
  const near = overlaps.find(({ side }) => side === 'in')
  const chosen = lists?.candidates.find(({ name }) => name === lists.chosen)
  const parts = [
    near?.served != null && `overlap ${percent(near.served)} (two seeds: ${percent(near.seeds)})`,
    near && near.served === null && `two seeds have ${percent(near.seeds)} in common`,
    chosen &&
      lists &&
      `HR@10 ${chosen.hitRate.toFixed(3)} of ${chosen.name} on ${lists.users} users`,
    recall && `recall ${Math.min(recall.in.recall, recall.out.recall).toFixed(3)}`,
  ].filter((part) => typeof part === 'string')
  return parts.length > 0 ? parts.join(', ') : 'nothing speaks against it'
}

/**
 * Judges a trained space by the gate of its definition: numbers, agreement of seeds, likeness to the served space, index
 * and lists. Any flaw refuses it. O(500 queries × 20,000 items × dimensions) for each of nine searches, and
 * O(items × dimensions²) once.
 */
export function judgeSpace(judged: JudgedSpace, gate: EmbeddingsGate): SpaceJudgement {
  const figures = measure(judged)
  const { items, matrices, directions, overlaps, drift, seeds, recall, lists } = figures
  const compared: Checked[] = [
    ...overlaps.map((overlap) => checkOverlap(overlap, gate)),
    ...(lists ? [checkLists(lists, gate)] : []),
  ]
  const flaws = [
    ...(items === 0 ? ['no item has a vector'] : []),
    ...matrices.flatMap(checkMatrix),
    ...(directions ? checkDirections(directions) : []),
    ...(drift ? checkDrift(drift) : []),
    ...(seeds ? checkSeeds(seeds) : []),
    ...(recall ? checkRecall(recall, gate) : []),
    ...compared.flatMap((one) => one.flaws),
  ]
  return {
    isAccepted: flaws.length === 0,
    reason: flaws.length > 0 ? flaws.join('; ') : describe(figures),
    leftOut: [...missing(judged, figures), ...compared.flatMap((one) => one.leftOut)],
    figures,
  }
}
