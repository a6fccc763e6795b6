import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entityPk } from '../../../functions/contract/claim-keys.ts'
import type { Fact } from '../../../functions/contract/claims.ts'
import { entityRowSchema } from '../../../functions/contract/graph.ts'
import { encodeClaims } from '../../../functions/graph/claims/encode.ts'
import { entityRow, entityRows } from '../../../functions/graph/export/entity-row.ts'
import { neptuneEdges, neptuneNodes } from '../../../functions/graph/export/neptune.ts'
import { encodeTaxonomy } from '../../../functions/graph/export/parquet.ts'
import { createFold } from '../../../functions/graph/fold/fold.ts'
import { buildTaxonomy } from '../../../functions/graph/taxonomy/taxonomy.ts'
import { arbitraryClaim } from '../claims/arbitrary-claim.ts'
import { claim } from '../claims/make-claims.ts'

const CLAIMS = [
  claim({ confidence: 0.5 }),
  claim({ source: 'b', confidence: 0.5 }),
  claim({ relation: 'length', object: 120, isEntity: false, unit: 'mm' }),
  claim({ relation: 'note', object: 'He said, "fine"\nand; left', isEntity: false }),
  claim({ subject: 'brand:acme', relation: 'name', object: 'ACME', isEntity: false }),
  claim({ subject: 'category:knife', relation: 'broader', object: 'category:kitchen' }),
]
const foldOf = (claims: readonly (typeof CLAIMS)[0][]) => {
  const fold = createFold()
  fold.add(claims)
  return fold
}
const factsOf = (claims: readonly (typeof CLAIMS)[0][]): Fact[] => {
  const fold = foldOf(claims)
  return fold.subjects().flatMap((subject) => fold.facts(subject))
}
const facts = factsOf(CLAIMS)

const folder = mkdtempSync(join(tmpdir(), 'graph-export-'))
async function query(bytes: Uint8Array, sql: string): Promise<unknown[]> {
  const file = join(folder, 'table.parquet')
  writeFileSync(file, bytes)
  const connection = await (await DuckDBInstance.create()).connect()
  const reader = await connection.runAndReadAll(sql.replace('TABLE', `'${file}'`))
  return reader.getRowObjectsJson()
}

describe('the graph as Parquet', () => {
  test('DuckDB reads the facts with their types', async () => {
    const rows = await query(
      foldOf(CLAIMS).all(),
      `SELECT subject, object, number, unit, confidence, "sourceCount", json_array_length(sources) AS n,
       epoch_ms("validFromMs") AS ms FROM TABLE WHERE subject = 'item:i1' ORDER BY relation`,
    )
    expect(rows).toEqual([
      {
        ...{ subject: 'item:i1', object: 'brand:acme', number: null, unit: null },
        ...{ confidence: 0.75, sourceCount: 2, n: '2', ms: '1000' },
      },
      {
        ...{ subject: 'item:i1', object: null, number: 120, unit: 'mm' },
        ...{ confidence: 0.9, sourceCount: 1, n: '1', ms: '1000' },
      },
      {
        ...{ subject: 'item:i1', object: 'He said, "fine"\nand; left', number: null, unit: null },
        ...{ confidence: 0.9, sourceCount: 1, n: '1', ms: '1000' },
      },
    ])
  })

  test('DuckDB reads claims and the taxonomy', async () => {
    const claims = await query(
      encodeClaims(CLAIMS),
      'SELECT count(*) AS n, count(DISTINCT source) AS s FROM TABLE',
    )
    expect(claims).toEqual([{ n: '6', s: '2' }])
    const taxonomy = await query(
      encodeTaxonomy(buildTaxonomy(facts)),
      'SELECT id, depth, broader::JSON[] AS up FROM TABLE ORDER BY depth',
    )
    expect(taxonomy).toMatchObject([
      { id: 'category:kitchen', depth: 0, up: [] },
      { id: 'category:knife', depth: 1 },
    ])
  })
})

