import { z } from 'zod'
import { spaceManifestSchema } from '../contract/embedding-manifest.ts'
import { embeddingsPk } from '../contract/embedding-rows.ts'
import { GENERATIONS_SK, type Generation, generationsSchema } from '../contract/generations.ts'
import {
  parseSpaceKey,
  sceneEmbeddingsPrefix,
  spaceComparisonKey,
  spaceManifestKey,
} from '../contract/keys.ts'
import { SPACE_PART } from '../contract/part.ts'
import { type SpaceComparison, spaceComparisonSchema } from '../contract/space-comparison.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import type { TableStore } from '../core/tables.ts'
import { releasedGenerations } from '../registry/generations.ts'
import { openRegistry } from '../registry/registry.ts'
import { findKnown } from './find-known.ts'

/** Generations that are read: a quarter of a year. */
const READ = 13
/** More points hide each other. */
const MAX_POINTS = 500

const mapSchema = spaceComparisonSchema.shape.map
const spaceGenerationSchema = z.object({
  generation: z.string(),
  fenceMs: z.number().int(),
  status: z.enum(['building', 'accepted', 'refused']),
  reason: z.string(),
  /** What the gate found. Null: it has not judged it. */
  comparison: spaceComparisonSchema.omit({ map: true }).nullable(),
  /** Why what the gate found cannot be read: other code wrote it. */
  unreadable: z.string().nullable(),
})
export type SpaceGeneration = z.infer<typeof spaceGenerationSchema>

const trainedSchema = spaceManifestSchema.pick({
  popularityWeight: true,
  counts: true,
  dataFromMs: true,
  dataThroughMs: true,
})

/** What the page shows of a scene's spaces. */
export const spacesSchema = z.object({
  /** The generation that all users are served. */
  served: z.string().nullable(),
  /** The newest first. */
  generations: z.array(spaceGenerationSchema),
  /** The served generation; where none is, the newest that was judged. */
  map: z.object({ generation: z.string(), points: mapSchema.shape.points }).nullable(),
  /** What the generation of the map was trained on. */
  trained: trainedSchema.nullable(),
  /** The newest generation that was judged, beside the one that was served then. */
  neighbours: mapSchema.omit({ points: true }).extend({ generation: z.string() }).nullable(),
})
export type Spaces = z.infer<typeof spacesSchema>

export interface SpaceStores {
  models: ObjectStore
  online: Pick<TableStore, 'get'>
  registry: TableStore
}

/** The names of generations with a comparison, also of those that the list no longer has. */
async function comparedGenerations(models: ObjectStore, scene: string): Promise<string[]> {
  const listed = await models.list(sceneEmbeddingsPrefix(scene))
  return listed.flatMap(({ key }) => {
    const { generation = null } = parseSpaceKey(key) ?? {}
    return generation !== null && key === spaceComparisonKey(scene, generation) ? [generation] : []
  })
}

const fenceOf = (generation: string): number => Number(generation.slice(-13))

/** At most `MAX_POINTS`, spread evenly. */
function thinOut<Point>(points: readonly Point[]): Point[] {
  const every = Math.ceil(points.length / MAX_POINTS)
  return points.filter((_, n) => n % every === 0)
}

function describeGeneration(
  generation: string,
  listed: Generation | undefined,
  { value: judged, unreadable }: { value: SpaceComparison | null; unreadable: string | null },
): SpaceGeneration {
  const { map: _map, ...comparison } = judged ?? { map: null }
  return {
    generation,
    fenceMs: fenceOf(generation),
    status: listed?.status ?? (judged?.isAccepted ? 'accepted' : 'refused'),
    reason: (listed?.reason || judged?.reason) ?? '',
    comparison: 'figures' in comparison ? comparison : null,
    unreadable,
  }
}

/** The last generations of a scene's space, with what the gate found. Empty where there is none. */
export async function collectSpaces(
  { models, online, registry }: SpaceStores,
  scene: string,
): Promise<Spaces> {
  const [row, compared, { served }] = await Promise.all([
    online.get(embeddingsPk(scene), GENERATIONS_SK),
    comparedGenerations(models, scene),
    releasedGenerations(openRegistry(registry, scene), SPACE_PART),
  ])
  const listed = row ? generationsSchema.parse(row).generations : []
  const byName = new Map(listed.map((one) => [one.generation, one]))
  const names = [...new Set([...byName.keys(), ...compared])]
    .sort((a, b) => fenceOf(b) - fenceOf(a) || (a < b ? -1 : 1))
    .slice(0, READ)
  const found = await readEach(names, (generation) =>
    findKnown(models, spaceComparisonKey(scene, generation), spaceComparisonSchema),
  )
  const judged = found.flatMap(({ value }) => value ?? [])
  const [newest = null] = judged
  const drawn = judged.find(({ generation }) => generation === served) ?? newest
  const { value: trained } = drawn
    ? await findKnown(models, spaceManifestKey(scene, drawn.generation), trainedSchema)
    : { value: null }
  return {
    served,
    generations: names.map((generation, n) =>
      describeGeneration(generation, byName.get(generation), found[n]!),
    ),
    map: drawn && { generation: drawn.generation, points: thinOut(drawn.map.points) },
    trained,
    neighbours: newest && {
      generation: newest.generation,
      neighbours: newest.map.neighbours,
      titles: newest.map.titles,
    },
  }
}
