import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MODEL_FORMAT_VERSION, MODEL_MAGIC } from '../../functions/contract/artifact.ts'
import { featureSchema } from '../../functions/contract/features.ts'
import {
  MODEL_PART,
  OBJECT_KIND,
  partSchema,
  ROWS_KIND,
  VALUES_PART,
} from '../../functions/contract/part.ts'
import {
  bucketSk,
  CURRENT_SK,
  entityPk,
  releaseSk,
  STATEMENT_SK,
  scenePk,
} from '../../functions/contract/registry.ts'
import { MAX_LATE_ARRIVAL_MS } from '../../functions/contract/scene.ts'

const read = (...path: string[]): string =>
  readFileSync(join(import.meta.dirname, '..', '..', ...path), 'utf8')
const layout = read('functions', 'reader', 'LAYOUT.md')

describe('The layout document', () => {
  test('The layout document names rows and artifact as the contract does', () => {
    for (const name of [CURRENT_SK, STATEMENT_SK, scenePk('<scene>')])
      expect(layout).toContain(`\`${name}\``)
    expect(releaseSk(12)).toMatch(/^RELEASE#\d{8}$/)
    expect(layout).toContain('`RELEASE#<sequence, 8 digits>`')
    for (const name of [...Object.keys(partSchema.shape), MODEL_PART, VALUES_PART])
      expect(layout).toContain(`\`${name}\``)
    for (const kind of [OBJECT_KIND, ROWS_KIND]) expect(layout).toContain(`\`${kind}\``)
    expect(bucketSk(12)).toMatch(/^BUCKETS#\d{13}$/)
    expect(layout).toContain('`BUCKETS#<closedThroughMs, 13 digits>`')
    expect(layout).toContain(`\`${entityPk('<scene>', 'user', '<pseudonym>')}\``)
    expect(layout).toContain(`\`${entityPk('<scene>', 'item', '<item>')}\``)
    expect(layout).toContain(`\`${MODEL_MAGIC.slice(0, -1)}\` and a zero byte`)
    expect(layout).toContain(`format version, ${MODEL_FORMAT_VERSION} |`)
    const stragglers = MAX_LATE_ARRIVAL_MS.toLocaleString('en').replaceAll(',', ' ')
    expect(layout).toContain(`× 3 600 000 − longest window − ${stragglers}\``)
    expect(STATEMENT_SK > bucketSk(9_999_999_999_999)).toBe(true)
  })

  test('The layout document covers every kind of feature and vector', () => {
    for (const { shape } of featureSchema.options)
      expect(layout).toContain(`| \`${shape.kind.value}\``)
    const vectors = read('test', 'reader', 'vectors', 'vectors.jsonl').trim().split('\n')
    const kinds = new Set(vectors.map((line) => String(JSON.parse(line).vector)))
    expect(kinds.size).toBe(8)
    const section = layout.slice(layout.indexOf('## The vectors'))
    for (const kind of kinds) expect(section).toContain(`| \`${kind}\` |`)
  })
})
