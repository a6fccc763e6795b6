import { afterAll, describe } from 'vitest'
import { openSearchStore } from '../../functions/embeddings/vector-index/stores/open-search.ts'
import {
  openVectorServer,
  type VectorServer,
} from '../../functions/embeddings/vector-index/stores/open-search-server.ts'
import { openKnnNode } from '../embeddings/vector-index/knn-node/start-node.ts'
import { vectorStoreSuite } from './vector-index-stores.suite.ts'

const node = await openKnnNode()
const skipped = 'skipped' in node ? ` (skipped: ${node.skipped})` : ''
let server: VectorServer
if (!('skipped' in node)) {
  server = openVectorServer(node.url, null)
  afterAll(async () => {
    await server.close()
    await node.stop()
  })
}

describe.skipIf(skipped)(`A real OpenSearch with k-NN${skipped}`, () => {
  vectorStoreSuite('OpenSearch', () => openSearchStore({ server, scene: 'feed' }))
})
