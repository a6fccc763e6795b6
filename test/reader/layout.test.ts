import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { MODEL_FORMAT_VERSION, MODEL_MAGIC } from '../../functions/contract/artifact.ts'
import { entityPk } from '../../functions/contract/claim-keys.ts'
import { featureSchema } from '../../functions/contract/features.ts'
import { entityRowSchema } from '../../functions/contract/graph.ts'
import { entitySk } from '../../functions/contract/graph-rows.ts'
import {
  GRAPH_PART,
  MODEL_PART,
  OBJECT_KIND,
  partSchema,
  ROWS_KIND,
  VALUES_PART,
} from '../../functions/contract/part.ts'
import { CURRENT_SK, releaseSk, scenePk } from '../../functions/contract/registry.ts'
import {
  FOLDED_SK,
  foldedPk,
  foldedRowSchema,
  foldedText,
  openAttribute,
  seriesSchema,
  statementSchema,
  VALUES_SK,
  valuesPk,
} from '../../functions/contract/values.ts'

const read = (...path: string[]): string =>
  readFileSync(join(import.meta.dirname, '..', '..', ...path), 'utf8')
const layout = read('functions', 'reader', 'LAYOUT.md')

describe('The layout document', () => {
  test('The layout document names rows and artifact as the contract does', () => {
    for (const name of [CURRENT_SK, VALUES_SK, FOLDED_SK, scenePk('<scene>'), foldedPk('<scene>')])
      expect(layout).toContain(`\`${name}\``)
    expect(releaseSk(12)).toMatch(/^RELEASE#\d{8}$/)
    expect(layout).toContain('`RELEASE#<sequence, 8 digits>`')
    for (const name of [...Object.keys(partSchema.shape), MODEL_PART, VALUES_PART])
      expect(layout).toContain(`\`${name}\``)
    expect(layout).toContain(`\`${entityPk('<scene>', '<id>')}\``)
    expect(layout).toContain(`\`${entitySk('<generation>')}\``)
    for (const name of [GRAPH_PART, ...Object.keys(entityRowSchema.shape)])
      expect(layout).toMatch(new RegExp(`\`${name}\``))
    for (const kind of [OBJECT_KIND, ROWS_KIND]) expect(layout).toContain(`\`${kind}\``)
    expect(layout).toContain(`\`${valuesPk('<scene>', '<entity>', '<id>')}\``)
    expect(openAttribute(12, 'ab'.repeat(16))).toMatch(/^open\.\d{13}-[0-9a-f]{12}$/)
    expect(layout).toContain('`open.<arrivalMs, 13 digits>-<12 hex digits>`')
    const mark = { closedThroughMs: 12, arrivedThroughMs: 34 }
    expect(foldedText(mark, '01234567')).toMatch(/^\d{13}-\d{13}-[0-9a-f]{8}$/)
    expect(layout).toContain('`<T, 13 digits>-<A, 13 digits>-<8 hex digits>`')
    const { series: _series, scheduledMs: _scheduledMs, ...read } = foldedRowSchema.shape
    for (const name of [...Object.keys(read), ...Object.keys(statementSchema.shape)])
      expect(layout).toMatch(new RegExp(`\\b${name}\\b`))
    expect(layout).toContain(`\`${MODEL_MAGIC.slice(0, -1)}\` and a zero byte`)
    expect(layout).toContain(`format version, ${MODEL_FORMAT_VERSION} |`)
  })

  test('The layout document covers every kind of feature, state and vector', () => {
    for (const { shape } of featureSchema.options)
      expect(layout).toMatch(new RegExp(`^\\| .*\`${shape.kind.value}\``, 'm'))
    for (const state of seriesSchema.shape.state.options)
      expect(layout).toContain(`| \`${state}\` |`)
    const vectors = read('test', 'reader', 'vectors', 'vectors.jsonl').trim().split('\n')
    const kinds = new Set(vectors.map((line) => String(JSON.parse(line).vector)))
    expect(kinds.size).toBe(12)
    const section = layout.slice(layout.indexOf('## The vectors'))
    for (const kind of kinds) expect(section).toContain(`| \`${kind}\` |`)
  })
})
