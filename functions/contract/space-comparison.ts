import { z } from 'zod'

/** `comparison.json`: what the gate found when it judged a trained space, and what a page shows of it. */

const count = z.number().int().min(0)
const share = z.number()

/** One matrix of vectors. */
const matrixFiguresSchema = z.object({
  /** `items.in`, `items.out`, `users.in`, `documents.in`. */
  matrix: z.string(),
  rows: count,
  /** Rows with a number that is not finite. */
  notFinite: count,
  /** Rows of zeros among those of entities with edges. */
  zero: count,
  medianNorm: z.number(),
  maxNorm: z.number(),
  /** The median norm over that of the training with another seed, and of the served space. Null: none. */
  normOfSeeds: z.number().nullable(),
  normOfServed: z.number().nullable(),
})
export type MatrixFigures = z.infer<typeof matrixFiguresSchema>

/** How many of the nearest entities two spaces have in common, as a mean over queries. */
const overlapFiguresSchema = z.object({
  /** `in`: items near an item. `out`: the same by `out`. `users`: items with the greatest in(user)·out(item). */
  side: z.enum(['in', 'out', 'users']),
  queries: count,
  /** Nearest ones of each query: ten, or fewer where there are few items. */
  depth: count,
  /** Of two trainings that differ in their seed. */
  seeds: share,
  /** Of the same two trainings, for different queries. */
  chance: share,
  /** Of this space and the served one; of the other seed's and the served one. Null: nothing is served. */
  served: share.nullable(),
  seedsServed: share.nullable(),
})
export type OverlapFigures = z.infer<typeof overlapFiguresSchema>

/** Whether the directions of items differ. */
const directionFiguresSchema = z.object({
  items: count,
  /** 1 − |mean direction|²: 0 where all point the same way. */
  spread: share,
  /** Dimensions that they use: (Σ eigenvalues)² / Σ eigenvalues² of their covariance. */
  rank: z.number(),
})
export type DirectionFigures = z.infer<typeof directionFiguresSchema>

const cosines = z.object({ in: z.number(), out: z.number() })
/** How far items moved since the served generation: mean cosines of an item's vectors in both. */
const driftFiguresSchema = z.object({
  /** Items that both have, and of which the figures are. */
  common: count,
  /** As published. */
  cosine: cosines,
  /** After the rotation that fits both matrices best. */
  best: cosines,
  /** The same of the training with another seed. Absent: not measured. */
  seeds: cosines.optional(),
})
export type DriftFigures = z.infer<typeof driftFiguresSchema>

/** How alike the items of two trainings with different seeds are, after the best rotation. */
const seedFiguresSchema = z.object({
  common: count,
  /** What a quarter of the items exceeds. */
  upperQuartile: cosines,
  /** The share of items whose cosine is below half of that. */
  astray: cosines,
})
export type SeedFigures = z.infer<typeof seedFiguresSchema>

const recallFiguresSchema = z.object({
  /** recall@10 of the vector index beside exact search. */
  recall: share,
  queries: count,
  /** The share of vectors that find themselves. */
  selfFound: share,
})
export type RecallFigures = z.infer<typeof recallFiguresSchema>

/** A way to make lists for users, judged on each user's last event. */
const candidateFiguresSchema = z.object({
  name: z.string(),
  hitRate: share,
  ndcg: share,
  coverage: share,
  /** HR@10 of the chosen one minus that of this one: a 95 % interval, paired by user. Null: not known. */
  difference: z.object({ low: z.number(), high: z.number() }).nullable(),
})
export type CandidateFigures = z.infer<typeof candidateFiguresSchema>

const listFiguresSchema = z.object({
  /** Held-out users that all were judged on. */
  users: count,
  /** Of users' lists, and of lists of items like an item. */
  chosen: z.string(),
  chosenForItems: z.string(),
  candidates: z.array(candidateFiguresSchema),
  /** The share of items with events that some published list has. */
  coverage: share,
  /** Items that no training saw, and the share of them that some user's search finds. */
  newItems: count,
  newReachable: share,
})
export type ListFigures = z.infer<typeof listFiguresSchema>

