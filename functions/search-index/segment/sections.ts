import { canonicalJson } from '../../core/digest.ts'
import { CorruptArtifact } from '../../core/errors.ts'
import { CHECKSUM_BYTES, checksumOf, hexOf } from './checksum.ts'
import type { SegmentShape } from './types.ts'

/** Changes with what a reader must know of the bytes, and with it the generation of an index. */
export const LAYOUT_VERSION = 1
export const SEGMENT_MAGIC = 'QMSEGM01'
/** The last eight bytes. A reader may load four bytes at the end of any section. */
export const END_MAGIC = 'QMSEGEND'

export const SECTIONS = [
  'ids',
  'versions',
  'gone',
  'dictionary',
  'postings',
  'positions',
  'norms',
  'lengths',
  'filters',
  'numbers',
  'stored',
] as const
export type SectionName = (typeof SECTIONS)[number]

interface SegmentFacts {
  shape: SegmentShape
  count: number
  live: number
  /** By the fields of the shape, in order. */
  totals: readonly { docs: number; tokens: number }[]
  /** Length of the object `documents`. */
  documentsBytes: number
}
interface Header extends SegmentFacts {
  sections: { name: SectionName; bytes: number; checksum: string }[]
}

const HEADER_LENGTH_AT = 12
const CHECKSUM_AT = 16
const HEADER_AT = CHECKSUM_AT + CHECKSUM_BYTES
const encoded = (text: string): Uint8Array => new TextEncoder().encode(text)
const latin1 = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)

/** Magic, version, length and checksum of the header, the header, the sections in their order, the end. */
export function encodeSections(
  facts: SegmentFacts,
  sections: Readonly<Record<SectionName, Uint8Array>>,
): Uint8Array {
  const header: Header = {
    ...facts,
    sections: SECTIONS.map((name) => ({
      name,
      bytes: sections[name].length,
      checksum: hexOf(checksumOf(sections[name])),
    })),
  }
  const headerBytes = encoded(canonicalJson(header))
  const sizes = SECTIONS.reduce((sum, name) => sum + sections[name].length, 0)
  const bytes = new Uint8Array(HEADER_AT + headerBytes.length + sizes + END_MAGIC.length)
  const view = new DataView(bytes.buffer)
  bytes.set(encoded(SEGMENT_MAGIC))
  view.setUint32(SEGMENT_MAGIC.length, LAYOUT_VERSION, true)
  view.setUint32(HEADER_LENGTH_AT, headerBytes.length, true)
  bytes.set(checksumOf(bytes.subarray(0, CHECKSUM_AT), headerBytes), CHECKSUM_AT)
  let at = HEADER_AT
  for (const part of [headerBytes, ...SECTIONS.map((name) => sections[name]), encoded(END_MAGIC)]) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

export interface OpenSections extends SegmentFacts {
  view: DataView
  bytes: Uint8Array
  /** The byte at which each section starts. */
  starts: Readonly<Record<SectionName, number>>
}

/**
 * Checks every byte and finds the sections. Throws CorruptArtifact with the object, the section, the
 * found and the expected value for another magic or version, a truncated object, or a changed byte.
 */
export function openSections(bytes: Uint8Array, name: string): OpenSections {
  const wrong = (section: string, got: string, expected: string): CorruptArtifact =>
    new CorruptArtifact(`${name}: ${section}: got ${got}, expected ${expected}`)
  const check = (section: string, found: Uint8Array, expected: string): void => {
    if (hexOf(found) !== expected) throw wrong(section, `checksum ${hexOf(found)}`, expected)
  }
  const magic = latin1(bytes.subarray(0, SEGMENT_MAGIC.length))
  if (magic !== SEGMENT_MAGIC)
    throw wrong('header', `magic ${JSON.stringify(magic)}`, JSON.stringify(SEGMENT_MAGIC))
  const atLeast = (least: number): void => {
    if (bytes.length < least) throw wrong('header', `${bytes.length} bytes`, `at least ${least}`)
  }
  atLeast(HEADER_AT)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const version = view.getUint32(SEGMENT_MAGIC.length, true)
  if (version !== LAYOUT_VERSION)
    throw wrong('header', `format version ${version}`, `version ${LAYOUT_VERSION}`)
  let at = HEADER_AT + view.getUint32(HEADER_LENGTH_AT, true)
  atLeast(at)
  const headerBytes = bytes.subarray(HEADER_AT, at)
  const stored = hexOf(bytes.subarray(CHECKSUM_AT, HEADER_AT))
  check('header', checksumOf(bytes.subarray(0, CHECKSUM_AT), headerBytes), stored)
  const header = JSON.parse(new TextDecoder().decode(headerBytes)) as Header
  const starts: Partial<Record<SectionName, number>> = {}
  for (const section of header.sections) {
    if (at + section.bytes > bytes.length)
      throw wrong(section.name, `${bytes.length - at} bytes`, `${section.bytes}`)
    check(section.name, checksumOf(bytes.subarray(at, at + section.bytes)), section.checksum)
    starts[section.name] = at
    at += section.bytes
  }
  const end = latin1(bytes.subarray(at))
  if (end !== END_MAGIC)
    throw wrong('end', JSON.stringify(end.slice(0, 32)), JSON.stringify(END_MAGIC))
  const { sections: _sections, ...facts } = header
  return { ...facts, view, bytes, starts: starts as Record<SectionName, number> }
}
