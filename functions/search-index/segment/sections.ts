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

export interface SegmentFacts {
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

/** Bytes that start at `at` of the view, which is one of `bytes`. Four bytes more can be loaded at their end. */
export interface Place {
  view: DataView
  bytes: Uint8Array
  at: number
}

/** The bytes of an `index` object, all in memory or some of them. */
export interface SegmentBytes extends SegmentFacts {
  /** All are in memory. */
  isWhole: boolean
  /** A whole section. Null: it is still to be read, and what is read of it now means nothing. */
  section(name: SectionName): Place | null
  /** A part of a section, as `section`. */
  list(name: 'postings' | 'positions', from: number, length: number): Place | null
}

type SectionRanges = Readonly<Record<SectionName, { at: number; bytes: number; checksum: string }>>
export interface OpenHeader {
  facts: SegmentFacts
  sections: SectionRanges
  /** The byte after the last section. */
  end: number
}

type Wrong = (section: string, got: string, expected: string) => CorruptArtifact
const wrongIn =
  (name: string): Wrong =>
  (section, got, expected) =>
    new CorruptArtifact(`${name}: ${section}: got ${got}, expected ${expected}`)

/** Throws CorruptArtifact with the object, the section, the found and the expected value where a byte differs. */
export function checkSection(
  name: string,
  section: string,
  found: Uint8Array,
  expected: string,
): void {
  if (hexOf(found) !== expected) throw wrongIn(name)(section, `checksum ${hexOf(found)}`, expected)
}

/** The number of bytes up to the end of the header, by the first 32 bytes. Throws CorruptArtifact. */
export function headerEnd(bytes: Uint8Array, name: string): number {
  const wrong = wrongIn(name)
  const magic = latin1(bytes.subarray(0, SEGMENT_MAGIC.length))
  if (magic !== SEGMENT_MAGIC)
    throw wrong('header', `magic ${JSON.stringify(magic)}`, JSON.stringify(SEGMENT_MAGIC))
  if (bytes.length < HEADER_AT)
    throw wrong('header', `${bytes.length} bytes`, `at least ${HEADER_AT}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const version = view.getUint32(SEGMENT_MAGIC.length, true)
  if (version !== LAYOUT_VERSION)
    throw wrong('header', `format version ${version}`, `version ${LAYOUT_VERSION}`)
  return HEADER_AT + view.getUint32(HEADER_LENGTH_AT, true)
}

/** Reads the header at the beginning of an `index` object. Throws CorruptArtifact as `openSections`. */
export function readHeader(bytes: Uint8Array, name: string): OpenHeader {
  const headerAt = headerEnd(bytes, name)
  if (bytes.length < headerAt)
    throw wrongIn(name)('header', `${bytes.length} bytes`, `at least ${headerAt}`)
  const headerBytes = bytes.subarray(HEADER_AT, headerAt)
  const stored = hexOf(bytes.subarray(CHECKSUM_AT, HEADER_AT))
  checkSection(name, 'header', checksumOf(bytes.subarray(0, CHECKSUM_AT), headerBytes), stored)
  const header = JSON.parse(new TextDecoder().decode(headerBytes)) as Header
  let at = headerAt
  const sections = Object.fromEntries(
    header.sections.map(({ name: section, ...range }) => {
      const place = { ...range, at }
      at += range.bytes
      return [section, place]
    }),
  ) as SectionRanges
  const { sections: _sections, ...facts } = header
  return { facts, sections, end: at }
}

/**
 * Checks every byte of an object in memory and finds the sections. Throws CorruptArtifact with the object, the
 * section, the found and the expected value for another magic or version, a truncated object, or a changed byte.
 */
export function openSections(bytes: Uint8Array, name: string): SegmentBytes {
  const wrong = wrongIn(name)
  const { facts, sections, end } = readHeader(bytes, name)
  for (const [section, range] of Object.entries(sections)) {
    const { at, bytes: expected, checksum } = range
    if (at + expected > bytes.length)
      throw wrong(section, `${bytes.length - at} bytes`, `${expected}`)
    checkSection(name, section, checksumOf(bytes.subarray(at, at + expected)), checksum)
  }
  const found = latin1(bytes.subarray(end))
  if (found !== END_MAGIC)
    throw wrong('end', JSON.stringify(found.slice(0, 32)), JSON.stringify(END_MAGIC))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return {
    ...facts,
    isWhole: true,
    section: (section) => ({ view, bytes, at: sections[section].at }),
    list: (section, from) => ({ view, bytes, at: sections[section].at + from }),
  }
}
