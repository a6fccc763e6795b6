import type { SearchDefinition } from '../../contract/search.ts'
import { InvalidInput } from '../../core/errors.ts'
import type { TermEntry } from '../segment/types.ts'
import { compareUtf8 } from '../segment/utf8.ts'
import { prefixAnalyzers } from './prefix-analyzers.ts'
import type { Completion } from './results.ts'
import { liveDocs, type Snapshot } from './snapshot.ts'

const MAX_COMPLETIONS = 100

interface Candidate {
  term: string
  /** Documents that have it, deleted ones included. */
  most: number
  entries: { part: number; entry: TermEntry }[]
}

function candidatesOf({ parts }: Snapshot, field: string, prefix: string): Candidate[] {
  const found = new Map<string, Candidate>()
  for (const [part, { segment }] of parts.entries())
    for (const { term, entry } of segment.termsFrom(field, prefix)) {
      const known = found.get(term)
      if (known) {
        known.most += entry.docs
        known.entries.push({ part, entry })
      } else found.set(term, { term, most: entry.docs, entries: [{ part, entry }] })
    }
  return [...found.values()]
}

/** A last word, without the white space and the quotation mark or sign before it. */
const LAST_WORD = /[^\s"]+$/u
const SIGN = /^[+-](?=[\p{L}\p{M}\p{N}])/u

/**
 * The terms of the completion field that begin with the last word of a query: the most frequent in live
 * documents first, then by their UTF-8 bytes; at most `limit`, 1 to 100. None after white space, or where
 * the word is not one term. Throws InvalidInput for a definition without `completion`, or a bad limit.
 */
export function completeQuery(
  definition: SearchDefinition,
  snapshot: Snapshot,
  query: string,
  limit = 10,
): Completion[] {
  const { completion: field } = definition
  if (field === undefined)
    throw new InvalidInput('completion: the definition names no field to complete words from')
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_COMPLETIONS)
    throw new InvalidInput(
      `limit: got ${limit}, expected a whole number from 1 through ${MAX_COMPLETIONS}`,
    )
  const word = LAST_WORD.exec(query)?.[0].replace(SIGN, '') ?? ''
  const [token, ...others] = prefixAnalyzers(definition)[field]!(word)
  if (token === undefined || token.end !== word.length || others.length > 0) return []
  const kept = query.slice(0, query.length - word.length)
  const completions: Completion[] = []
  const candidates = candidatesOf(snapshot, field, token.term)
  for (const { term, most, entries } of candidates.sort(
    (a, b) => b.most - a.most || compareUtf8(a.term, b.term),
  )) {
    // Deleted documents only lower a count: once enough terms are ahead, no later one can pass them.
    const last = completions[limit - 1]
    if (last && (most - last.docs || compareUtf8(last.term, term)) < 0) break
    const docs = entries.reduce(
      (sum, { part, entry }) => sum + liveDocs(snapshot.parts[part]!, entry),
      0,
    )
    if (docs === 0) continue
    completions.push({ term, docs, query: kept + term })
    completions.sort((a, b) => b.docs - a.docs || compareUtf8(a.term, b.term))
    completions.length = Math.min(completions.length, limit)
  }
  return completions
}
