import { createHash } from 'node:crypto'
import { canonicalJson } from './digest.ts'
import { CorruptArtifact, describeFirstError } from './errors.ts'

/** The bytes that all our artifacts share. contract/artifact.ts describes the layout. */

export type Section = Uint8Array | Uint32Array | Float32Array | Float64Array
export type Sections<S extends Section = Section> = Readonly<Record<string, S>>
type SectionType = 'u8' | 'u32' | 'f32' | 'f64'
export interface SectionDescription {
  name: string
  type: SectionType
  length: number
}

/** What an artifact says that it is. Magic: eight characters. */
export interface ArtifactFormat<Header extends { sections: SectionDescription[] }> {
  magic: string
  formatVersion: number
  header: { parse(value: unknown): Header }
}

const PREFIX_BYTES = 16
const CHECKSUM_BYTES = 32
const WIDTH = { u8: 1, u32: 4, f32: 4, f64: 8 } as const
const padded = (bytes: number): number => Math.ceil(bytes / 8) * 8
const checksum = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()

function typeOf(section: Section): SectionType {
  if (section instanceof Uint32Array) return 'u32'
  if (section instanceof Float32Array) return 'f32'
  return section instanceof Float64Array ? 'f64' : 'u8'
}

/** The bytes of an artifact. Equal headers and sections give equal bytes. */
export function encodeSections<Header extends { sections: SectionDescription[] }>(
  { magic, formatVersion }: ArtifactFormat<Header>,
  header: Omit<Header, 'sections'>,
  sections: Sections,
): Uint8Array {
  const described = {
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
  bytes.set(new TextEncoder().encode(magic))
  const view = new DataView(bytes.buffer)
  view.setUint32(8, formatVersion, true)
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

function parseHeader<Header>(
  schema: { parse(value: unknown): Header },
  text: string,
  name: string,
): Header {
  try {
    return schema.parse(JSON.parse(text))
  } catch (cause) {
    throw new CorruptArtifact(`${name}: its header is invalid: ${describeFirstError(cause)}`, {
      cause,
    })
  }
}

/** Copied, because a Buffer's slice shares memory at an offset that typed arrays do not accept. */
function copySection(bytes: Uint8Array, type: SectionType): Section {
  const slice = new Uint8Array(bytes)
  if (type === 'u8') return slice
  if (type === 'u32') return new Uint32Array(slice.buffer)
  return type === 'f32' ? new Float32Array(slice.buffer) : new Float64Array(slice.buffer)
}

/**
 * Reads the bytes of an artifact. Throws CorruptArtifact with the found and the expected value for
 * another magic or format version, a truncated file, or a wrong checksum.
 */
export function decodeSections<Header extends { sections: SectionDescription[] }>(
  format: ArtifactFormat<Header>,
  bytes: Uint8Array,
  name: string,
): { header: Header; sections: Record<string, Section> } {
  const wrong = (got: string, expected: string): CorruptArtifact =>
    new CorruptArtifact(`${name}: got ${got}, expected ${expected}`)
  if (bytes.byteLength < PREFIX_BYTES + CHECKSUM_BYTES)
    throw wrong(`${bytes.byteLength} bytes`, `at least ${PREFIX_BYTES + CHECKSUM_BYTES}`)
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, 8))
  if (magic !== format.magic)
    throw wrong(`magic ${JSON.stringify(magic)}`, JSON.stringify(format.magic))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const formatVersion = view.getUint32(8, true)
  if (formatVersion !== format.formatVersion)
    throw wrong(`format version ${formatVersion}`, `version ${format.formatVersion}`)
  const end = bytes.byteLength - CHECKSUM_BYTES
  const sum = checksum(bytes.subarray(0, end))
  if (Buffer.compare(sum, bytes.subarray(end)) !== 0)
    throw wrong('a checksum that differs from its bytes (truncated or changed)', 'a whole file')
  const headerBytes = view.getUint32(12, true)
  const text = new TextDecoder().decode(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headerBytes))
  const header = parseHeader(format.header, text, name)
  const sections: Record<string, Section> = {}
  let at = padded(PREFIX_BYTES + headerBytes)
  for (const { name: section, type, length } of header.sections) {
    if (at + padded(length * WIDTH[type]) > end)
      throw wrong(`a section ${section} of ${length} ${type}`, 'one that ends before the checksum')
    sections[section] = copySection(bytes.subarray(at, at + length * WIDTH[type]), type)
    at += padded(length * WIDTH[type])
  }
  if (at !== end) throw wrong(`${end} bytes of sections`, `${at}`)
  return { header, sections }
}
