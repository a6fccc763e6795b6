import type { Comparison } from '../comparison.ts'
import { JUDGED_HITS, type JudgedCollection, judge } from './judged.ts'
import type { OpenSearch } from './open-search.ts'
import { openIndex } from './our-index.ts'
import { bulkBodies, createIndex, searchIndex, writeBodies } from './server-index.ts'
import { shopCollection } from './shop-collection.ts'
import { topicCollection } from './topic-collection.ts'

async function rankOnServer(server: OpenSearch, collection: JudgedCollection): Promise<string[][]> {
  const { name, definition, documents, queries } = collection
  await createIndex(server, name, definition)
  await writeBodies(server, name, bulkBodies(documents))
  const rankings: string[][] = []
  for (const { text } of queries) {
    const options = { limit: JUDGED_HITS, ties: true }
    rankings.push((await searchIndex(server, name, definition, text, options)).ids)
  }
  return rankings
}

function rankHere({ definition, documents, queries }: JudgedCollection): string[][] {
  const search = openIndex(definition, [documents])
  return queries.map(({ text }) => search(text, JUDGED_HITS))
}

/** Ranking quality beside the server's own analysis and ranking. */
export async function benchQuality(server: OpenSearch): Promise<Comparison[]> {
  const figures: Comparison[] = []
  for (const collection of [shopCollection(), topicCollection()]) {
    const { name, documents, queries } = collection
    const [here, there] = [rankHere(collection), await rankOnServer(server, collection)]
    const same = here.filter((ids, n) => ids.join() === there[n]!.join()).length
    const [ours, theirs] = [judge(collection, here), judge(collection, there)]
    const size = `${documents.length} documents, ${queries.length} queries, ${same} ranked alike to the last hit`
    for (const [measure, key] of [
      ['MAP', 'map'],
      ['nDCG@10', 'ndcg'],
    ] as const)
      figures.push({
        ...{ what: `Search quality, ${name}`, unit: measure, ours: ours[key] },
        ...{ peer: 'OpenSearch', peers: theirs[key], note: size },
      })
  }
  return figures
}
