import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { searchSchema } from '../../functions/contract/search.ts'
import { createAnalyzers } from '../../functions/search-index/analysis/analyzer.ts'
import { documentOf } from '../../functions/search-index/documents.ts'
import { readmeBlock } from './blocks.ts'
import { ROOT } from './documents.ts'

test('The definition of the README is valid and indexes a statement', () => {
  const search = searchSchema.parse(JSON.parse(readmeBlock('Definition', '"of": "items"')))
  const { content } = documentOf(search, createAnalyzers(search), {
    ...{ id: 'a', knowableMs: 0, drop: 'd', row: 0, title: null, text: 'A couch.' },
    attributes: JSON.stringify({ title: 'Red sofas', brand: ['x'], price: 7 }),
  })
  expect(content!.fields['title']!.map(({ term }) => term)).toEqual(['red', 'sofa'])
  expect(content!.filters).toEqual({ brand: ['x'], category: [] })
  expect(content!.numbers).toEqual({ price: 7 })
})

test.each([
  [readmeBlock('Search index', 'the reader:'), ['index-drop', 'rebuild-index']],
  [readmeBlock('Generations', 'plan.json'), ['index-part', 'rebuild-index']],
])('A drawing of the search index names stages that there are', (drawing, stages) => {
  const named = [...drawing.matchAll(/\b(index-drop|index-part|rebuild-index)\b/g)]
  expect([...new Set(named.map(([name]) => name))].sort()).toEqual(stages)
  const files = readdirSync(join(ROOT, 'functions', 'search-index'))
  for (const name of stages) expect(files).toContain(`${name}.lambda.ts`)
})
