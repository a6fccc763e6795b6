import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { graphSchema } from '../../../functions/contract/graph.ts'
import { checkClaims } from '../../../functions/graph/claims/claim.ts'
import type { CleanDocument } from '../../../functions/graph/documents/document.ts'
import {
  buildDictionary,
  findMentions,
} from '../../../functions/graph/extract/documents/dictionary.ts'
import {
  extractDocument,
  namesIn,
  type ReadableDocument,
} from '../../../functions/graph/extract/documents/documents.ts'
import { findHeadings } from '../../../functions/graph/extract/documents/headings.ts'
import { readableDocument } from '../../../functions/graph/extract/documents/readable.ts'
import { foldWord } from '../../../functions/graph/extract/documents/words.ts'

const { documents } = graphSchema.parse({})
const dictionary = buildDictionary([
  ...[
    { name: 'Knife', entity: 'type:knife' },
    { name: 'Chef Knife', entity: 'type:chef-knife' },
    { name: 'Chef-Knife Set', entity: 'type:set' },
    { name: 'Santoku', entity: 'type:santoku' },
    { name: 'Löwe', entity: 'brand:lowe' },
    { name: '包丁', entity: 'type:hocho' },
  ],
  ...[
    { name: 'Mercury', entity: 'brand:mercury' },
    { name: 'Mercury', entity: 'planet:mercury' },
  ],
])
const named = (text: string): string[] =>
  findMentions(text, dictionary).map(
    ({ entity, fromChar, throughChar }) => `${entity} ${text.slice(fromChar, throughChar)}`,
  )
const document = (text: string, fields: Partial<ReadableDocument> = {}): ReadableDocument => ({
  ...{ id: 'd1', title: null, text, headings: findHeadings(text), knowableMs: 7 },
  ...fields,
})
const said = (text: string, fields: Partial<ReadableDocument> = {}, topics = true): string[] =>
  extractDocument(document(text, fields), dictionary, { ...documents, topics }).claims.map(
    ({ subject, relation, object }) => `${subject} ${relation} ${object}`,
  )

describe('names in texts', () => {
  test('The longest name wins and names do not overlap', () => {
    expect(named('A chef knife set, a Chef  Knife and a knife.')).toEqual([
      ...['type:set chef knife set', 'type:chef-knife Chef  Knife', 'type:knife knife'],
    ])
  })

  test('Case, accents and width do not matter', () => {
    expect(named('LOWE, lo\u0308we and ＫＮＩＦＥ')).toEqual([
      ...['brand:lowe LOWE', 'brand:lowe lo\u0308we', 'type:knife ＫＮＩＦＥ'],
    ])
  })

  test('A name is no part of another word', () => {
    expect(named('knifes, penknife, knife1')).toEqual([])
  })

  test('A name does not cross a sentence or a paragraph', () => {
    expect(named('The chef. Knife')).toEqual(['type:knife Knife'])
    expect(
      findMentions('Dr. Oetker', buildDictionary([{ name: 'Dr. Oetker', entity: 'a:b' }])),
    ).toHaveLength(1)
    expect(named('chef\n\nknife')).toEqual(['type:knife knife'])
    expect(named('chef\nknife')).toEqual(['type:chef-knife chef\nknife'])
  })

  test('A text in two languages has names of both', () => {
    expect(named('この包丁は Santoku です。')).toEqual(['type:hocho 包丁', 'type:santoku Santoku'])
  })

  test('A name of two entities mentions both with half the confidence', () => {
    const { claims } = extractDocument(document('Mercury'), dictionary, documents)
    expect(claims.map(({ object, confidence }) => [object, confidence])).toEqual([
      ...[
        ['brand:mercury', 0.4],
        ['planet:mercury', 0.4],
      ],
    ])
  })

  test('An entity with 100,000 aliases is found by each', () => {
    const aliases = Array.from({ length: 100_000 }, (_, n) => ({
      name: `alias ${n}`,
      entity: 'a:b',
    }))
    const many = buildDictionary(aliases)
    expect(findMentions('alias 99999, alias 100000', many)).toHaveLength(1)
  })

  test('Names without words or of too many entities are skipped', () => {
    const shared = Array.from({ length: 9 }, (_, n) => ({ name: 'Same', entity: `a:${n}` }))
    const built = buildDictionary([
      ...shared,
      { name: '!', entity: 'a:x' },
      { name: 'a', entity: 'a:y' },
    ])
    expect([built.skipped, findMentions('same a !', built)]).toEqual([3, []])
  })

  test('Offsets always cut out a text that folds to the name', () => {
    const part = fc.constantFrom(
      'chef',
      'Knife',
      ' ',
      '\n',
      'löwe',
      '😀',
      '包丁',
      '.',
      'e\u0301',
      '-',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const text = parts.join('')
        for (const { entity, fromChar, throughChar } of findMentions(text, dictionary)) {
          const folded = foldWord(text.slice(fromChar, throughChar)).replace(/[\s-]+/g, '-')
          expect([entity, 'type:hocho', 'type:set']).toContain(
            folded === '包丁' ? 'type:hocho' : `${entity.split(':')[0]}:${folded}`,
          )
        }
      }),
    )
  })

  test('A run of 100,000 marks takes no time', () => {
    expect(named(`a${'\u0301'.repeat(100_000)} knife`)).toEqual(['type:knife knife'])
  })
})

