import {
  SPACE_FORMAT_VERSION,
  SPACE_MAGIC,
  type SpaceHeader,
  spaceHeaderSchema,
  type VectorTable,
} from '../contract/space.ts'
import { CorruptArtifact } from './errors.ts'
import { packIds, unpackIds } from './packed-ids.ts'
import { type ArtifactFormat, decodeSections, encodeSections, type Sections } from './sections.ts'

const FORMAT: ArtifactFormat<SpaceHeader> = {
  magic: SPACE_MAGIC,
  formatVersion: SPACE_FORMAT_VERSION,
  header: spaceHeaderSchema,
}

/** What places entities that no walk has met: `f32`, rows by dimension of the content, and the map. */
export interface SpaceExtras {
  /** contentDimensions × dimensions. */
  contentIn?: Float32Array
  contentOut?: Float32Array
  /** dimensions × 2. */
  map?: Float32Array
  /** (4 dimensions + 3) × dimensions each: functions/embeddings/placement/placement-model.ts has the parts. */
  placeIn?: Float32Array
  placeOut?: Float32Array
  placeUser?: Float32Array
  /** The parameters of a network, of any length. */
  network?: Float32Array
}
export interface Space {
  header: SpaceHeader
  table: VectorTable
  extras: SpaceExtras
}

const EXTRAS = [
  ...(['contentIn', 'contentOut', 'map', 'placeIn', 'placeOut', 'placeUser'] as const),
  'network',
] as const

/** The bytes of a table of vectors. The layout is described in contract/space.ts. */
export function encodeSpace(
  header: Omit<SpaceHeader, 'sections' | 'count'>,
  { ids, in: inward, out, degree, content }: VectorTable,
  extras: SpaceExtras = {},
): Uint8Array {
  const sections: Sections = {
    ...packIds(ids),
    in: inward,
    ...(out && { out }),
    degree,
    ...(content && { content }),
    ...Object.fromEntries(EXTRAS.flatMap((name) => (extras[name] ? [[name, extras[name]]] : []))),
  }
  return encodeSections(FORMAT, { ...header, count: ids.length }, sections)
}

/**
 * Reads the bytes of a table of vectors. Throws CorruptArtifact for another magic or format version, a
 * wrong checksum, and for matrices that are not count × dimensions.
 */
export function decodeSpace(bytes: Uint8Array, name: string): Space {
  const { header, sections } = decodeSections(FORMAT, bytes, name)
  const { count, dimensions, contentDimensions } = header
  const matrix = (section: string, rows: number, columns: number): Float32Array | null => {
    const found = sections[section]
    if (found === undefined) return null
    if (found instanceof Float32Array && found.length === rows * columns) return found
    throw new CorruptArtifact(
      `${name}: got a section ${section} of ${found.length} numbers, expected ${rows} × ${columns} f32`,
    )
  }
  const { ids, offsets, degree } = sections
  const inward = matrix('in', count, dimensions)
  if (
    !(
      ids instanceof Uint8Array &&
      offsets instanceof Uint32Array &&
      offsets.length === count + 1
    ) ||
    !(degree instanceof Float64Array && degree.length === count) ||
    !inward
  )
    throw new CorruptArtifact(`${name}: expected ids, offsets, in and degree of ${count} entities`)
  const extra = (section: (typeof EXTRAS)[number], rows: number, columns: number) => {
    const found = matrix(section, rows, columns)
    return found ? { [section]: found } : {}
  }
  return {
    header,
    table: {
      ids: unpackIds({ ids, offsets }),
      in: inward,
      out: matrix('out', count, dimensions),
      degree,
      content: matrix('content', count, contentDimensions),
    },
    extras: {
      ...extra('contentIn', contentDimensions, dimensions),
      ...extra('contentOut', contentDimensions, dimensions),
      ...extra('map', dimensions, 2),
      ...extra('placeIn', 4 * dimensions + 3, dimensions),
      ...extra('placeOut', 4 * dimensions + 3, dimensions),
      ...extra('placeUser', 4 * dimensions + 3, dimensions),
      ...extra('network', 1, sections['network']?.length ?? 0),
    },
  }
}
