import type { Comparison } from './comparison.ts'
import { TEXT_DEFINITION } from './search/engines.ts'
import { benchIndexing } from './search/indexing.ts'
import { type OpenSearch, startOpenSearch } from './search/open-search.ts'
import { benchPages } from './search/paged.ts'
import { benchQuality } from './search/quality.ts'
import { benchQueries } from './search/querying.ts'
import { bulkBodies, createIndex, writeBodies } from './search/server-index.ts'
import { benchSize, writeSized } from './search/size.ts'
import { makeDocuments } from './search/texts.ts'

const DOCUMENTS = Number(process.env['BENCH_SEARCH_DOCUMENTS'] ?? 20_000)
const SEARCHED_DOCUMENTS = Number(process.env['BENCH_SEARCHED_DOCUMENTS'] ?? 200_000)

const SEARCHED_INDEX = 'searched'

/** The index for queries. To write it compiles the server's code for the figures of indexing. */
async function warmUp(server: OpenSearch): Promise<void> {
  await createIndex(server, SEARCHED_INDEX, TEXT_DEFINITION)
  await writeBodies(server, SEARCHED_INDEX, bulkBodies(makeDocuments(SEARCHED_DOCUMENTS)))
}

/**
 * The search index beside engines in JavaScript, and beside a real OpenSearch where Java 17 and Maven are
 * installed: indexing, queries, size and ranking quality.
 */
export async function benchSearch(): Promise<Comparison[]> {
  const opened = await startOpenSearch()
  const server = 'skipped' in opened ? null : opened
  if ('skipped' in opened)
    process.stdout.write(`Search beside OpenSearch: skipped, ${opened.skipped}\n`)
  try {
    const documents = makeDocuments(DOCUMENTS)
    if (server) {
      await writeSized(server, documents)
      await warmUp(server)
    }
    return [
      ...(await benchIndexing(DOCUMENTS, server)),
      ...(await benchQueries(SEARCHED_DOCUMENTS, server, SEARCHED_INDEX)),
      ...(await benchPages(SEARCHED_DOCUMENTS)),
      ...(server ? await benchSize(documents, server) : []),
      ...(server ? await benchQuality(server) : []),
    ]
  } finally {
    await server?.stop()
  }
}
