import { createHash } from 'node:crypto'
import {
  MODEL_FORMAT_VERSION,
  MODEL_MAGIC,
  type ModelHeader,
  modelHeaderSchema,
} from '../contract/artifact.ts'
import { canonicalJson } from './digest.ts'
import { CorruptArtifact, describeFirstError } from './errors.ts'

export type Section = Uint32Array | Float32Array | Float64Array
export interface ModelArtifact {
  header: ModelHeader
  sections: Readonly<Record<string, Section>>
}

const PREFIX_BYTES = 16
const CHECKSUM_BYTES = 32
const WIDTH = { u32: 4, f32: 4, f64: 8 } as const
const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8
const typeOf = (section: Section): 'u32' | 'f32' | 'f64' =>
  section instanceof Uint32Array ? 'u32' : section instanceof Float32Array ? 'f32' : 'f64'
const checksum = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()

/**
 * The bytes of `model.qmm`. The layout is described in contract/artifact.ts. Equal models give
 * equal bytes.
 */
export function encodeModel(
  header: Omit<ModelHeader, 'sections'>,
  sections: Readonly<Record<string, Section>>,
): Uint8Array {
  const described: ModelHeader = {
    ...header,
    sections: Object.entries(sections).map(([name, section]) => ({
      name,
      type: typeOf(section),
      length: section.length,
    })),
  }
  const headerBytes = new TextEncoder().encode(canonicalJson(described))
  const bodyBytes = Object.values(sections).reduce(
    (sum, { byteLength }) => sum + padded(byteLength),
    0,
  )
  const start = padded(PREFIX_BYTES + headerBytes.byteLength)
  const bytes = new Uint8Array(start + bodyBytes + CHECKSUM_BYTES)
  bytes.set(new TextEncoder().encode(MODEL_MAGIC))
  const view = new DataView(bytes.buffer)
  view.setUint32(8, MODEL_FORMAT_VERSION, true)
  view.setUint32(12, headerBytes.byteLength, true)
  bytes.set(headerBytes, PREFIX_BYTES)
  let at = start
  for (const section of Object.values(sections)) {
    // Every platform that Node 24 supports is little-endian, like the layout.
    bytes.set(new Uint8Array(section.buffer, section.byteOffset, section.byteLength), at)
    at += padded(section.byteLength)
  }
  bytes.set(checksum(bytes.subarray(0, at)), at)
  return bytes
}

function parseHeader(text: string, name: string): ModelHeader {
  try {
    return modelHeaderSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new CorruptArtifact(`${name}: its header is invalid: ${describeFirstError(cause)}`, {
      cause,
    })
  }
}

/**
 * Reads the model from the bytes of `model.qmm`. Throws CorruptArtifact with the found and the
 * expected value for another magic or format version, a truncated file, or a wrong checksum.
 */
export function decodeModel(bytes: Uint8Array, name = 'model.qmm'): ModelArtifact {
  const wrong = (got: string, expected: string): CorruptArtifact =>
    new CorruptArtifact(`${name}: got ${got}, expected ${expected}`)
  if (bytes.byteLength < PREFIX_BYTES + CHECKSUM_BYTES)
    throw wrong(`${bytes.byteLength} bytes`, `at least ${PREFIX_BYTES + CHECKSUM_BYTES}`)
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, 8))
  if (magic !== MODEL_MAGIC)
    throw wrong(`magic ${JSON.stringify(magic)}`, JSON.stringify(MODEL_MAGIC))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const formatVersion = view.getUint32(8, true)
  if (formatVersion !== MODEL_FORMAT_VERSION)
    throw wrong(`format version ${formatVersion}`, `version ${MODEL_FORMAT_VERSION}`)
  const end = bytes.byteLength - CHECKSUM_BYTES
  const sum = checksum(bytes.subarray(0, end))
  if (Buffer.compare(sum, bytes.subarray(end)) !== 0)
    throw wrong('a checksum that differs from its bytes (truncated or changed)', 'a whole file')
  const headerBytes = view.getUint32(12, true)
  const header = parseHeader(
    new TextDecoder().decode(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headerBytes)),
    name,
  )
  const sections: Record<string, Section> = {}
  let at = padded(PREFIX_BYTES + headerBytes)
  for (const { name: section, type, length } of header.sections) {
    // Copied, because a Buffer's slice shares memory at an offset that typed arrays do not accept.
    if (at + padded(length * WIDTH[type]) > end)
      throw wrong(`a section ${section} of ${length} ${type}`, 'one that ends before the checksum')
    const slice = new Uint8Array(bytes.subarray(at, at + length * WIDTH[type])).buffer
    sections[section] =
      type === 'u32'
        ? new Uint32Array(slice)
        : type === 'f32'
          ? new Float32Array(slice)
          : new Float64Array(slice)
    at += padded(length * WIDTH[type])
  }
  if (at !== end) throw wrong(`${end} bytes of sections`, `${at}`)
  return { header, sections }
}
