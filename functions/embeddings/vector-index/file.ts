import {
  VECTOR_INDEX_FORMAT_VERSION,
  VECTOR_INDEX_MAGIC,
  type VectorIndexHeader,
  vectorIndexHeaderSchema,
} from '../../contract/vector-index.ts'
import { CorruptArtifact } from '../../core/errors.ts'
import {
  type ArtifactFormat,
  decodeSections,
  encodeSections,
  type Section,
} from '../../core/sections.ts'

/** The sections of a `.qmv`, as contract/vector-index.ts describes them. */
export interface VectorSections {
  ids: Uint8Array
  offsets: Uint32Array
  starts: Uint32Array
  places: Uint32Array
  centroids: Float32Array
  vectors: Float32Array
  bias: Float64Array | null
}

const FORMAT: ArtifactFormat<VectorIndexHeader> = {
  magic: VECTOR_INDEX_MAGIC,
  formatVersion: VECTOR_INDEX_FORMAT_VERSION,
  header: vectorIndexHeaderSchema,
}

export const encodeVectorFile = (
  header: Omit<VectorIndexHeader, 'sections'>,
  { bias, ...sections }: VectorSections,
): Uint8Array => encodeSections(FORMAT, header, { ...sections, ...(bias && { bias }) })

const TYPES = {
  u8: Uint8Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const

/** Dimensions of a centroid. */
export const centroidWidth = ({
  metric,
  dimensions,
}: Pick<VectorIndexHeader, 'metric' | 'dimensions'>): number =>
  metric === 'cosine' ? dimensions : dimensions + 2

const ascends = (numbers: Uint32Array, end: number): boolean =>
  numbers[0] === 0 &&
  numbers.at(-1)! <= end &&
  numbers.every((x, i) => i === 0 || x >= numbers[i - 1]!)

function isPermutation(numbers: Uint32Array): boolean {
  const seen = new Uint8Array(numbers.length)
  return numbers.every((x) => {
    const isFirst = seen[x] === 0
    seen[x] = 1
    return isFirst
  })
}

/**
 * Reads the bytes of a `.qmv`. Throws CorruptArtifact for another magic or format version, a wrong checksum,
 * and sections that do not fit the header.
 */
export function decodeVectorFile(
  bytes: Uint8Array,
  name: string,
): { header: VectorIndexHeader; sections: VectorSections } {
  const { header, sections } = decodeSections(FORMAT, bytes, name)
  const { count, cells, dimensions, metric } = header
  const take = <T extends keyof typeof TYPES>(section: string, type: T, length: number | null) => {
    const found: Section | undefined = sections[section]
    if (found instanceof TYPES[type] && (length === null || found.length === length))
      return found as InstanceType<(typeof TYPES)[T]>
    throw new CorruptArtifact(
      `${name}: got ${found ? `${found.length} numbers in` : 'no'} section ${section}, expected ${length ?? 'some'} ${type}`,
    )
  }
  const all: VectorSections = {
    ids: take('ids', 'u8', null),
    offsets: take('offsets', 'u32', count + 1),
    starts: take('starts', 'u32', cells + 1),
    places: take('places', 'u32', count),
    centroids: take('centroids', 'f32', cells * centroidWidth(header)),
    vectors: take('vectors', 'f32', count * dimensions),
    bias: metric === 'cosine' ? null : take('bias', 'f64', count),
  }
  const wrong = (section: string, expected: string) =>
    new CorruptArtifact(`${name}: got other numbers in section ${section}, expected ${expected}`)
  for (const [section, end] of [
    ['offsets', all.ids.length],
    ['starts', count],
  ] as const)
    if (!ascends(all[section], end))
      throw wrong(section, `numbers from 0 that ascend to at most ${end}`)
  if (!isPermutation(all.places)) throw wrong('places', `each number below ${count} once`)
  return { header, sections: all }
}
