import { readFileSync } from 'node:fs'
import { openNode } from '../../search-index/opensearch/node/start-node.ts'

/**
 * The tests' node compiles only quickly, and has half a gigabyte. These options come after its own. Of the
 * collectors, the serial one of the tests takes the least CPU time.
 */
const JAVA_OPTIONS = '-XX:TieredStopAtLevel=4 -Xms1g -Xmx1g'
/** Linux counts a process's CPU time in ticks (proc(5)): `getconf CLK_TCK`. */
const TICKS_PER_SECOND = 100

/** A running OpenSearch. */
export interface OpenSearch {
  /** Sends a request with JSON, or with the lines of a bulk request. Any other status than 200 is an error. */
  ask<Answer>(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    body?: string,
  ): Promise<Answer>
  /** CPU seconds of the server so far. */
  cpuSeconds(): number
  stop(): Promise<void>
}

function cpuSecondsOf(processId: number): number {
  const [, fields] = readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ') as [string, string]
  const [user, system] = fields.split(' ').slice(11, 13).map(Number) as [number, number]
  return (user + system) / TICKS_PER_SECOND
}

/** Starts a server. `skipped` says why there is none. */
export async function startOpenSearch(): Promise<OpenSearch | { skipped: string }> {
  process.env['_JAVA_OPTIONS'] = JAVA_OPTIONS
  const node = await openNode()
  delete process.env['_JAVA_OPTIONS']
  if ('skipped' in node) return node

  // Not our client: it would compress, and the server would spend time on that.
  const ask: OpenSearch['ask'] = async <Answer>(method: string, path: string, body?: string) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${node.url}${path}`, { method, headers, body: body ?? null })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`)
    return JSON.parse(text) as Answer
  }
  const { nodes } = await ask<{ nodes: Record<string, { process: { id: number } }> }>(
    ...(['GET', '/_nodes/process'] as const),
  )
  const { id } = Object.values(nodes)[0]!.process
  return { ask, cpuSeconds: () => cpuSecondsOf(id), stop: () => node.stop() }
}
