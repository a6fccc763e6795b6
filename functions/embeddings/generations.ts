import type { SpaceMeaning } from '../contract/embedding-manifest.ts'
import { embeddingsPk } from '../contract/embedding-rows.ts'
import type { EmbeddingsDefinition } from '../contract/embeddings.ts'
import type { Scene } from '../contract/scene.ts'
import { SPACE_FORMAT_VERSION } from '../contract/space.ts'
import { VECTOR_INDEX_FORMAT_VERSION } from '../contract/vector-index.ts'
import { InvalidInput } from '../core/errors.ts'
import type { GenerationList } from '../registry/generations.ts'

/**
 * The version of what this room computes: graph, walks, training, placement, lists. A change that makes other vectors
 * of the same events raises it, and the next day a generation is built.
 */
const TRAINING_VERSION = 1

/** The list of a scene's generations. */
export const spaceList = (scene: string): GenerationList => ({
  pk: embeddingsPk(scene),
  what: `space of ${scene}`,
})

/** Throws InvalidInput where a scene has no section `embeddings`. */
export function embeddingsOf({ scene, embeddings }: Scene): EmbeddingsDefinition {
  if (embeddings) return embeddings
  throw new InvalidInput(`scene ${scene}: expected a section "embeddings"; nothing was built`)
}

/** What a space of this scene means under the present code. Where it is mirrored, and how often others are placed, is no part of that. */
export function meaningOf(scene: Scene): SpaceMeaning {
  const { vectorStore: _store, placeEveryHours: _hours, ...embeddings } = embeddingsOf(scene)
  const formats = {
    space: SPACE_FORMAT_VERSION,
    index: VECTOR_INDEX_FORMAT_VERSION,
    training: TRAINING_VERSION,
  }
  return { embeddings, objective: scene.objective, formats }
}
