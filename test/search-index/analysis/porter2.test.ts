import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stem } from '../../../functions/search-index/analysis/porter2.ts'

/** From the vocabulary that Snowball publishes for its English stemmer, one or more for each rule. */
const PAIRS =
  // Plurals and apostrophes.
  'caresses-caress ties-tie cries-cri flies-fli gas-gas this-this kiwis-kiwi gaps-gap us-us ' +
  "dogs'-dog 'tis-tis it's-it " +
  // Past tense and gerund.
  'agreed-agre feed-feed hopped-hop hoping-hope luxuriated-luxuri troubled-troubl sized-size ' +
  'added-add egg-egg ebbing-ebb falling-fall bled-bled sing-sing vying-vie dying-die eying-eye ' +
  'outing-outing evenings-evening proceed-proceed pasted-paste exceedingly-exceed ' +
  // The letter y.
  'cry-cri by-by say-say enjoy-enjoy yearly-year yawning-yawn ' +
  // Steps 2 to 5.
  'national-nation conditional-condit valence-valenc elegancy-eleg possibly-possibl ' +
  'organization-organiz operator-oper feudalism-feudal hopefulness-hope callousness-callous ' +
  'sensibility-sensibl apologist-apolog biology-biolog geologist-geolog fruitfully-fruit ' +
  'formalize-formal electrical-electr goodness-good formative-format adoption-adopt replacement-replac ' +
  'adjustment-adjust homologous-homolog effective-effect rate-rate cease-ceas controll-control ' +
  // Exceptions and regions.
  'skis-ski skies-sky news-news early-earli only-onli singly-singl cosmos-cosmos ' +
  'generate-generat generic-generic communism-communism arsenal-arsenal universe-univers ' +
  'university-universiti international-internat emergency-emergenc later-later ' +
  // Short words and other letters.
  'a-a is-is ing-ing 1980s-1980s café-café'

const DATA = process.env['QUARTERMASTER_DATA']

describe('The English stemmer', () => {
  test.each(PAIRS.split(' ').map((pair) => pair.split('-') as [string, string]))(
    'The stem of %s is %s',
    (word, expected) => {
      expect(stem(word)).toBe(expected)
    },
  )

  test('A stem is at most one unit longer than its word', () => {
    const unit = fc.constantFrom(...'aeioybdlngsrtzY', "'", 'é', '𝒳', '\ud83d')
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit }), fc.string({ unit: 'binary' })), (word) => {
        expect(stem(word).length).toBeLessThanOrEqual(word.length + 1)
      }),
      { numRuns: 1000 },
    )
  })

  test('A word of a million letters has a stem', () => {
    expect(stem(`${'a'.repeat(1_000_000)}bies`)).toHaveLength(1_000_002)
    expect(stem("y'".repeat(500_000))).toHaveLength(999_999)
  })

  test.skipIf(!DATA)('All words of the published vocabulary have their stems', () => {
    const linesOf = (name: string): string[] =>
      gunzipSync(readFileSync(join(DATA!, 'snowball-english', name)))
        .toString()
        .trimEnd()
        .split('\n')
    const words = linesOf('voc.txt.gz')
    const stems = linesOf('output.txt.gz')
    expect(words).toHaveLength(42_649)
    expect(words.map(stem)).toEqual(stems)
  })
})
