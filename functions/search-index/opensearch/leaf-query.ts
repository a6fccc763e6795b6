import type { SearchDefinition } from '../../contract/search.ts'
import type { Leaf } from '../query/query-tree.ts'
import { keptTerm, TERMS_ANALYZER, termsText } from './analyzers.ts'
import type { IndexOptions } from './index-template.ts'
import { textPath } from './names.ts'

/** A query in the server's language. */
export type ServerQuery = Record<string, unknown>
/** The query of a leaf that the user's query has `times` times. */
export type LeafQuery = (leaf: Leaf, times: number) => ServerQuery

/** As many as our own search takes. */
const MAX_SIMILAR_TERMS = 50

const CJK_PAIR =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]\p{M}*\P{M}/u

function isCjk({ fields, analyzers }: SearchDefinition, field: string): boolean {
  const { analyzer } = fields[field]!
  return analyzer === 'cjk' || analyzers[analyzer]?.tokenizer === 'cjk'
}

/**
 * Places as the server counts them. Our index counts the characters of a CJK run, so it leaves a number
 * unused after the last pair; the server counts terms.
 */
function serverPlaces(terms: readonly string[], places: readonly number[]): number[] {
  let unused = 0
  return places.map((place, i) => {
    const step = i === 0 ? 0 : place - places[i - 1]!
    if (step > 1 && CJK_PAIR.test(terms[i - 1]!)) unused++
    return place - unused
  })
}

/** A prefix counts the same in each document. */
function prefixQuery(path: string, prefix: string, term: string | null, boost: number) {
  const should = [
    { prefix: { [path]: { value: prefix } } },
    ...(term === null ? [] : [{ term: { [path]: { value: term } } }]),
  ]
  return { constant_score: { filter: { bool: { should } }, boost } }
}

/** What a query must know of the index. */
export interface IndexedTerms {
  terms: IndexOptions['terms']
  /** How many times greater the server's scores are than ours. */
  scale: number
}

/**
 * The queries of leaves for an index of this definition. Their terms are ours already: the server looks
 * them up as they are.
 */
export function leafQueries(definition: SearchDefinition, indexed: IndexedTerms): LeafQuery {
  const isOurs = indexed.terms === 'ours'
  const kept = (term: string): string => (isOurs ? keptTerm(term) : term)
  return (leaf, times) => {
    const { field } = leaf
    const path = textPath(field)
    const boost = definition.fields[field]!.weight * times
    switch (leaf.kind) {
      case 'term':
        return { term: { [path]: { value: kept(leaf.term), boost } } }
      case 'prefix': {
        const term = leaf.term === null ? null : kept(leaf.term)
        return prefixQuery(path, kept(leaf.prefix), term, boost * indexed.scale)
      }
      case 'fuzzy': {
        const options = { fuzziness: leaf.maxEdits, max_expansions: MAX_SIMILAR_TERMS }
        return { fuzzy: { [path]: { value: kept(leaf.term), ...options, boost } } }
      }
      case 'phrase': {
        const { terms, places } = leaf
        const isCounted = !isOurs && isCjk(definition, field)
        const query = termsText(terms, isCounted ? serverPlaces(terms, places) : places)
        return { match_phrase: { [path]: { query, analyzer: TERMS_ANALYZER, boost } } }
      }
    }
  }
}
