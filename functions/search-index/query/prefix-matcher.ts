import { END, type TermEntry } from '../segment/types.ts'
import { type Bits, createBits, nextBit, setBit } from './bits.ts'
import type { Cursor } from './cursor.ts'
import type { PrefixExplanation } from './explanation.ts'
import type { FieldStatistics } from './field-statistics.ts'
import { cursorAt, type Matcher, type ReportTerm } from './matcher.ts'
import type { Snapshot } from './snapshot.ts'

/** A set of documents that all count the same. */
class ConstantCursor implements Cursor {
  doc = -1
  through = END
  readonly bound: number
  readonly docs: number
  readonly #words: Bits

  constructor(words: Bits, docs: number, score: number) {
    this.#words = words
    this.docs = docs
    this.bound = score
  }

  next(): number {
    return this.advance(this.doc + 1)
  }

  advance(target: number): number {
    if (this.doc >= target) return this.doc
    const found = nextBit(this.#words, target)
    this.doc = found < 0 ? END : found
    return this.doc
  }

  score(): number {
    return this.bound
  }

  seekBound(): void {}
}

/** Terms of one field that begin alike. Each document that has one of them gets the same score. */
export class PrefixMatcher implements Matcher {
  readonly field: string
  readonly cost: number
  readonly liveDocs = 0
  readonly #snapshot: Snapshot
  readonly #statistics: FieldStatistics
  readonly #prefix: string
  readonly #times: number
  /** By part. */
  readonly #terms: readonly { term: string; entry: TermEntry }[][]
  /** By part, once it is opened. */
  readonly #words: Bits[] = []

  /** Finds `alsoTerm` too. */
  constructor(
    snapshot: Snapshot,
    statistics: FieldStatistics,
    prefix: string,
    alsoTerm: string | null,
    times: number,
  ) {
    const { field } = statistics
    this.field = field
    this.#snapshot = snapshot
    this.#statistics = statistics
    this.#prefix = prefix
    this.#times = times
    this.#terms = snapshot.parts.map(({ segment }) => {
      const terms = [...segment.termsFrom(field, prefix)]
      const isFound = alsoTerm === null || alsoTerm.startsWith(prefix)
      const entry = isFound ? null : segment.term(field, alsoTerm)
      if (entry) terms.push({ term: alsoTerm!, entry })
      return terms
    })
    this.cost = this.#terms.flat().reduce((sum, { entry }) => sum + entry.docs, 0)
  }

  open(part: number): Cursor | null {
    const terms = this.#terms[part]!
    if (terms.length === 0) return null
    const words = this.#words[part] ?? this.#read(part)
    this.#words[part] = words
    const docs = terms.reduce((sum, { entry }) => sum + entry.docs, 0)
    return new ConstantCursor(words, docs, this.#statistics.weight * this.#times)
  }

  explain(part: number, doc: number): PrefixExplanation | null {
    const cursor = cursorAt(this, part, doc)
    if (!cursor) return null
    const { field } = this
    const { weight } = this.#statistics
    const [prefix, times] = [this.#prefix, this.#times]
    return { kind: 'prefix', field, prefix, score: cursor.score(), weight, times }
  }

  findTerms(part: number, docs: readonly number[], report: ReportTerm): void {
    const { segment } = this.#snapshot.parts[part]!
    for (const { term, entry } of this.#terms[part]!) {
      const postings = segment.postings(entry)
      for (const doc of docs) if (postings.advance(doc) === doc) report(doc, term)
    }
  }

  #read(part: number): Bits {
    const { segment } = this.#snapshot.parts[part]!
    const words = createBits(segment.count)
    for (const { entry } of this.#terms[part]!) {
      const postings = segment.postings(entry)
      for (let doc = postings.next(); doc !== END; doc = postings.next()) setBit(words, doc)
    }
    return words
  }
}
