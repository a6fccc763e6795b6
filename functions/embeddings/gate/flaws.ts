import type { EmbeddingsGate } from '../../contract/embeddings.ts'
import type {
  CandidateFigures,
  DirectionFigures,
  DriftFigures,
  ListFigures,
  MatrixFigures,
  OverlapFigures,
  RecallFigures,
  SeedFigures,
} from '../../contract/space-comparison.ts'

/** What a check finds: flaws refuse the space, and what could not be compared is named. */
export interface Checked {
  flaws: string[]
  leftOut: string[]
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
const flawed = (...flaws: (string | false)[]): string[] => flaws.filter((flaw) => flaw !== false)

/** Two trainings of the same data differ by less; so do generations, unless the data changed altogether. */
const MAX_NORM_OF_SEEDS = 2
const MAX_NORM_OF_SERVED = 4
/** The longest vector over the median one. */
const MAX_NORM_OF_MEDIAN = 100
/** Rows of zeros that a matrix may have. */
const MAX_ZERO = 0.01

/** Numbers that are not finite, rows of zeros, and lengths that differ from those of other trainings. */
export function checkMatrix(figures: MatrixFigures): string[] {
  const { matrix, rows, notFinite, zero, medianNorm, maxNorm } = figures
  if (notFinite > 0)
    return [`${matrix}: ${notFinite} of ${rows} rows have a number that is not finite`]
  const isFar = (ratio: number | null, most: number): ratio is number =>
    ratio !== null && (ratio > most || ratio < 1 / most)
  const { normOfSeeds, normOfServed } = figures
  return flawed(
    zero > MAX_ZERO * rows && `${matrix}: ${zero} of ${rows} rows are zeros`,
    maxNorm > MAX_NORM_OF_MEDIAN * medianNorm &&
      zero <= MAX_ZERO * rows &&
      `${matrix}: the longest row is ${(maxNorm / medianNorm).toFixed(0)} times as long as the median one, expected at most ${MAX_NORM_OF_MEDIAN}`,
    isFar(normOfSeeds, MAX_NORM_OF_SEEDS) &&
      `${matrix}: rows are ${normOfSeeds.toFixed(2)} times as long as with another seed, expected a factor of ${MAX_NORM_OF_SEEDS} at most`,
    isFar(normOfServed, MAX_NORM_OF_SERVED) &&
      `${matrix}: rows are ${normOfServed.toFixed(2)} times as long as the served ones, expected a factor of ${MAX_NORM_OF_SERVED} at most`,
  )
}

const MIN_SPREAD = 0.01
const MIN_RANK = 2

/** Items whose vectors are all alike have no neighbours. */
export const checkDirections = ({ spread, rank }: DirectionFigures): string[] =>
  flawed(
    !(spread >= MIN_SPREAD) &&
      `all items point the same way: spread ${spread.toFixed(4)}, expected ${MIN_SPREAD} or more`,
    spread >= MIN_SPREAD &&
      rank < MIN_RANK &&
      `all items lie on a line: they use ${rank.toFixed(2)} dimensions, expected ${MIN_RANK} or more`,
  )

const SIDES = { in: 'neighbours', out: 'neighbours by out', users: "users' nearest items" } as const
/** The least agreement of two seeds, beyond chance (Cohen 1960, kappa): less is noise. */
const MIN_AGREEMENT = 0.05
const MIN_QUERIES = 20

/**
 * Two seeds must agree on more than chance explains. Items' neighbours must stay as they are in the served space, and two
 * seeds must agree as much as either agrees with it: in shares of the overlap that another seed leaves.
 */
export function checkOverlap(
  { side, queries, seeds, chance, served, seedsServed }: OverlapFigures,
  { minOverlapOfSeeds }: EmbeddingsGate,
): Checked {
  const name = SIDES[side]
  if (queries < MIN_QUERIES)
    return {
      flaws: [],
      leftOut: [`${name}: ${queries} queries are too few to compare, expected ${MIN_QUERIES}`],
    }
  const agreement = chance < 1 ? (seeds - chance) / (1 - chance) : 0
  const floor = minOverlapOfSeeds * seeds
  const flaws = flawed(
    agreement < MIN_AGREEMENT &&
      `${name}: two seeds have ${percent(seeds)} in common, and ${percent(chance)} is chance: the vectors are noise`,
    side !== 'users' &&
      served !== null &&
      served < floor &&
      `${name}: ${percent(served)} in common with the served space, expected ${percent(floor)} (two seeds have ${percent(seeds)})`,
    side !== 'users' &&
      seedsServed !== null &&
      seeds < minOverlapOfSeeds * seedsServed &&
      `${name}: ${percent(seeds)} in common with another seed, which has ${percent(seedsServed)} in common with the served space`,
  )
  return { flaws, leftOut: [] }
}

/** How far the published space may be from its best rotation, in mean cosine. */
const MAX_ROTATION_LOSS = 0.01
/** How much less than another seed's training it may be like the served space, in mean cosine. */
const MAX_SEED_LOSS = 0.1

/** A space lies where the served one does, and is as much like it as another seed's. */
export const checkDrift = ({ cosine, best, seeds }: DriftFigures): string[] =>
  (['in', 'out'] as const).flatMap((side) =>
    flawed(
      best[side] - cosine[side] > MAX_ROTATION_LOSS &&
        `it is not aligned: the mean cosine of \`${side}\` with the served space is ${cosine[side].toFixed(3)}, after the best rotation ${best[side].toFixed(3)}`,
      seeds !== undefined &&
        seeds[side] - best[side] > MAX_SEED_LOSS &&
        `the mean cosine of \`${side}\` with the served space is ${best[side].toFixed(3)}, and ${seeds[side].toFixed(3)} with another seed`,
    ),
  )

/** Where a quarter of the items of two seeds is alike, so must be all but a few. */
const MIN_QUARTILE = 0.6
const MAX_ASTRAY = 0.2

export const checkSeeds = ({ upperQuartile, astray }: SeedFigures): string[] =>
  (['in', 'out'] as const).flatMap((side) =>
    flawed(
      upperQuartile[side] >= MIN_QUARTILE &&
        astray[side] > MAX_ASTRAY &&
        `another seed does not confirm \`${side}\` of ${percent(astray[side])} of the items, expected at most ${percent(MAX_ASTRAY)}`,
    ),
  )

export const checkRecall = (
  recall: Readonly<Record<'in' | 'out', RecallFigures>>,
  { minRecall }: EmbeddingsGate,
): string[] =>
  (['in', 'out'] as const).flatMap((side) => {
    const { recall: found, queries, selfFound } = recall[side]
    return flawed(
      !(found >= minRecall) &&
        `the index of \`${side}\`: recall ${found.toFixed(3)} on ${queries} queries, expected ${minRecall}`,
      !(selfFound >= 1) &&
        `the index of \`${side}\`: ${percent(1 - selfFound)} of vectors do not find themselves`,
    )
  })

/** Whether a baseline is better than the chosen lists. With an interval: more than chance explains. */
function losesTo(chosen: CandidateFigures, baseline: CandidateFigures, lift: number): boolean {
  const { hitRate, difference } = baseline
  const best = difference ? hitRate + difference.high : chosen.hitRate
  return Math.max(best, chosen.hitRate) < lift * hitRate
}

/** The baselines by the name of their method, and what the chosen lists must have of their hit rate. */
const baselinesOf = ({ minLift }: EmbeddingsGate) =>
  [
    ['popularity', minLift],
    ['item-knn', 1],
  ] as const

/** Lists must be at least as good as simple ones, and must reach enough items. */
export function checkLists(lists: ListFigures, gate: EmbeddingsGate): Checked {
  const { users, chosen: name, candidates, coverage, newItems, newReachable } = lists
  const chosen = candidates.find((one) => one.name === name)
  const isCompared = users >= gate.minUsers && chosen !== undefined
  const losses = baselinesOf(gate).flatMap(([baseline, lift]) => {
    const found = candidates.find((one) => one.name === baseline)
    return isCompared && found && losesTo(chosen, found, lift)
      ? [
          `HR@10 of ${name} is ${chosen.hitRate.toFixed(3)} on ${users} users, expected ${lift} times that of ${baseline} (${found.hitRate.toFixed(3)})`,
        ]
      : []
  })
  return {
    flaws: flawed(
      ...losses,
      !(coverage >= gate.minCoverage) &&
        `lists have ${percent(coverage)} of the items, expected ${percent(gate.minCoverage)}`,
      newItems > 0 &&
        !(newReachable >= gate.minNewReachable) &&
        `${percent(newReachable)} of ${newItems} new items can be found, expected ${percent(gate.minNewReachable)}`,
    ),
    leftOut: flawed(
      users < gate.minUsers &&
        `lists: ${users} held-out users are too few to compare, expected ${gate.minUsers}`,
      newItems === 0 && 'new items: there are none',
    ),
  }
}
