import { type Part, type Parts, SPACE_PART } from '../contract/part.ts'
import type { ObjectStore } from '../core/objects.ts'
import { decodeSpace } from '../core/space.ts'
import type { Found } from '../graph/retrieval/ports.ts'
import { rowMatrix } from '../math/dot-rows.ts'
import { textVector } from '../math/text-vector.ts'
import { nearestIds } from './nearest-ids.ts'
import { readChecked } from './read-checked.ts'
import { readOnce } from './read-once.ts'

/** Vectors of the texts of a space's items. */
export interface ContentVectors {
  generation: string
  /**
   * The items nearest to a text by the cosine of their contents, at most `depth`, without those that `accepts`
   * declines. Every vector is compared. Empty for a text without words.
   */
  search(text: string, depth: number, accepts: (id: string) => boolean): Found[]
}

const MAX_GENERATIONS = 3

async function readVectors(
  models: Pick<ObjectStore, 'get'>,
  part: Part,
): Promise<ContentVectors | null> {
  const { generation } = part
  const { header, table } = decodeSpace(await readChecked(models, part), part.key)
  const { ids, content } = table
  if (header.hasGivenContent || !content || ids.length === 0) return null
  const { contentDimensions } = header
  const matrix = rowMatrix(content, contentDimensions)
  return {
    generation,
    search(text, depth, accepts) {
      const query = textVector(text, contentDimensions)
      return query ? nearestIds(matrix, ids, query, depth, accepts) : []
    },
  }
}

/**
 * Opens the content vectors of spaces. Those of the last three generations stay in memory: 4 bytes a dimension of each
 * item, and its id.
 */
export function openContentVectors(models: Pick<ObjectStore, 'get'>) {
  const opened = new Map<string, Promise<ContentVectors | null>>()
  /** Null: the release has no space, or its items no vectors of words. Throws ObjectMissing and CorruptArtifact. */
  return async (parts: Parts): Promise<ContentVectors | null> => {
    const part = parts[SPACE_PART]
    if (!part) return null
    return readOnce(opened, part.generation, MAX_GENERATIONS, () => readVectors(models, part))
  }
}
