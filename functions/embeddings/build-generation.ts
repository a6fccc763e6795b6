import type { Scene } from '../contract/scene.ts'
import type { SpaceHeader } from '../contract/space.ts'
import type { KnowledgeFigures, SpaceComparison } from '../contract/space-comparison.ts'
import type { VectorSide } from '../contract/vector-index.ts'
import { configurationDigest } from '../core/configuration.ts'
import type { SpaceExtras } from '../core/space.ts'
import { alignSpace, rotateSpace } from './align/align-space.ts'
import type { SpaceTables } from './align/space-tables.ts'
import { type ChosenLists, chooseLists, fitLists } from './choose-lists.ts'
import type { NodeVectors } from './deepwalk/training.ts'
import { judgeSpace } from './gate/judge-space.ts'
import { embeddingsOf } from './generations.ts'
import { graphDigest } from './graph/encode-graph.ts'
import type { Graph } from './graph/graph.ts'
import { type Indexes, listFigures, measureIndexes } from './judge-generation.ts'
import { choosePlacementWay, learnToPlace } from './learn-new-items.ts'
import { makeLists, type SpaceLists } from './make-lists.ts'
import { addByContent, tablesOf } from './make-tables.ts'
import { drawMap, mapOf } from './map/draw-map.ts'
import type { PlacementWay } from './placement/learn-placement.ts'
import { packPlacement } from './placement/pack-models.ts'
import type { World } from './read-world.ts'
import type { LoadedSpace } from './served-space.ts'
import type { Both, Lessons } from './train-spaces.ts'
import { buildVectorIndex } from './vector-index/build.ts'
import { vectorsOfSide } from './vector-index/items.ts'
import { openVectorIndex } from './vector-index/open.ts'

/** What a generation is built from, after its training. */
export interface BuildInput {
  scene: Scene
  generation: string
  codeDigest: string
  world: World
  lessons: Lessons
  graphs: Both<Graph>
  trained: Both<NodeVectors>
  /** The space that is served, or would be with the next release. */
  served: LoadedSpace | null
  /** What was found of the links of a knowledge graph. Undefined: nobody asked. */
  knowledge?: KnowledgeFigures | undefined
}

/** A generation in memory: all that is written of it. */
export interface BuiltSpace {
  header: Omit<SpaceHeader, 'sections' | 'count' | 'kind'>
  tables: SpaceTables
  extras: SpaceExtras
  indexBytes: Readonly<Record<VectorSide, Uint8Array>>
  lists: SpaceLists
  chosen: ChosenLists
}
export interface BuiltGeneration {
  comparison: SpaceComparison
  /** Null: its vectors are no numbers, so nothing could be made of them. */
  space: BuiltSpace | null
}

interface AlignedSpace {
  tables: SpaceTables
  extras: SpaceExtras
  hyperparameters: Record<string, number>
  isAligned: boolean
  alignment: string
}

/** The trained vectors as the served space has them, with what content places, and what places others. */
function alignTables(
  { scene, world, served }: BuildInput,
  fresh: SpaceTables,
  way: PlacementWay,
): AlignedSpace {
  const definition = embeddingsOf(scene)
  const { interactions } = world.events
  const { rotation, reason } = alignSpace(fresh, served?.tables ?? null)
  const aligned = rotation ? rotateSpace(fresh, {}, rotation).tables : fresh
  const { tables, models } = learnToPlace(aligned, interactions, way, definition)
  const { sections, hyperparameters } = packPlacement(models)
  const servedMap = rotation ? (served?.items.extras.map ?? null) : null
  return {
    tables: addByContent(tables, models, world, definition.contentDimensions),
    extras: { ...sections, map: mapOf(aligned.items, servedMap) },
    ...{ hyperparameters, isAligned: rotation !== null, alignment: reason },
  }
}

/** Both vector indexes: of items for an item, and of items for a user. */
function buildIndexes(
  { scene, generation, codeDigest }: BuildInput,
  { items, users, dimensions }: SpaceTables,
  popularityWeight: number,
): Record<VectorSide, Uint8Array> {
  const { gate, seed } = embeddingsOf(scene)
  const origin = {
    ...{ scene: scene.scene, generation, codeDigest },
    configurationDigest: configurationDigest(scene),
  }
  const build = (side: VectorSide): Uint8Array =>
    buildVectorIndex({
      ...vectorsOfSide({ table: items, dimensions, popularityWeight }, side),
      ...{ origin, seed, minRecall: gate.minRecall },
      ...(side === 'out' && { queries: users.in }),
    })
  return { in: build('in'), out: build('out') }
}

