import type { TermEntry } from '../segment/types.ts'
import { compareUtf8 } from '../segment/utf8.ts'
import { codePoints, EditDistance, TOO_FAR } from './edit-distance.ts'
import { liveDocs, type Snapshot } from './snapshot.ts'
import type { TermStatistics } from './term-matcher.ts'

/** As Lucene's FuzzyQuery.defaultMaxExpansions. */
const MAX_EXPANSIONS = 50

/** A term that is similar to a word. */
export interface SimilarTerm extends TermStatistics {
  /** 1 − edits / length, where the length is that of the shorter one in code points. Above 0. */
  similarity: number
}

interface Candidate {
  term: string
  edits: number
  entries: (TermEntry | null)[]
}

/** The terms within the limit, by the number of edits. A term needs more code points than edits. */
function candidatesOf(
  { parts }: Snapshot,
  field: string,
  word: string,
  maxEdits: number,
): Candidate[][] {
  const wordLength = codePoints(word).length
  const found = new Map<string, Candidate>()
  for (const [part, { segment }] of parts.entries()) {
    const distance = new EditDistance(word, maxEdits)
    for (const { term, entry } of segment.termsFrom(field, '')) {
      const edits = distance.to(term)
      if (edits === TOO_FAR || edits >= Math.min(wordLength, codePoints(term).length)) continue
      let candidate = found.get(term)
      if (!candidate) {
        candidate = { term, edits, entries: parts.map(() => null) }
        found.set(term, candidate)
      }
      candidate.entries[part] = entry
    }
  }
  const byEdits: Candidate[][] = Array.from({ length: maxEdits + 1 }, () => [])
  for (const candidate of found.values()) byEdits[candidate.edits]!.push(candidate)
  return byEdits
}

/**
 * The terms of a field that are like a word: at most 50, by the least edits, then the most live
 * documents, then the UTF-8 bytes of the term. Reads the field's whole dictionary.
 */
export function similarTerms(
  snapshot: Snapshot,
  field: string,
  word: string,
  maxEdits: number,
): SimilarTerm[] {
  const wordLength = codePoints(word).length
  const terms: SimilarTerm[] = []
  for (const candidates of candidatesOf(snapshot, field, word, maxEdits)) {
    if (terms.length >= MAX_EXPANSIONS) break
    const counted = candidates.map(({ term, edits, entries }) => {
      let docs = 0
      for (const [part, entry] of entries.entries())
        if (entry) docs += liveDocs(snapshot.parts[part]!, entry)
      const similarity = 1 - edits / Math.min(wordLength, codePoints(term).length)
      return { term, entries, docs, similarity }
    })
    const live = counted.filter(({ docs }) => docs > 0)
    terms.push(...live.sort((a, b) => b.docs - a.docs || compareUtf8(a.term, b.term)))
  }
  return terms.slice(0, MAX_EXPANSIONS)
}