describe("files of Neptune's bulk loader", () => {
  const nodesOf = (all: readonly Fact[]): Record<string, string>[] =>
    parse([...neptuneNodes(all)].join(''), { columns: true })
  const edgesOf = (all: readonly Fact[]): Record<string, string>[] =>
    parse([...neptuneEdges(all)].join(''), { columns: true })

  test('Entities and literals are nodes with system columns', () => {
    expect(nodesOf(facts).slice(0, 4)).toMatchObject([
      { '~id': 'brand:acme', '~label': 'brand', 'name:String(single)': 'ACME' },
      { '~id': 'category:kitchen', '~label': 'category' },
      { '~id': 'category:knife', '~label': 'category' },
      { '~id': 'item:i1', '~label': 'item', 'name:String(single)': '' },
    ])
    expect(nodesOf(facts)).toContainEqual(
      expect.objectContaining({
        ...{ '~label': 'literal', 'number:Double(single)': '120', 'unit:String(single)': 'mm' },
      }),
    )
    expect(nodesOf(facts).map((row) => row['text:String(single)'])).toContain(
      'He said, "fine"\nand; left',
    )
  })

  test('Edges bear confidence, sources and time', () => {
    expect(edgesOf(facts)).toContainEqual({
      ...{ '~id': expect.stringMatching(/^[0-9a-f]{32}$/), '~from': 'item:i1' },
      ...{ '~to': 'brand:acme', '~label': 'has-brand', 'confidence:Double': '0.75' },
      ...{ 'sourceCount:Int': '2', 'validFrom:Date': '1970-01-01T00:00:01Z' },
    })
  })

  test('Ids are unique and each edge has both of its nodes', () => {
    fc.assert(
      fc.property(fc.array(arbitraryClaim, { maxLength: 30 }), (claims) => {
        const all = factsOf(claims)
        const nodes = nodesOf(all).map((row) => row['~id'])
        const edges = edgesOf(all)
        expect(new Set(nodes).size).toBe(nodes.length)
        expect(new Set(edges.map((row) => row['~id'])).size).toBe(all.length)
        for (const edge of edges)
          expect(nodes).toEqual(expect.arrayContaining([edge['~from'], edge['~to']]))
      }),
      { numRuns: 50 },
    )
  })
})

describe('online rows of entities', () => {
  test('A row has facts in both directions', () => {
    const row = entityRow('brand:acme', facts, 10)
    expect(row).toMatchObject({
      ...{ id: 'brand:acme', kind: 'brand', name: 'ACME' },
      facts: { name: { values: [{ value: 'ACME', isEntity: false }], leftOut: 0 } },
      incoming: {
        'has-brand': {
          values: [{ value: 'item:i1', isEntity: true, confidence: 0.75, sourceCount: 2 }],
          leftOut: 0,
        },
      },
    })
    expect(entityRowSchema.parse(row)).toEqual(row)
    expect(entityPk('shop', row.id)).toBe('shop#entity#brand:acme')
  })

  test('A fan of 100,000 aliases is capped and its rest counted', () => {
    const [best] = factsOf([
      claim({ relation: 'alias', object: 'best', isEntity: false, confidence: 0.8 }),
    ]) as [Fact]
    const aliases = Array.from({ length: 100_000 }, (_, n) => ({
      ...{ ...best, object: `alias ${n}`, confidence: 0.5 },
    }))
    const many = [...aliases, best, ...factsOf([claim()])]
    const row = entityRow('item:i1', many, 50)
    expect(row.facts['alias']!.values).toHaveLength(50)
    expect([row.facts['alias']!.values[0]!.value, row.facts['alias']!.leftOut]).toEqual([
      ...['best', 99_951],
    ])
    expect(row.facts['has-brand']).toMatchObject({ leftOut: 0 })
  })

  test('Large literals leave the row below the limit of a table', () => {
    const large = factsOf(
      Array.from({ length: 400 }, (_, n) =>
        claim({ relation: `r${n % 4}`, object: `${n}${'漢'.repeat(4000)}`, isEntity: false }),
      ),
    )
    const row = entityRow('item:i1', large, 100)
    expect(Buffer.byteLength(JSON.stringify(row))).toBeLessThan(400_000)
    const kept = Object.values(row.facts)
    expect(
      kept.every(({ values, leftOut }) => values.length > 0 && values.length + leftOut === 100),
    ).toBe(true)
  })

  test('The rows of all entities have every fact at both ends', () => {
    fc.assert(
      fc.property(
        fc.array(arbitraryClaim, { maxLength: 30 }),
        fc.nat({ max: 3 }),
        (claims, cap) => {
          const all = factsOf(claims)
          const rows = [...entityRows(all, cap)]
          const counted = rows.flatMap(({ facts: own, incoming }) =>
            [...Object.values(own), ...Object.values(incoming)].map((group) => {
              expect(group.values.length).toBeLessThanOrEqual(cap)
              return group.values.length + group.leftOut
            }),
          )
          const ends = all.reduce((sum, { isEntity }) => sum + (isEntity ? 2 : 1), 0)
          expect(counted.reduce((a, b) => a + b, 0)).toBe(ends)
          expect([...entityRows(all.toReversed(), cap)]).toEqual(rows)
        },
      ),
      { numRuns: 50 },
    )
  })
})