function headerOf(
  { scene, generation, codeDigest, world, graphs, served }: BuildInput,
  popularityWeight: number,
  { isAligned, hyperparameters }: AlignedSpace,
): BuiltSpace['header'] {
  const definition = embeddingsOf(scene)
  const { dimensions, contentDimensions } = definition
  const { fromMs, throughMs } = world.events
  return {
    ...{ scene: scene.scene, generation, dimensions, contentDimensions, popularityWeight },
    ...(definition.vectorFrom !== undefined && { hasGivenContent: true }),
    ...{ dataFromMs: fromMs, dataThroughMs: throughMs },
    alignedTo: isAligned ? served!.generation : null,
    hyperparameters: { ...definition.walks, seed: definition.seed, ...hyperparameters },
    ...{ codeDigest, configurationDigest: configurationDigest(scene) },
    graphDigest: graphDigest(graphs.all),
  }
}

/** Titles and categories for the map. */
function labelsOf({ items }: World) {
  const byId = new Map(items.map((item) => [item.id, item]))
  return {
    titleOf: (id: string): string | null => byId.get(id)?.title || null,
    categoryOf: (id: string): string | null => byId.get(id)?.category ?? null,
  }
}

const hasNumbers = ({ items, users, documents }: SpaceTables): boolean =>
  [items.in, items.out!, users.in, documents?.in ?? new Float32Array()].every((rows) =>
    rows.every(Number.isFinite),
  )

/** What every comparison has. */
const aboutOf = ({ scene, generation, world, served, knowledge }: BuildInput) => ({
  ...{ scene: scene.scene, generation, servedGeneration: served?.generation ?? null },
  dataThroughMs: world.events.throughMs,
  ...(knowledge && { knowledge }),
})

/** The verdict on a training that went astray. */
function refuse(input: BuildInput, fresh: SpaceTables): BuiltGeneration {
  const { gate } = embeddingsOf(input.scene)
  const served = input.served?.tables ?? null
  const judgement = judgeSpace({ fresh, otherSeed: null, served, recall: null, lists: null }, gate)
  const map = { points: [], neighbours: [], titles: {} }
  const alignment = 'not aligned: its vectors are no numbers'
  return { comparison: { ...aboutOf(input), alignment, ...judgement, map }, space: null }
}

/**
 * Builds and judges a generation: chooses how new items are placed and what lists are made from by the held-out training,
 * aligns the other one to the served space, places what has content alone, builds indexes and lists, and asks the gate.
 * Pure: the same input gives the same bytes.
 */
export function buildGeneration(input: BuildInput): BuiltGeneration {
  const { scene, world, lessons, graphs, trained, served } = input
  const definition = embeddingsOf(scene)
  const { interactions } = world.events
  const tablesIn = (which: keyof Both<Graph>): SpaceTables =>
    tablesOf(graphs[which], trained[which], world, lessons[which], definition)
  const [fresh, otherSeed] = [tablesIn('all'), tablesIn('heldOut')]
  for (const own of [fresh, otherSeed]) if (!hasNumbers(own)) return refuse(input, own)
  const placing = choosePlacementWay(otherSeed, lessons, world, definition)
  const chosen = chooseLists(placing.tables, lessons.split, definition)
  const { popularityWeight } = chosen
  const aligned = alignTables(input, fresh, placing.way)
  const { tables, extras, alignment } = aligned
  const header = headerOf(input, popularityWeight, aligned)
  const indexBytes = buildIndexes(input, tables, popularityWeight)
  const indexes: Indexes = {
    in: openVectorIndex(indexBytes.in, 'in.qmv'),
    out: openVectorIndex(indexBytes.out, 'out.qmv'),
  }
  const fitted = fitLists(tables, interactions, chosen)
  const lists = makeLists({ world, tables, indexes, ...fitted }, definition.lists)
  const judgement = judgeSpace(
    {
      ...{ fresh: tables, otherSeed, served: served?.tables ?? null },
      recall: measureIndexes(indexes, tables, popularityWeight),
      lists: listFigures(chosen, lists, tables, indexes.out, interactions.items),
    },
    definition.gate,
  )
  const map = drawMap(tables.items, served?.tables.items ?? null, extras.map!, labelsOf(world))
  return {
    comparison: {
      ...{ ...aboutOf(input), alignment, placement: placing.choice },
      ...{ ...judgement, map },
    },
    space: { header, tables, extras, indexBytes, lists, chosen },
  }
}
