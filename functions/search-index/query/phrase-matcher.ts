import { NORM_LENGTHS } from '../segment/norms.ts'
import { END, type Postings } from '../segment/types.ts'
import { inverseDocumentFrequency, termScore } from './bm25.ts'
import type { Cursor } from './cursor.ts'
import type { Bm25Explanation } from './explanation.ts'
import type { FieldStatistics } from './field-statistics.ts'
import { cursorAt, type Matcher, type ReportTerm } from './matcher.ts'
import type { Snapshot } from './snapshot.ts'
import type { TermStatistics } from './term-matcher.ts'

/** A term of a phrase in one part. */
interface PhraseTerm {
  postings: Postings
  place: number
}

/** Documents that have all terms of a phrase at their places, and how often. */
class PhraseCursor implements Cursor {
  doc = -1
  bound = 0
  through = -1
  frequency = 0
  readonly docs: number
  /** The rarest first. */
  readonly #terms: readonly PhraseTerm[]
  readonly #weight: number
  readonly #norms: Uint8Array
  readonly #factors: Float64Array
  /** Where the phrase may begin in the current document. */
  #starts = new Int32Array(64)

  constructor(terms: PhraseTerm[], weight: number, norms: Uint8Array, factors: Float64Array) {
    this.#terms = terms.sort((a, b) => a.postings.docs - b.postings.docs)
    this.docs = this.#terms[0]!.postings.docs
    this.#weight = weight
    this.#norms = norms
    this.#factors = factors
  }

  next(): number {
    return this.#settle(this.#terms[0]!.postings.next())
  }

  advance(target: number): number {
    return this.doc < target ? this.#settle(this.#terms[0]!.postings.advance(target)) : this.doc
  }

  score(): number {
    return termScore(this.#weight, this.frequency, this.#factors[this.#norms[this.doc]!]!)
  }

  /** A document of the phrase is in a block of each term: the tightest of their bounds holds. */
  seekBound(target: number): void {
    const from = Math.max(target, this.doc)
    let [through, frequency, norm] = [END, Number.POSITIVE_INFINITY, 0]
    for (const { postings } of this.#terms) {
      const block = postings.seekBlock(Math.max(from, postings.doc))
      through = Math.min(through, block.through)
      frequency = Math.min(frequency, block.maxFrequency)
      norm = Math.max(norm, block.minNorm)
    }
    this.through = through
    this.bound = termScore(this.#weight, frequency, this.#factors[norm]!)
  }

  /** Moves on from a document of the rarest term to the first one that has the phrase. */
  #settle(from: number): number {
    const [lead] = this.#terms
    let doc = from
    while (doc !== END) {
      const other = this.#alignedAt(doc)
      if (other === doc && this.#countStarts()) break
      doc = other === doc ? lead!.postings.next() : lead!.postings.advance(other)
    }
    this.doc = doc
    return doc
  }

  /** The document if all terms have it; otherwise the first one after it that they may have. */
  #alignedAt(doc: number): number {
    for (const { postings } of this.#terms) {
      const found = postings.doc < doc ? postings.advance(doc) : postings.doc
      if (found !== doc) return found
    }
    return doc
  }

  /** Counts where the phrase begins. Each term keeps only the starts that it can belong to. */
  #countStarts(): boolean {
    const [lead, ...others] = this.#terms
    const positions = lead!.postings.positions()
    if (this.#starts.length < positions.length) this.#starts = new Int32Array(2 * positions.length)
    const starts = this.#starts
    let count = positions.length
    for (let i = 0; i < count; i++) starts[i] = positions[i]! - lead!.place
    for (const { postings, place } of others) {
      const own = postings.positions()
      let kept = 0
      let at = 0
      for (let i = 0; i < count; i++) {
        const wanted = starts[i]! + place
        while (at < own.length && own[at]! < wanted) at++
        if (at < own.length && own[at] === wanted) starts[kept++] = starts[i]!
      }
      count = kept
      if (count === 0) break
    }
    this.frequency = count
    return count > 0
  }
}

/**
 * A phrase of one field: all terms in their order, with the gaps of stop words. Scored as Lucene's
 * PhraseQuery without slop: the phrase's frequency, and the sum of the idf of its terms.
 */
export class PhraseMatcher implements Matcher {
  readonly field: string
  readonly cost: number
  readonly liveDocs = 0
  readonly #snapshot: Snapshot
  readonly #statistics: FieldStatistics
  readonly #terms: readonly TermStatistics[]
  readonly #places: readonly number[]
  readonly #times: number
  readonly #idf: number

  constructor(
    snapshot: Snapshot,
    statistics: FieldStatistics,
    terms: readonly TermStatistics[],
    places: readonly number[],
    times: number,
  ) {
    this.field = statistics.field
    this.#snapshot = snapshot
    this.#statistics = statistics
    this.#terms = terms
    this.#places = places
    this.#times = times
    this.cost = terms.reduce((sum, { docs }) => sum + docs, 0)
    this.#idf = terms.reduce(
      (sum, { docs }) => sum + inverseDocumentFrequency(docs, statistics.docs),
      0,
    )
  }

  open(part: number): PhraseCursor | null {
    const { segment } = this.#snapshot.parts[part]!
    const terms: PhraseTerm[] = []
    for (const [i, { entries }] of this.#terms.entries()) {
      const entry = entries[part]
      if (!entry) return null
      terms.push({ postings: segment.postings(entry, 'with positions'), place: this.#places[i]! })
    }
    const { weight, factors } = this.#statistics
    return new PhraseCursor(
      terms,
      weight * this.#times * this.#idf,
      segment.norms(this.field),
      factors,
    )
  }

  explain(part: number, doc: number): Bm25Explanation | null {
    const cursor = cursorAt(this, part, doc) as PhraseCursor | null
    if (!cursor) return null
    const { weight, docs: allDocs, averageLength, factors } = this.#statistics
    const norm = this.#snapshot.parts[part]!.segment.norms(this.field)[doc]!
    const { frequency } = cursor
    return {
      ...{ kind: 'phrase', field: this.field, terms: this.#terms.map(({ term }) => term) },
      ...{ score: cursor.score(), weight, boost: 1, times: this.#times, idf: this.#idf },
      ...{ docs: this.#terms.map(({ docs }) => docs), allDocs },
      ...{ tf: termScore(1, frequency, factors[norm]!), frequency },
      ...{ length: NORM_LENGTHS[norm]!, averageLength },
    }
  }

  findTerms(part: number, docs: readonly number[], report: ReportTerm): void {
    const cursor = this.open(part)
    for (const doc of docs)
      if (cursor?.advance(doc) === doc) for (const { term } of this.#terms) report(doc, term)
  }
}
