import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  alignAttributes,
  parseNumber,
} from '../../../functions/graph/resolution/attribute-kinds.ts'
import { chooseCut } from '../../../functions/graph/resolution/choose-matches.ts'
import { clusterPairs } from '../../../functions/graph/resolution/clusters.ts'
import { areSiblings, isContained } from '../../../functions/graph/resolution/compare-codes.ts'
import { joinWords, learnJoins } from '../../../functions/graph/resolution/compounds.ts'
import type { EntityRecord } from '../../../functions/graph/resolution/records.ts'
import { wordSimilarity } from '../../../functions/graph/resolution/similar-words.ts'
import {
  codesOf,
  plainText,
  quantityOf,
  wordsOf,
} from '../../../functions/graph/resolution/words.ts'

const codesIn = (text: string): string[] => codesOf(plainText(text))

describe('Words and codes', () => {
  test('Codes are read through dashes and slashes', () => {
    expect(codesIn("Sony Bravia 40' LCD HDTV - KDL-40V5100/W")).toContain('kdl40v5100w')
    expect(codesIn('Belkin F3H982-10')).toEqual(['f3h98210', 'f3h982'])
    expect(codesIn('Logitech 910-001324')).toContain('910001324')
  })

  test('Sizes, speeds and lists are no codes', () => {
    expect(codesIn("10/100 5-Port 500GB 1080p 32'-50' 2.4 GHz win/2000 cs3")).toEqual([])
  })

  test('Accents, entities and versions are made plain', () => {
    expect(wordsOf(plainText('Café &mdash; CS3 v5.0, 1,000 items'))).toEqual([
      ...['cafe', 'cs3', '5', '1000', 'items'],
    ])
    expect(['500gb', 'iii', 'cs3', 'black'].map(quantityOf)).toEqual(['500', '3', 'cs3', null])
  })

  test('Compounds are written as one word', () => {
    const texts = [
      ['canon', 'power', 'shot'],
      ['canon', 'powershot'],
      ['kdl', '40v5100'],
      ['kdl40v5100'],
    ]
    const joins = learnJoins(texts)
    expect(joinWords(texts[0]!, joins)).toEqual(texts[1])
    expect(joinWords(texts[2]!, joins)).toEqual(texts[3])
  })

  test('Codes of one family are siblings, and a longer one contains another', () => {
    expect(areSiblings('kdl40v5100', 'kdl40v4100')).toBe(true)
    expect(areSiblings('cli8bk', 'cli8c')).toBe(true)
    expect(areSiblings('kdl40v5100', 'dvpcx995v')).toBe(false)
    expect(isContained('fs105', 'fs105na')).toBe(true)
    expect(isContained('fs105', 'jfs516')).toBe(false)
  })

  test('Words are alike by spelling, abbreviation and initial, codes never', () => {
    expect(wordSimilarity('maintenance', 'maintenence')).toBeGreaterThan(0.9)
    expect(wordSimilarity('prem', 'premium')).toBeGreaterThan(0.5)
    expect(wordSimilarity('j', 'john')).toBeGreaterThan(0)
    expect(wordSimilarity('kdl40v5100', 'kdl40v5101')).toBe(0)
    expect(wordSimilarity('black', 'white')).toBe(0)
  })

  test('Numbers are read with their currency, and other words are none', () => {
    expect(['$1,399.00', '12.5 gbp', '€7', ' 7 '].map(parseNumber)).toEqual([1399, 12.5, 7, 7])
    expect(['gz41579z', '161wh', '', '5 port'].map(parseNumber)).toEqual([null, null, null, null])
  })
})

describe('Kinds of attributes', () => {
  test('Kinds are inferred from values', () => {
    const records = Array.from(
      { length: 40 },
      (_, at): EntityRecord => ({
        id: `r${at}`,
        attributes: {
          ...{
            title: `thing number ${at} of many`,
            brand: at % 2 ? 'acme' : 'apex',
            year: 1990 + (at % 9),
          },
          ...{ model: `AB-${1000 + 7 * at}X`, price: `$${at}.99`, ean: 4006381333931 + at },
          about: `a long text about thing ${at} and whatever else can be said of it`,
        },
      }),
    )
    const kinds = alignAttributes(records, records).map(({ left, kind }) => [left, kind])
    expect(Object.fromEntries(kinds)).toEqual({
      ...{ title: 'headline', brand: 'label', year: 'year', model: 'code', price: 'number' },
      ...{ ean: 'code', about: 'text' },
    })
  })
})

describe('Cut and groups', () => {
  test('The cut has the greatest expected F1 of all cuts', () => {
    const chances = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 })
    fc.assert(
      fc.property(chances, fc.double({ min: 0, max: 5, noNaN: true }), (own, more) => {
        const expected = own.reduce((a, b) => a + b, 0) + more
        const f1At = (cut: number): number => {
          const kept = own.filter((p) => p >= cut)
          return kept.length === 0
            ? 0
            : (2 * kept.reduce((a, b) => a + b, 0)) / (kept.length + expected)
        }
        const { cut } = chooseCut(own, expected)
        for (const other of own) expect(f1At(cut)).toBeGreaterThanOrEqual(f1At(other) - 1e-12)
      }),
    )
  })

  test('One wrong pair does not join two groups that disagree', () => {
    const pair = (a: number, b: number, logOdds: number) => ({ a, b, logOdds, isLink: logOdds > 0 })
    const pairs = [pair(0, 1, 5), pair(2, 3, 5), pair(1, 2, 2), pair(0, 2, -4), pair(1, 3, -4)]
    expect(clusterPairs(5, pairs)).toEqual([
      [0, 1],
      [2, 3],
    ])
    expect(clusterPairs(5, [...pairs].reverse())).toEqual(clusterPairs(5, pairs))
  })

  test('Many copies of one record become one group', () => {
    const chain = Array.from({ length: 5000 }, (_, a) => ({
      a,
      b: a + 1,
      logOdds: 3,
      isLink: true,
    }))
    expect(clusterPairs(5001, chain)[0]!.length).toBe(5001)
  })
})
