import { afterAll } from 'vitest'
import { openSearchServer } from '../../../../functions/search-index/opensearch/client.ts'
import type {
  SearchServer,
  ServerAnswer,
} from '../../../../functions/search-index/opensearch/server.ts'
import { type OpenSearchNode, openNode } from './start-node.ts'

export interface OpenServer {
  node: OpenSearchNode
  server: SearchServer
  /** Sends a request of a test. Any other status than 200 and 201 is an error. */
  ask(method: 'GET' | 'PUT' | 'POST', path: string, body?: object): Promise<unknown>
}

/**
 * A real server for the tests of one file, closed after them. `skipped` is empty, or says why they are
 * skipped; then there is nothing in `opened`.
 */
export async function openServer(): Promise<{ skipped: string; opened: OpenServer }> {
  const node = await openNode()
  if ('skipped' in node) return { skipped: ` (skipped: ${node.skipped})`, opened: {} as OpenServer }
  const client = openSearchServer({ node: node.url })
  afterAll(async () => {
    await client.close()
    await node.stop()
  })
  const ask: OpenServer['ask'] = async (method, path, body) => {
    const text = body && JSON.stringify(body)
    const answer: ServerAnswer = await client.send({ method, path, ...(text && { body: text }) })
    if (answer.status === 200 || answer.status === 201) return answer.body
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }
  return { skipped: '', opened: { node, server: client, ask } }
}
