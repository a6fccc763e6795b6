import type { SearchDefinition } from '../../contract/search.ts'
import type { Leaf } from '../query/query-tree.ts'
import { GAP, TERM_END, TERMS_ANALYZER } from './analyzers.ts'
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

/** The terms of a phrase as one text of TERMS_ANALYZER, with a mark in place of each dropped word. */
function phraseText(terms: readonly string[], places: readonly number[]): string {
  const words: string[] = []
  for (const [i, term] of terms.entries()) {
    while (words.length < places[i]!) words.push(GAP)
    words.push(term)
  }
  return words.join(TERM_END)
}

/** A prefix counts the same in each document. `scale`: see `scoreScale`. */
function prefixQuery(
  { field, prefix, term }: Leaf & { kind: 'prefix' },
  boost: number,
): ServerQuery {
  const path = textPath(field)
  const should = [
    { prefix: { [path]: { value: prefix } } },
    ...(term === null ? [] : [{ term: { [path]: { value: term } } }]),
  ]
  return { constant_score: { filter: { bool: { should } }, boost } }
}

/**
 * The queries of leaves for an index of this definition. Terms are ours already: the server looks them up
 * as they are. `scale` is how many times greater the server's scores are than ours.
 */
export const leafQueries =
  (definition: SearchDefinition, scale: number): LeafQuery =>
  (leaf, times) => {
    const { field } = leaf
    const path = textPath(field)
    const boost = definition.fields[field]!.weight * times
    switch (leaf.kind) {
      case 'term':
        return { term: { [path]: { value: leaf.term, boost } } }
      case 'prefix':
        return prefixQuery(leaf, boost * scale)
      case 'fuzzy': {
        const options = { fuzziness: leaf.maxEdits, max_expansions: MAX_SIMILAR_TERMS }
        return { fuzzy: { [path]: { value: leaf.term, ...options, boost } } }
      }
      case 'phrase': {
        const { terms, places } = leaf
        const own = isCjk(definition, field) ? serverPlaces(terms, places) : places
        const query = phraseText(terms, own)
        return { match_phrase: { [path]: { query, analyzer: TERMS_ANALYZER, boost } } }
      }
    }
  }
