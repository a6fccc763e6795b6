import type { Version } from '../version.ts'
import { type BitReader, BitWriter } from './bits.ts'
import { type BitColumn, openColumn, writeColumn } from './columns.ts'
import { Texts, writeTexts } from './texts.ts'
import { sortUtf8 } from './utf8.ts'

/**
 * The versions of all documents: the drops' names once each, the earliest time of each drop, then three
 * columns of documents: the drop, the time after the drop's earliest, the row. Documents of one drop
 * mostly became knowable together, so that the times need few bits.
 */
export class VersionWriter {
  readonly #ordinals = new Map<string, number>()
  readonly #drops: number[] = []
  readonly #times: number[] = []
  readonly #rows: number[] = []

  add({ knowableMs, drop, row }: Version): void {
    const ordinal = this.#ordinals.get(drop) ?? this.#ordinals.size
    this.#ordinals.set(drop, ordinal)
    this.#drops.push(ordinal)
    this.#times.push(knowableMs)
    this.#rows.push(row)
  }

  finish(): Uint8Array {
    const names = sortUtf8([...this.#ordinals.keys()])
    const placeOf = new Uint32Array(names.length)
    for (const [place, name] of names.entries()) placeOf[this.#ordinals.get(name)!] = place
    const drops = this.#drops.map((ordinal) => placeOf[ordinal]!)
    const earliest = names.map(() => Number.POSITIVE_INFINITY)
    for (const [doc, drop] of drops.entries())
      earliest[drop] = Math.min(earliest[drop]!, this.#times[doc]!)
    const writer = new BitWriter()
    writeTexts(writer, names)
    writeColumn(writer, earliest)
    writeColumn(writer, drops)
    writeColumn(
      writer,
      this.#times.map((time, doc) => time - earliest[drops[doc]!]!),
    )
    writeColumn(writer, this.#rows)
    return writer.written()
  }
}

export class Versions {
  readonly #names: Texts
  readonly #earliest: BitColumn
  readonly #drops: BitColumn
  readonly #times: BitColumn
  readonly #rows: BitColumn

  constructor(bytes: Uint8Array, reader: BitReader, count: number) {
    this.#names = new Texts(bytes, reader)
    this.#earliest = openColumn(reader, this.#names.count)
    this.#drops = openColumn(reader, count)
    this.#times = openColumn(reader, count)
    this.#rows = openColumn(reader, count)
  }

  at(doc: number): Version {
    const drop = this.#drops.get(doc)
    return {
      knowableMs: this.#earliest.get(drop) + this.#times.get(doc),
      drop: this.#names.at(drop),
      row: this.#rows.get(doc),
    }
  }
}
