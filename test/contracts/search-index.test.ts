import type { SearchRead } from '../../functions/contract/search.ts'
import { openSearch } from '../../functions/reader/search.ts'
import { PagedReads } from '../../functions/search-index/pages/paged-reads.ts'
import type { IndexedDocument } from '../../functions/search-index/segment/types.ts'
import { searchWorld } from '../make/search-world.ts'
import { readIndex, writeIndex } from '../make/written-index.ts'
import { sentDocument } from '../search-index/opensearch/query-world.ts'
import type { SmallDocument, SmallIndex } from '../search-index/query/small-index.ts'
import { type SearchStore, searchIndexSuite } from './search-index.suite.ts'

/** A stored definition has its fields in another order, and so have the sums of their scores. */
const OURS = { error: 1e-12, addsSimilar: false }

/** So few bytes that searches displace each other's lists. */
const FEW_BYTES = 2000

/** The documents in three segments. Some were written before in another state, and some are gone. */
async function open(
  read: SearchRead,
  world: SmallIndex,
  documents: readonly SmallDocument[],
): Promise<SearchStore> {
  const stores = searchWorld()
  const written = (document: SmallDocument, knowableMs: number): IndexedDocument => {
    const { id, content } = sentDocument(world, document, 'server')
    const fields = Object.entries(content!.fields).map(([field, text]) => [
      field,
      world.analyzers[field]!(text as string),
    ])
    return {
      ...{ id, version: { knowableMs, drop: 'd', row: 0 } },
      content: { ...content!, fields: Object.fromEntries(fields) },
    }
  }
  const parts = [0, 1, 2].map((n) => documents.filter((_, i) => i % 3 === n))
  const before = parts[2]!.map(({ id }, i) =>
    written({ ...parts[0]![i % parts[0]!.length]!, id }, 1),
  )
  const gone = { id: 'gone', version: { knowableMs: 2, drop: 'd', row: 0 }, content: null }
  const lists = [
    [
      ...parts[0]!.map((one) => written(one, 1)),
      ...before,
      written({ ...documents[0]!, id: 'gone' }, 1),
    ],
    [...parts[1]!.map((one) => written(one, 1)), gone],
    parts[2]!.map((one) => written(one, 2)),
  ]
  await writeIndex(stores, world.definition, lists, { hasRows: read === 'dynamodb' })
  const { search, complete } = openSearch(
    readIndex(stores, read, { reads: new PagedReads(FEW_BYTES) }),
  )
  return { search, complete }
}

for (const [name, read] of [
  ['in memory', 'memory'],
  ['in S3 pages', 's3'],
  ['in DynamoDB pages', 'dynamodb'],
] as const)
  searchIndexSuite(name, (world, documents) => open(read, world, documents), OURS)
