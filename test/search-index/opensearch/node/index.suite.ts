import { expect, test } from 'vitest'
import { type SearchDefinition, searchSchema } from '../../../../functions/contract/search.ts'
import { QuartermasterError } from '../../../../functions/core/errors.ts'
import { createAnalyzers } from '../../../../functions/search-index/analysis/analyzer.ts'
import { analyzerName } from '../../../../functions/search-index/opensearch/analyzers.ts'
import { bulkItem, bulkRequest } from '../../../../functions/search-index/opensearch/bulk.ts'
import { INDEX_OPTIONS } from '../../../../functions/search-index/opensearch/index-template.ts'
import {
  createIndex,
  deleteIndex,
  pointAlias,
} from '../../../../functions/search-index/opensearch/indices.ts'
import { documentOf } from '../documents.ts'
import type { OpenServer } from './open-server.ts'

const DEFINITION = searchSchema.parse({
  of: 'items',
  fields: {
    ...{ standard: { from: 'title' }, english: { from: 'text', analyzer: 'english' } },
    ...{ cjk: { from: 'text', analyzer: 'cjk' }, keyword: { from: 'title', analyzer: 'keyword' } },
    ...{ folded: { from: 'title', analyzer: 'folded' } },
    ...{ spaced: { from: 'title', analyzer: 'spaced' }, late: { from: 'title', analyzer: 'late' } },
  },
  analyzers: {
    folded: { tokenizer: 'words', filters: ['lowercase', 'fold-accents', 'stop'] },
    spaced: { tokenizer: 'whitespace', filters: ['possessive'] },
    late: { tokenizer: 'words', filters: ['lowercase', 'porter2', 'stop'] },
  },
  filters: ['brand', 'a.b'],
  numbers: ['price'],
})

const TEXTS = [
  "The runner's quick-brown Foxes jumped over 3.14 lazy dogs, weren't they?",
  'Ärger über façade naïveté, Smørrebrød Łódź straße ÉCOLE',
  'a\u00a0b\tc\u2003d  e\u001ff',
  'wi-fi_802.11ac e-mail: someone@example.com http://example.com/a?b=c #tag',
  'Это был тест. Ελληνικα. עברית שלום. हिन्दी में परीक्षण',
  '東京タワーへ行きました。 ﾃｽﾄ 서울 특별시 대한민국 我爱北京天安门 x',
  '👩‍👩‍👧 emoji 🇩🇪🇫🇷 1️⃣ ok',
  `${'x'.repeat(300)} ${'y'.repeat(255)}`,
  'generalization generously flies dying news this that THESE',
  "U.S.A. O'Neill's rock'n'roll l'avion 10,000 1.5 a.b.c",
  'ภาษาไทย ສະບາຍດີ',
]

interface AnalyzedToken {
  token: string
  position: number
}

