import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { graphExportKey } from '../../functions/contract/claim-keys.ts'
import { FACT_COLUMNS } from '../../functions/contract/claims.ts'
import { graphSchema } from '../../functions/contract/graph.ts'
import { encodeFacts } from '../../functions/graph/claims/encode.ts'
import { extractStatement } from '../../functions/graph/extract/catalogue/catalogue.ts'
import { readmeBlock } from './blocks.ts'
import { ROOT } from './documents.ts'

test('The definition of the README is valid and claims what it maps', () => {
  const block = readmeBlock('Graph', '"relation": "has-brand"')
  const { graph } = JSON.parse(`{${block}}`)
  const { catalogue } = graphSchema.parse(graph)
  const { claims } = extractStatement(
    {
      ...{ kind: 'item', id: 'i1', title: null, knowableMs: 0, provider: null },
      attributes: { brand: 'Acme', category: 'Home > Kitchen', weight: '1.5 kg' },
    } as never,
    catalogue,
  )
  const ofItem = claims.filter(({ subject }) => subject === 'item:i1')
  expect(ofItem.map(({ relation, object }) => [relation, object])).toEqual([
    ['has-brand', 'brand:acme'],
    ['in-category', expect.stringMatching(/^category:home/)],
    ['weight', 1500],
  ])
})

const fact = (confidence: number, object: string) => ({
  ...{ subject: 'item:i1', relation: 'has-brand', object, isEntity: true, confidence },
  ...{ sourceCount: 1, sources: ['0'.repeat(32)], validFromMs: 0 },
})
const exported = (name: 'facts.parquet' | 'nodes.csv') =>
  graphExportKey({ scene: 'shop', generation: '<generation>', n: 1, name })

test('DuckDB answers the query of the README', async () => {
  const sql = readmeBlock('Query it', 'read_parquet')
  expect(sql).toContain(`s3://<models>/${exported('facts.parquet')}`)
  const file = join(mkdtempSync(join(tmpdir(), 'readme-graph-')), 'facts.parquet')
  writeFileSync(file, encodeFacts([fact(0.4, 'brand:bolt'), fact(0.9, 'brand:acme')]))
  const connection = await (await DuckDBInstance.create()).connect()
  const reader = await connection.runAndReadAll(sql.replace(/'s3:[^']*'/, `'${file}'`))
  expect(reader.getRowObjectsJson()).toEqual([
    { subject: 'item:i1', object: 'brand:acme', confidence: 0.9 },
  ])
})

test('The tables and folders of the README are those that are written', () => {
  const ddl = readmeBlock('Query it', 'CREATE EXTERNAL TABLE')
  const [, columns] = /facts \(([^)]*)\)/.exec(ddl)!
  const types = { string: 'string', float: 'double', boolean: 'boolean', int: 'int' } as const
  expect(columns!.split(',').map((column) => column.trim())).toEqual(
    Object.entries(FACT_COLUMNS).map(
      ([name, type]) =>
        `${name} ${type === 'json' ? 'string' : type === 'time' ? 'timestamp' : types[type]}`,
    ),
  )
  const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1)
  expect(ddl).toContain(folderOf(exported('facts.parquet')))
  expect(readmeBlock('Query it', '/loader')).toContain(folderOf(exported('nodes.csv')))
  expect(readmeBlock('Query it', 'g.V(')).toContain("in('has-brand')")
})

test('The drawing of the preferences names functions that there are', () => {
  const drawing = readmeBlock('Preferences', 'readAnswers')
  const named = [...drawing.matchAll(/[a-z]+[A-Z]\w+/g)].map(([name]) => name)
  expect(named).toEqual(['readAnswers', 'turnsOf', 'judgeTurns', 'selectSamples'])
  const folder = join(ROOT, 'functions', 'graph', 'preferences')
  const sources = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
  for (const name of named) expect(sources.join()).toContain(`export function ${name}(`)
})
