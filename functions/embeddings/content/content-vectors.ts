import type { EmbeddingsDefinition } from '../../contract/embeddings.ts'
import { textVector } from '../../math/text-vector.ts'
import type { EntityStatement } from '../graph/read-catalogue.ts'
import { parseVector, type VectorFlaw } from './given-vector.ts'

type ContentDefinition = Pick<EmbeddingsDefinition, 'text' | 'vectorFrom' | 'contentDimensions'>

/** Entities by what became of their content. */
export interface ContentAccount {
  withVector: number
  /** No text, or no attribute with a vector: a row of zeros. */
  withoutContent: number
  /** A vector that cannot be used, by reason. The entity is kept and has a row of zeros. */
  refused: Partial<Record<VectorFlaw, number>>
}

export interface ContentReader {
  /** The content vector (contentDimensions, length 1); null: the entity has no content. */
  vectorOf(entity: Omit<EntityStatement, 'id'>): Float32Array | null
  account: ContentAccount
}

const ATTRIBUTE = 'attributes.'

/** The texts that the definition names, in its order, joined by spaces. */
function contentText(
  { attributes, title, text }: Omit<EntityStatement, 'id'>,
  sources: readonly string[],
): string {
  const textOf = (source: string): string => {
    if (source === 'title') return title
    if (source === 'text') return text
    const name = source.slice(ATTRIBUTE.length)
    const value = Object.hasOwn(attributes, name) ? attributes[name]! : ''
    return Array.isArray(value) ? value.join(' ') : String(value)
  }
  return sources.map(textOf).join(' ')
}

/**
 * Makes content vectors, and counts what became of each entity. With `vectorFrom`, an entity has the vector that
 * its attribute holds and its text is not read: vectors of words lie in another space, and the two kinds cannot be
 * compared.
 */
export function createContentReader({
  text,
  vectorFrom,
  contentDimensions,
}: ContentDefinition): ContentReader {
  const account: ContentAccount = { withVector: 0, withoutContent: 0, refused: {} }
  const given = vectorFrom?.slice(ATTRIBUTE.length)
  const read = (entity: Omit<EntityStatement, 'id'>): Float32Array | VectorFlaw | null => {
    if (given === undefined) return textVector(contentText(entity, text), contentDimensions)
    if (!Object.hasOwn(entity.attributes, given)) return null
    return parseVector(entity.attributes[given]!, contentDimensions)
  }
  return {
    account,
    vectorOf(entity) {
      const found = read(entity)
      if (typeof found === 'string') account.refused[found] = (account.refused[found] ?? 0) + 1
      else if (found) account.withVector++
      else account.withoutContent++
      return found instanceof Float32Array ? found : null
    },
  }
}
