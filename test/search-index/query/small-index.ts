import { searchSchema } from '../../../functions/contract/search.ts'
import type { SearchOptions } from '../../../functions/contract/search-options.ts'
import { createAnalyzers } from '../../../functions/search-index/analysis/analyzer.ts'
import { bindQuery } from '../../../functions/search-index/query/bind-query.ts'
import { readQuery } from '../../../functions/search-index/query/read-query.ts'
import { searchSnapshot } from '../../../functions/search-index/query/search-snapshot.ts'
import type { Snapshot } from '../../../functions/search-index/query/snapshot.ts'
import { encodeSegment } from '../../../functions/search-index/segment/encode-segment.ts'
import { openSegment } from '../../../functions/search-index/segment/open-segment.ts'
import type { IndexedDocument } from '../../../functions/search-index/segment/types.ts'
import { memoryBitmap, memorySegment } from '../../make/memory-segment.ts'

/** Opens documents as the writer and the readers do. */
export const writtenSegment: typeof memorySegment = (shape, documents) =>
  openSegment(encodeSegment(shape, documents).index, 'test')

/** A document of a test. */
export interface SmallDocument {
  id: string
  texts: Readonly<Record<string, string>>
  filters?: Readonly<Record<string, readonly string[]>>
  numbers?: Readonly<Record<string, number>>
  /** It was replaced or is gone: `content` stays, or is null. */
  state?: 'live' | 'replaced' | 'gone'
}

/** An index in memory: one segment for each list of documents. */
export function smallIndex(
  search: Record<string, unknown>,
  lists: readonly (readonly SmallDocument[])[],
  open: typeof memorySegment = memorySegment,
) {
  const definition = searchSchema.parse({ of: 'items', ...search })
  const analyzers = createAnalyzers(definition)
  const fields = Object.keys(definition.fields)
  const { filters, numbers } = definition
  const shape = { generation: 'g', fields, filters, numbers }
  const indexed = ({ id, texts, state, ...values }: SmallDocument): IndexedDocument => ({
    id,
    version: { knowableMs: 0, drop: 'd', row: 0 },
    content:
      state === 'gone'
        ? null
        : {
            fields: Object.fromEntries(
              fields.map((field) => [field, analyzers[field]!(texts[field] ?? '')]),
            ),
            filters: values.filters ?? {},
            numbers: values.numbers ?? {},
            stored: '{}',
          },
  })
  const parts = lists.map((list) => {
    const segment = open(shape, list.map(indexed))
    const dead = list.filter(({ state = 'live' }) => state !== 'live')
    return { segment, deleted: memoryBitmap(dead.map(({ id }) => segment.find(id))) }
  })
  const live = lists.flat().filter(({ state = 'live' }) => state === 'live')
  const totals = Object.fromEntries(
    fields.map((field) => {
      const lengths = live
        .map(({ texts }) => analyzers[field]!(texts[field] ?? '').length)
        .filter((length) => length > 0)
      return [field, { docs: lengths.length, tokens: lengths.reduce((a, b) => a + b, 0) }]
    }),
  )
  const snapshot: Snapshot = { parts, totals, live: live.length }
  const search_ = (query: string, options: SearchOptions = {}) =>
    searchSnapshot(definition, analyzers, snapshot, query, options)
  return {
    ...{ definition, analyzers, snapshot, live },
    search: search_,
    idsOf: (query: string, options: SearchOptions = {}) =>
      search_(query, options).hits.map(({ id }) => id),
    open: (query: string, isAnd = false) =>
      bindQuery(definition, snapshot, readQuery(definition, analyzers, query, isAnd)),
  }
}
export type SmallIndex = ReturnType<typeof smallIndex>

/** An index of one field `text`, documents named a, b, c, … */
export const textIndex = (texts: readonly string[], search: Record<string, unknown> = {}) =>
  smallIndex({ fields: { text: { from: 'text' } }, ...search }, [
    texts.map((text, n) => ({ id: String.fromCharCode(97 + n), texts: { text } })),
  ])