const spaceFiguresSchema = z.object({
  items: count,
  users: count,
  documents: count,
  matrices: z.array(matrixFiguresSchema),
  /** Null: too few items to say. */
  directions: directionFiguresSchema.nullable(),
  overlaps: z.array(overlapFiguresSchema),
  drift: driftFiguresSchema.nullable(),
  /** Absent: not measured. */
  seeds: seedFiguresSchema.optional(),
  recall: z.object({ in: recallFiguresSchema, out: recallFiguresSchema }).nullable(),
  lists: listFiguresSchema.nullable(),
})
export type SpaceFigures = z.infer<typeof spaceFiguresSchema>

/** Where an item lies on the map. */
const mapPointSchema = z.object({
  id: z.string(),
  title: z.string(),
  category: z.string().nullable(),
  x: z.number(),
  y: z.number(),
})
export type MapPoint = z.infer<typeof mapPointSchema>

/** The nearest items of one item. */
const neighbourChangeSchema = z.object({
  id: z.string(),
  /** In the served space; null where it has none, or the item is not in it. */
  before: z.array(z.string()).nullable(),
  after: z.array(z.string()),
})
export type NeighbourChange = z.infer<typeof neighbourChangeSchema>

const spaceMapSchema = z.object({
  points: z.array(mapPointSchema),
  neighbours: z.array(neighbourChangeSchema),
  /** Titles of the items in `neighbours` that have one. */
  titles: z.record(z.string(), z.string()),
})
export type SpaceMap = z.infer<typeof spaceMapSchema>

/** How new items are placed, judged on items that a training was without. */
const placementFiguresSchema = z.object({
  /** `first-users`, `smoothing` or `graphsage`, and what decided. */
  way: z.string(),
  reason: z.string(),
  users: count,
  items: count,
  /** AUC among these items: by content alone, by three events alone, and by both in each way. Null: nobody could be judged. */
  contentAlone: z.number().nullable(),
  eventsAlone: z.number().nullable(),
  ways: z.record(z.string(), z.number().nullable()),
})
export type PlacementChoice = z.infer<typeof placementFiguresSchema>

const hitRatesSchema = z.object({ with: share, without: share })
/** Whether the links of a knowledge graph became edges, judged by spaces that were trained with and without them. */
const knowledgeFiguresSchema = z.object({
  /** The graph's generation. Null: none was served. */
  graph: z.string().nullable(),
  isTaken: z.boolean(),
  reason: z.string(),
  users: count,
  /** HR@10 of DeepWalk on each user's last event but one, which decides. Null: not compared. */
  choice: hitRatesSchema.nullable(),
  /** HR@10 on the last event, and a 95 % interval of the difference, paired by user. */
  test: hitRatesSchema.extend({ low: z.number(), high: z.number() }).nullable(),
})
export type KnowledgeFigures = z.infer<typeof knowledgeFiguresSchema>

export const spaceComparisonSchema = z.object({
  scene: z.string(),
  generation: z.string(),
  /** The served generation that it was compared with; null for the first. */
  servedGeneration: z.string().nullable(),
  dataThroughMs: z.number().int(),
  isAccepted: z.boolean(),
  reason: z.string(),
  /** Comparisons that were left out, with the reason. */
  leftOut: z.array(z.string()),
  /** How the space was aligned to the served one, or why it was not. */
  alignment: z.string(),
  placement: placementFiguresSchema.optional(),
  /** Absent: the definition does not ask for it. */
  knowledge: knowledgeFiguresSchema.optional(),
  figures: spaceFiguresSchema,
  map: spaceMapSchema,
})
export type SpaceComparison = z.infer<typeof spaceComparisonSchema>
