import {
  LATENT_FORMAT_VERSION,
  LATENT_MAGIC,
  type LatentHeader,
  latentHeaderSchema,
} from '../../contract/latent.ts'
import { packIds, unpackIds } from '../../core/packed-ids.ts'
import { type ArtifactFormat, decodeSections, encodeSections } from '../../core/sections.ts'
import type { LatentSpace } from '../../math/latent-space.ts'

const FORMAT: ArtifactFormat<LatentHeader> = {
  magic: LATENT_MAGIC,
  formatVersion: LATENT_FORMAT_VERSION,
  header: latentHeaderSchema,
}

/** A latent space with the places of the documents in it. */
export interface LatentIndex {
  space: LatentSpace
  /** Row i of `vectors` is the i-th id: documents × dimensions, each of length 1. */
  ids: readonly string[]
  vectors: Float32Array
}

/** The bytes of a latent space. Equal ones give equal bytes. */
export function encodeLatent(
  origin: Pick<LatentHeader, 'scene' | 'generation' | 'snapshot'>,
  { space, ids, vectors }: LatentIndex,
): Uint8Array {
  const { dimensions, terms, rarity } = space
  const { ids: termBytes, offsets: termOffsets } = packIds(terms)
  const header = { ...origin, dimensions, terms: terms.length, documents: ids.length }
  return encodeSections(FORMAT, header, {
    ...{ terms: termBytes, termOffsets, rarity },
    termVectors: Float32Array.from(space.vectors),
    ...packIds(ids),
    vectors,
  })
}

/** Throws CorruptArtifact for bytes that are not a latent space of this layout. */
export function decodeLatent(
  bytes: Uint8Array,
  name: string,
): { header: LatentHeader; latent: LatentIndex } {
  const { header, sections } = decodeSections(FORMAT, bytes, name)
  const { terms, termOffsets, rarity, termVectors, ids, offsets, vectors } = sections as {
    terms: Uint8Array
    termOffsets: Uint32Array
    rarity: Float64Array
    termVectors: Float32Array
    ids: Uint8Array
    offsets: Uint32Array
    vectors: Float32Array
  }
  return {
    header,
    latent: {
      space: {
        dimensions: header.dimensions,
        terms: unpackIds({ ids: terms, offsets: termOffsets }),
        ...{ rarity, vectors: termVectors },
      },
      ...{ ids: unpackIds({ ids, offsets }), vectors },
    },
  }
}