describe('claims of documents', () => {
  test('Mentions bear the place in the text', () => {
    const text = 'Buy a Santoku.'
    const { claims } = extractDocument(document(text), dictionary, documents)
    expect(claims).toMatchObject([
      { subject: 'document:d1', relation: 'mentions', object: 'type:santoku', fromChar: 6 },
    ])
    expect(text.slice(claims[0]!.fromChar, claims[0]!.throughChar)).toBe('Santoku')
  })

  test.each([
    ['Knife such as Santoku', 'type:santoku broader type:knife'],
    ['Knife, including: Santoku', 'type:santoku broader type:knife'],
    ['A santoku is a kind of knife', 'type:santoku broader type:knife'],
    ['Santoku and other knife', 'type:santoku broader type:knife'],
  ])('The pattern in %j says what is broader', (text, expected) => {
    expect(said(text)).toContain(expected)
  })

  test('A pattern does not cross a sentence', () => {
    expect(said('A knife. Such as Santoku').filter((one) => one.includes('broader'))).toEqual([])
  })

  test('A pattern of the scene joins two entities', () => {
    const pattern = { between: 'fits', relation: 'fits', isReversed: false, confidence: 0.5 }
    const { claims } = extractDocument(document('The Santoku FITS Löwe'), dictionary, {
      ...{ topics: false, patterns: [pattern] },
    })
    expect(claims).toContainEqual(
      expect.objectContaining({ subject: 'type:santoku', relation: 'fits', object: 'brand:lowe' }),
    )
  })

  test('Headings are known entities or topics, nested by level', () => {
    const text = '# Knife\n\n## Santoku\n\n## Care tips\n\n#### Oil\n'
    expect(said(text).filter((one) => !one.includes('mentions'))).toEqual([
      'document:d1 about topic:knife/care-tips',
      'document:d1 about topic:knife/care-tips/oil',
      'document:d1 about type:knife',
      'document:d1 about type:santoku',
      'topic:knife/care-tips broader type:knife',
      'topic:knife/care-tips name Care tips',
      'topic:knife/care-tips/oil broader topic:knife/care-tips',
      'topic:knife/care-tips/oil name Oil',
      'type:santoku broader type:knife',
    ])
    expect(said(text, {}, false).some((one) => one.includes('topic:'))).toBe(false)
  })

  test('A title says what the document is about', () => {
    expect(said('', { title: 'The Santoku' })).toEqual(['document:d1 about type:santoku'])
  })

  test('Code is no heading', () => {
    expect(findHeadings('```\n# no\n```\n# yes #\n#also no\n')).toEqual([
      { level: 1, fromChar: 15, throughChar: 18 },
    ])
  })

  test('Marks close a heading only after a blank', () => {
    const texts = (text: string) =>
      findHeadings(text).map(({ fromChar, throughChar }) => text.slice(fromChar, throughChar))
    expect(texts('# C#\n## a b ##  \n# #\n####### x')).toEqual(['C#', 'a b'])
    expect(texts(`# ${' '.repeat(100_000)}x${' #'.repeat(50_000)} y`)).toHaveLength(1)
  })

  test('A thousand mentions of one entity are capped and counted', () => {
    const { claims, refused } = extractDocument(
      document('knife '.repeat(1000)),
      dictionary,
      documents,
    )
    expect([claims.length, refused]).toEqual([16, { 'mentions: more of one entity': 984 }])
  })

  test('All claims pass the check, whatever the text is', () => {
    const text = fc.string({
      unit: fc.constantFrom('# ', '\n', 'knife', ' such as ', '\u0000', 'é', '/'),
    })
    fc.assert(
      fc.property(text, fc.option(text), (body, title) => {
        const { claims } = extractDocument(document(body, { title }), dictionary, documents)
        expect(checkClaims(claims).refused).toEqual({})
      }),
    )
  })

  test('Offsets of a cleaned document are those of its source', () => {
    const source = '<h1>The Knife</h1><p>Buy a&nbsp;<b>Sant&#111;ku</b> today.</p>'
    const run = (at: number, length: number, start: number, end = start + length) => ({
      ...{ at, length, start, end },
    })
    const clean: CleanDocument = {
      ...{ format: 'html', title: null, source, dropped: {} },
      blocks: [
        { kind: 'heading', path: [], level: 1, text: 'Knife', runs: [run(0, 5, 8)] },
        {
          ...{ kind: 'paragraph', path: [], level: 0, text: 'Buy a Santoku today.' },
          runs: [
            run(0, 5, 21),
            run(5, 1, 26, 32),
            run(6, 4, 35),
            run(10, 1, 39, 45),
            run(11, 9, 45),
          ],
        },
      ],
    }
    const { claims } = extractDocument(readableDocument('d1', clean, 7), dictionary, documents)
    const cut = claims.map(({ object, fromChar, throughChar }) => [
      ...[object, source.slice(fromChar, throughChar)],
    ])
    expect(cut).toContainEqual(['type:santoku', 'Sant&#111;ku'])
    expect(cut).toContainEqual(['type:knife', 'Knife'])
  })

  test('A document about nothing known claims nothing', () => {
    expect(said('Nothing to see here')).toEqual([])
  })

  test('Names come from facts of the wanted kinds', () => {
    const facts = [
      { subject: 'brand:a', relation: 'name', object: 'A' },
      { subject: 'topic:t', relation: 'name', object: 'T' },
      { subject: 'item:i', relation: 'alias', object: 'I' },
      { subject: 'item:i', relation: 'length', object: 3 },
    ]
    expect(namesIn(facts, undefined)).toEqual([
      { name: 'A', entity: 'brand:a' },
      { name: 'I', entity: 'item:i' },
    ])
    expect(namesIn(facts, ['topic'])).toEqual([{ name: 'T', entity: 'topic:t' }])
  })
})
