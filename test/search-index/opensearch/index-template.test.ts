import { describe, expect, test } from 'vitest'
import { searchSchema } from '../../../functions/contract/search.ts'
import { createAnalyzers } from '../../../functions/search-index/analysis/analyzer.ts'
import { analysisSettings } from '../../../functions/search-index/opensearch/analyzers.ts'
import {
  INDEX_OPTIONS,
  indexTemplate,
} from '../../../functions/search-index/opensearch/index-template.ts'
import {
  sourceOf,
  textDocumentOf,
} from '../../../functions/search-index/opensearch/text-document.ts'

const DEFINITION = searchSchema.parse({
  of: 'items',
  fields: {
    title: { from: 'title', analyzer: 'english' },
    tags: { from: 'attributes.tags', analyzer: 'late' },
  },
  analyzers: { late: { tokenizer: 'words', filters: ['lowercase', 'porter2', 'stop'] } },
  filters: ['brand', 'a.b'],
  numbers: ['price'],
  goneIf: 'deleted',
})
type Mappings = { dynamic: boolean; properties: Record<string, { properties: object }> }

describe('The index of a generation', () => {
  test('Only what the definition names is mapped', () => {
    const { mappings, aliases } = indexTemplate(DEFINITION, 'feed', 'g1')
    const { dynamic, properties } = mappings as Mappings
    expect(dynamic).toBe(false)
    expect(properties['fields']).toMatchObject({
      dynamic: false,
      properties: {
        title: { type: 'text', analyzer: 'quartermaster_english', norms: true },
        tags: { type: 'text', analyzer: 'quartermaster_late', norms: true },
      },
    })
    expect(properties['filters']!.properties).toEqual({
      ...{ brand: { type: 'keyword' }, 'a%2Eb': { type: 'keyword' } },
    })
    expect(properties['numbers']!.properties).toEqual({ price: { type: 'double' } })
    expect(properties['document']).toEqual({ type: 'object', enabled: false })
    expect(aliases).toEqual({ 'feed-g1-write': { is_write_index: true } })
  })

  test('With our terms, the server analyses only the texts of outside queries', () => {
    const options = { ...INDEX_OPTIONS, terms: 'ours' as const }
    const { mappings } = indexTemplate(DEFINITION, 'feed', 'g1', options)
    expect((mappings as Mappings).properties['fields']!.properties).toMatchObject({
      title: { analyzer: 'quartermaster-terms', search_analyzer: 'quartermaster_english' },
    })
  })

  test('Indexes of different definitions or terms have different digests', () => {
    const digestOf = (...[search, options]: [typeof DEFINITION, typeof INDEX_OPTIONS]) =>
      (indexTemplate(search, 'feed', 'g1', options).mappings as { _meta: object })._meta
    const own = digestOf(DEFINITION, INDEX_OPTIONS)
    expect(digestOf(DEFINITION, { ...INDEX_OPTIONS, replicas: 2 })).toEqual(own)
    expect(digestOf({ ...DEFINITION, numbers: [] }, INDEX_OPTIONS)).not.toEqual(own)
    expect(digestOf(DEFINITION, { ...INDEX_OPTIONS, terms: 'ours' })).not.toEqual(own)
  })
})

describe('The analysis settings', () => {
  test('Stop words are dropped as the filters before them leave them', () => {
    const { analyzer, filter } = analysisSettings({
      ...DEFINITION,
      stopWords: ['Running', 'the'],
    })
    expect(analyzer['quartermaster_late']!.filter.at(-1)).toBe('quartermaster_stop_late_2')
    expect(filter['quartermaster_stop_late_2']).toEqual({ type: 'stop', stopwords: ['run', 'the'] })
  })

  test('An empty list of stop words drops none', () => {
    const { filter } = analysisSettings({ ...DEFINITION, stopWords: [] })
    expect(filter['quartermaster_stop_english_2']).toEqual({ type: 'stop', stopwords: '_none_' })
  })
})

describe('A statement', () => {
  const row = (attributes: object) => ({
    ...{ id: 'a', knowableMs: 1, drop: 'd', row: 2, title: 'Of red Shoes', text: '' },
    attributes: JSON.stringify(attributes),
  })
  const attributes = { tags: ['one', 'two'], brand: 'acme', 'a.b': ['2', '1'], price: 3, other: 1 }
  const analyzers = createAnalyzers(DEFINITION)

  test('Its texts, filters and numbers are sent, with all of it stored', () => {
    const { version, content } = textDocumentOf(DEFINITION, row(attributes))
    expect(version).toEqual({ knowableMs: 1, drop: 'd', row: 2 })
    expect(JSON.parse(sourceOf('a', content!))).toEqual({
      id: 'a',
      fields: { title: 'Of red Shoes', tags: 'one\ntwo' },
      filters: { brand: ['acme'], 'a%2Eb': ['1', '2'] },
      numbers: { price: 3 },
      document: { title: 'Of red Shoes', attributes },
    })
  })

  test('Our terms are sent with the gaps of dropped words', () => {
    const { content } = textDocumentOf(DEFINITION, row(attributes), analyzers)
    expect(content!.fields).toEqual({ title: '\u001e\u001fred\u001fshoe', tags: 'one\u001ftwo' })
  })

  test('A mark within a term is replaced', () => {
    const definition = { ...DEFINITION, fields: { title: { ...DEFINITION.fields['title']! } } }
    definition.fields.title.analyzer = 'keyword'
    const one = { ...row({}), title: 'a\u001fb\u001ec' }
    const { content } = textDocumentOf(definition, one, createAnalyzers(definition))
    expect(content!.fields).toEqual({ title: 'a\ufffdb\ufffdc' })
  })

  test('A statement that takes its document out has no content', () => {
    expect(textDocumentOf(DEFINITION, row({ deleted: true })).content).toBeNull()
  })
})
