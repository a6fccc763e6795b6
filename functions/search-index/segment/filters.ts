import { BitReader, BitWriter } from './bits.ts'
import { type BitColumn, openColumn, writeColumn } from './columns.ts'
import { gapSplit, readAscending, writeRun } from './runs.ts'
import { Texts, writeTexts } from './texts.ts'
import type { FilterValues } from './types.ts'
import { sortUtf8 } from './utf8.ts'

/** Documents that share one start of their values: a multiple of it is stored. */
const STRIDE = 16

/**
 * The values of one attribute: the distinct texts; which ones each document has; which documents each
 * one has. Where no document has two values: one column, 0 for none, else ordinal + 1. Otherwise a
 * column of numbers of values, one of starts (of every 16th document) and one of all ordinals.
 */
export class FilterWriter {
  readonly #ordinals = new Map<string, number>()
  readonly #counts: number[] = []
  readonly #flat: number[] = []

  /** Lone surrogates become U+FFFD, as in UTF-8. A repeated value counts once. */
  add(values: readonly string[]): void {
    const own = new Set<number>()
    for (const value of values) {
      const text = value.toWellFormed()
      const ordinal = this.#ordinals.get(text) ?? this.#ordinals.size
      this.#ordinals.set(text, ordinal)
      own.add(ordinal)
    }
    this.#counts.push(own.size)
    for (const ordinal of own) this.#flat.push(ordinal)
  }

  finish(): Uint8Array {
    const texts = sortUtf8([...this.#ordinals.keys()])
    const placeOf = new Uint32Array(texts.length)
    for (const [place, text] of texts.entries()) placeOf[this.#ordinals.get(text)!] = place
    const flat = Uint32Array.from(this.#flat, (ordinal) => placeOf[ordinal]!)
    let start = 0
    for (const count of this.#counts) {
      if (count > 1) flat.subarray(start, start + count).sort()
      start += count
    }
    const writer = new BitWriter()
    writeTexts(writer, texts)
    this.#writeDocuments(writer, flat)
    writeDocsOf(writer, this.#counts, flat, texts.length)
    return writer.written()
  }

  #writeDocuments(writer: BitWriter, flat: Uint32Array): void {
    const counts = this.#counts
    const isMultiple = counts.some((count) => count > 1)
    writer.write(isMultiple ? 1 : 0, 8)
    const starts: number[] = []
    let start = 0
    const singles = counts.map((count, doc) => {
      if (doc % STRIDE === 0) starts.push(start)
      start += count
      return count === 0 ? 0 : flat[start - 1]! + 1
    })
    if (isMultiple) {
      writer.unsigned(flat.length)
      writeColumn(writer, counts)
      writeColumn(writer, starts)
      writeColumn(writer, flat)
    } else writeColumn(writer, singles)
  }
}

/** For each ordinal the number of its documents, the end of its bytes, and a run of its documents' gaps. */
function writeDocsOf(
  writer: BitWriter,
  counts: readonly number[],
  flat: Uint32Array,
  ordinals: number,
): void {
  const sizes = new Uint32Array(ordinals)
  for (const ordinal of flat) sizes[ordinal]! += 1
  const filled = new Uint32Array(ordinals)
  for (let i = 1; i < ordinals; i++) filled[i] = filled[i - 1]! + sizes[i - 1]!
  const docs = new Uint32Array(flat.length)
  let at = 0
  for (let doc = 0; doc < counts.length; doc++)
    for (const end = at + counts[doc]!; at < end; at++) docs[filled[flat[at]!]!++] = doc
  const lists = new BitWriter()
  const ends: number[] = []
  for (let i = 0; i < ordinals; i++) {
    const from = filled[i]! - sizes[i]!
    for (let k = filled[i]! - 1; k > from; k--) docs[k]! -= docs[k - 1]! + 1
    writeRun(lists, docs, from, filled[i]!, gapSplit(counts.length, sizes[i]!))
    lists.align()
    ends.push(lists.length)
  }
  writeColumn(writer, sizes)
  writeColumn(writer, ends)
  writer.unsigned(lists.length)
  writer.append(lists.written())
}

const NONE = new Uint32Array(0)

class OpenFilter implements FilterValues {
  readonly #texts: Texts
  #decoded: readonly string[] | null = null
  readonly #single: BitColumn | null = null
  readonly #multiple: { counts: BitColumn; starts: BitColumn; flat: BitColumn } | null = null
  readonly #sizes: BitColumn
  readonly #ends: BitColumn
  readonly #lists: BitReader
  readonly #listsAt: number
  readonly #count: number

  constructor(bytes: Uint8Array, reader: BitReader, count: number) {
    this.#count = count
    this.#texts = new Texts(bytes, reader)
    if (reader.bits(8) === 1) {
      const values = reader.unsigned()
      this.#multiple = {
        counts: openColumn(reader, count),
        starts: openColumn(reader, Math.ceil(count / STRIDE)),
        flat: openColumn(reader, values),
      }
    } else this.#single = openColumn(reader, count)
    this.#sizes = openColumn(reader, this.#texts.count)
    this.#ends = openColumn(reader, this.#texts.count)
    const length = reader.unsigned()
    this.#listsAt = reader.align()
    this.#lists = new BitReader(reader.view, this.#listsAt)
    reader.seek(this.#listsAt + length)
  }

  get values(): readonly string[] {
    this.#decoded ??= this.#texts.all()
    return this.#decoded
  }

  of(doc: number): Uint32Array {
    if (this.#single) {
      const value = this.#single.get(doc)
      return value === 0 ? NONE : Uint32Array.of(value - 1)
    }
    const { counts, starts, flat } = this.#multiple!
    const count = counts.get(doc)
    if (count === 0) return NONE
    let start = starts.get(Math.floor(doc / STRIDE))
    for (let before = doc - (doc % STRIDE); before < doc; before++) start += counts.get(before)
    const ordinals = new Uint32Array(count)
    for (let i = 0; i < count; i++) ordinals[i] = flat.get(start + i)
    return ordinals
  }

  docs(ordinal: number): Uint32Array {
    if (!(ordinal >= 0 && ordinal < this.#texts.count))
      throw new RangeError(
        `got ordinal ${ordinal}, expected one from 0 to ${this.#texts.count - 1}`,
      )
    const docs = new Uint32Array(this.#sizes.get(ordinal))
    this.#lists.seek(this.#listsAt + (ordinal === 0 ? 0 : this.#ends.get(ordinal - 1)))
    readAscending(this.#lists, docs, docs.length, gapSplit(this.#count, docs.length), -1)
    return docs
  }
}

/**
 * Opens the values of `count` documents and moves the reader behind them. Memory: none but the texts,
 * which are decoded and kept at the first use of `values`.
 */
export const openFilter = (bytes: Uint8Array, reader: BitReader, count: number): FilterValues =>
  new OpenFilter(bytes, reader, count)
