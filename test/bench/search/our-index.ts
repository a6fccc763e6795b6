import { type SearchDefinition, searchSchema } from '../../../functions/contract/search.ts'
import {
  type Analyzers,
  createAnalyzers,
} from '../../../functions/search-index/analysis/analyzer.ts'
import { searchSnapshot } from '../../../functions/search-index/query/search-snapshot.ts'
import type { Snapshot } from '../../../functions/search-index/query/snapshot.ts'
import { goneBitmap } from '../../../functions/search-index/segment/bitmap.ts'
import { encodeSegment } from '../../../functions/search-index/segment/encode-segment.ts'
import { openSegment } from '../../../functions/search-index/segment/open-segment.ts'
import type { EncodedSegment } from '../../../functions/search-index/segment/types.ts'

/** Documents with one text a field. */
export interface Document<Field extends string = string> {
  id: string
  fields: Readonly<Record<Field, string>>
}

/** Definition of an index whose fields are read by the analyzer `english`. */
export const englishFields = (weights: Readonly<Record<string, number>>): SearchDefinition =>
  searchSchema.parse({
    of: 'documents',
    fields: Object.fromEntries(
      Object.entries(weights).map(([field, weight]) => [
        field,
        { from: `attributes.${field}`, analyzer: 'english', weight },
      ]),
    ),
  })

/** Analyses documents and writes both objects of their segment: terms, positions and stored texts. */
export function encodeDocuments(
  definition: SearchDefinition,
  analyzers: Analyzers,
  documents: readonly Document[],
): EncodedSegment {
  const fields = Object.keys(definition.fields)
  return encodeSegment(
    { generation: 'bench', fields, filters: [], numbers: [] },
    documents.map(({ id, fields: texts }, row) => ({
      ...{ id, version: { knowableMs: 1, drop: 'bench', row } },
      content: {
        fields: Object.fromEntries(
          fields.map((field) => [field, { text: texts[field]!, analyzer: analyzers[field]! }]),
        ),
        ...{ filters: {}, numbers: {}, stored: JSON.stringify(texts) },
      },
    })),
  )
}

/** Opens an index of one segment for each list. Its function returns the ids of the best hits. */
export function openIndex(definition: SearchDefinition, lists: readonly (readonly Document[])[]) {
  const analyzers = createAnalyzers(definition)
  const parts = lists.map((list) => {
    const segment = openSegment(encodeDocuments(definition, analyzers, list).index, 'bench')
    return { segment, deleted: goneBitmap(segment) }
  })
  const totals = Object.keys(definition.fields).map((field) => {
    const each = parts.map(({ segment }) => segment.fieldTotals(field))
    const sumOf = (name: 'docs' | 'tokens') => each.reduce((sum, one) => sum + one[name], 0)
    return [field, { docs: sumOf('docs'), tokens: sumOf('tokens') }] as const
  })
  const live = lists.reduce((sum, list) => sum + list.length, 0)
  const snapshot: Snapshot = { parts, totals: Object.fromEntries(totals), live }
  return (query: string, limit: number): string[] =>
    searchSnapshot(definition, analyzers, snapshot, query, { limit }).hits.map(({ id }) => id)
}
