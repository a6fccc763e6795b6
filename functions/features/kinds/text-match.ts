import type { FeatureOf } from '../../contract/features.ts'
import { type Attribute, joinedText } from '../sources.ts'
import type { FeatureKind } from './kind.ts'
import { encodeShare } from './slots.ts'

/** The different words of a text: letters, marks and digits in a row (UAX #44), in lower case. */
export function wordsIn(value: Attribute | null): Set<string> {
  return new Set(
    joinedText(value)
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu),
  )
}

/** The share of the query's words that the text has. Missing where one of them has no words. */
export const textMatch: FeatureKind<FeatureOf<'text-match'>> = {
  column: 'float',
  cell({ query, text }, seen) {
    const asked = wordsIn(seen.attributeOf(query))
    const known = wordsIn(seen.attributeOf(text))
    if (asked.size === 0 || known.size === 0) return null
    return [...asked].filter((word) => known.has(word)).length / asked.size
  },
  encoder: ({ name }, slotOf) => encodeShare(name, slotOf),
}
