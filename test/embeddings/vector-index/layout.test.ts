import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  VECTOR_INDEX_FORMAT_VERSION,
  VECTOR_METRICS,
} from '../../../functions/contract/vector-index.ts'
import {
  buildVectorIndex,
  type VectorIndexInput,
} from '../../../functions/embeddings/vector-index/build.ts'
import { type Found, openVectorIndex } from '../../../functions/embeddings/vector-index/open.ts'
import type { Vectors } from '../../../functions/embeddings/vector-index/sorted-vectors.ts'
import { buildIndex, clusteredVectors, idsOf, vectorAt } from './made-vectors.ts'

const ROOM = join(import.meta.dirname, '..', '..', '..', 'functions', 'embeddings', 'vector-index')
const layout = readFileSync(join(ROOM, 'LAYOUT.md'), 'utf8')
const vector = layout.slice(layout.indexOf('## The vector'))
const [json, text] = [...vector.matchAll(/```(?:json)?\n([\s\S]*?)```/g)].map(([, block]) => block!)
const given = JSON.parse(json!) as VectorIndexInput & { vectors: number[]; bias: number[] }
const bytes = Uint8Array.from(Buffer.from(text!, 'base64'))
const expected = [...vector.matchAll(/^\| (\S+) \| (-?[\d.]+) \|$/gm)].map(([, id, score]) => ({
  ...{ id: id!, score: Number(score) },
}))

describe('The layout of a vector index', () => {
  test('The vector of the layout document is what its input encodes to', () => {
    const built = buildVectorIndex({
      ...given,
      ...{ vectors: Float32Array.from(given.vectors), bias: Float64Array.from(given.bias) },
    })
    expect(Buffer.from(built).toString('base64')).toBe(text!.replace(/\s/g, ''))
  })

  test('The vector of the layout document opens, and answers as it says', () => {
    const index = openVectorIndex(bytes, 'x')
    expect(index.header.cells).toBe(4)
    expect(expected).toHaveLength(4)
    expect(index.search(Float32Array.of(1, 0.5), { k: 4 })).toEqual(expected)
  })

  test('The layout document names sections, metrics and version as the code does', () => {
    const index = openVectorIndex(bytes, 'x')
    const named = [...layout.matchAll(/^\| `([a-z]+)` \|/gm)].map(([, name]) => name)
    expect(named).toEqual(index.header.sections.map(({ name }) => name))
    for (const metric of VECTOR_METRICS) expect(layout).toContain(`\`${metric}\``)
    expect(layout).toContain(`format version, ${VECTOR_INDEX_FORMAT_VERSION} |`)
  })

  const hasPython = spawnSync('python3', ['--version']).status === 0
  describe.skipIf(!hasPython)(
    `A reader in Python${hasPython ? '' : ' (skipped: no Python)'}`,
    () => {
      const file = (content: Uint8Array): string => {
        const path = join(mkdtempSync(join(tmpdir(), 'vector-index-')), 'in.qmv')
        writeFileSync(path, content)
        return path
      }
      const read = (
        content: Uint8Array,
        searches: readonly { k: number; query: Float32Array }[],
      ) => {
        const asked = JSON.stringify(searches.map(({ k, query }) => [k, [...query]]))
        const command = [join(import.meta.dirname, 'check.py'), file(content), asked]
        const { stdout, stderr } = spawnSync('python3', command, { encoding: 'utf8' })
        expect(stderr).toBe('')
        return JSON.parse(stdout) as { ids: string[]; found: Found[][] }
      }

      test('It reads the vector of the layout document', () => {
        expect(read(bytes, [{ k: 4, query: Float32Array.of(1, 0.5) }])).toEqual({
          ...{ ids: ['bed', 'lamp', 'sofa', 'é'], found: [expected] },
        })
      })

      test.each(VECTOR_METRICS)('It finds what our reader finds, by %s', (metric) => {
        const table: Vectors = {
          ...{ ids: idsOf(600), vectors: clusteredVectors(600, 8), dimensions: 8, metric },
          ...(metric === 'inner-product' && {
            bias: Float64Array.from({ length: 600 }, (_, i) => i % 5),
          }),
        }
        const content = buildIndex(table)
        const index = openVectorIndex(content, 'x')
        const searches = Array.from({ length: 30 }, (_, i) => ({
          ...{ k: [3, 25, 200][i % 3]!, query: vectorAt(table, 17 * i) },
        }))
        const { ids, found } = read(content, searches)
        expect(ids).toEqual(table.ids.toSorted())
        for (const [i, { k, query }] of searches.entries()) {
          const own = index.search(query, { k })
          expect(found[i]!.map(({ id }) => id)).toEqual(own.map(({ id }) => id))
          for (const [place, { score }] of own.entries())
            expect(found[i]![place]!.score).toBeCloseTo(score, 4)
        }
      })
    },
  )
})