/** What an index on the server is, and which requests it gets. */
export function indexSuite({ server, ask }: OpenServer): void {
  const termsOnServer = async (index: string, name: string, text: string) => {
    const body = { analyzer: analyzerName(name), text }
    const { tokens } = (await ask('POST', `/${index}/_analyze`, body)) as {
      tokens: AnalyzedToken[]
    }
    return tokens
  }

  test('The server makes our terms of texts in many languages', async () => {
    await createIndex(server, DEFINITION, 'words', 'g1')
    const analyzers = createAnalyzers(DEFINITION)
    for (const [field, { analyzer }] of Object.entries(DEFINITION.fields))
      for (const text of TEXTS) {
        const tokens = await termsOnServer('words-g1', analyzer, text)
        const own = analyzers[field]!(text)
        expect(
          tokens.map(({ token }) => token),
          `${field}: ${text}`,
        ).toEqual(own.map(({ term }) => term))
        if (analyzer === 'cjk') continue
        expect(tokens.map(({ position }) => position)).toEqual(own.map(({ position }) => position))
      }
  })

  test.each([
    ['standard', 'İI ΟΔΟΣ', ['i\u0307i', 'οδος'], ['ii', 'οδοσ']],
    ['folded', 'weren’t ά ﬁn', ['weren’t', 'α', 'ﬁn'], ["weren't", 'ά', 'fin']],
    ['folded', 'ＡＢＣ', ['ａｂｃ'], ['abc']],
    ['cjk', 'ＡＢＣ ㌀', ['abc', 'アパ', 'パー', 'ート'], ['abc', '㌀']],
  ])('The known difference of %s in %s is the only one', async (field, text, own, theirs) => {
    await createIndex(server, DEFINITION, 'known', 'g1')
    expect(createAnalyzers(DEFINITION)[field]!(text).map(({ term }) => term)).toEqual(own)
    const tokens = await termsOnServer('known-g1', field, text)
    expect(tokens.map(({ token }) => token)).toEqual(theirs)
  })

  test('An index is made once, and only of its own definition', async () => {
    expect(await createIndex(server, DEFINITION, 'once', 'g1')).toBe(true)
    expect(await createIndex(server, DEFINITION, 'once', 'g1')).toBe(false)
    const other: SearchDefinition = { ...DEFINITION, numbers: [] }
    await expect(createIndex(server, other, 'once', 'g1')).rejects.toThrow(/of another definition/)
  })

  test('A hundred thousand unknown attributes add no field', async () => {
    await createIndex(server, DEFINITION, 'wide', 'g1')
    const before = await ask('GET', '/wide-g1/_mapping')
    const many = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`a${i}.b`, i]))
    const few = { 'a.b.c': 1, other: 'x' }
    const source = { ...many, fields: few, filters: few, numbers: few, document: few }
    await ask('PUT', '/wide-g1/_doc/1', source)
    expect(await ask('GET', '/wide-g1/_mapping')).toEqual(before)
  })

  test.each([
    ['all', ['document', 'fields', 'filters', 'id', 'numbers']],
    ['document', ['document']],
    ['none', undefined],
  ] as const)('The server keeps %s of the source', async (source, kept) => {
    const generation = `g-${source}`
    await createIndex(server, DEFINITION, 'kept', generation, { ...INDEX_OPTIONS, source })
    const stored = { '{"a":{"b":[1]}}': 1 }
    const document = documentOf('1', 1, 'x')
    const content = { ...document.content!, stored: JSON.stringify(stored) }
    const item = bulkItem({ ...document, content })
    await server.send(bulkRequest(`kept-${generation}-write`, [{ item, external: 1n }]))
    const found = (await ask('GET', `/kept-${generation}/_doc/1`)) as {
      _source?: Record<string, unknown>
    }
    expect(found._source && Object.keys(found._source).sort()).toEqual(kept)
    if (found._source) expect(found._source['document']).toEqual(stored)
  })

  test('The readers’ alias moves in one request', async () => {
    const holders = async () => Object.keys((await ask('GET', '/_alias/moved')) as object)
    for (const generation of ['g1', 'g2']) {
      await createIndex(server, DEFINITION, 'moved', generation)
      await pointAlias(server, 'moved', generation)
      await pointAlias(server, 'moved', generation)
      expect(await holders()).toEqual([`moved-${generation}`])
    }
    await expect(pointAlias(server, 'moved', 'g3')).rejects.toThrow(QuartermasterError)
    expect(await holders()).toEqual(['moved-g2'])
  })

  test.each([
    ['an index and a deletion', ['x', null]],
    ['deletions alone', [null, null]],
  ])('A bulk request of %s never makes an index', async (_what, titles) => {
    await createIndex(server, DEFINITION, 'guard', 'g1')
    await deleteIndex(server, 'guard', 'g1')
    await deleteIndex(server, 'guard', 'g1')
    const versioned = titles.map((title, i) => ({
      ...{ item: bulkItem(documentOf(`${i}`, 1, title)), external: 5n },
    }))
    const { body } = await server.send(bulkRequest('guard-g1-write', versioned))
    const items = (body as { items: Record<string, { status: number }>[] }).items
    expect(items.map((item) => Object.values(item)[0]!.status)).toEqual(items.map(() => 404))
    const { status } = await server.send({ method: 'GET', path: '/guard-g1-write' })
    expect(status).toBe(404)
  })
}
