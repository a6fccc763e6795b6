import type { Comparison } from '../comparison.ts'
import { startEngine } from './engine-client.ts'
import { ENGINES, type EngineName, TEXT_DEFINITION } from './engines.ts'
import type { OpenSearch } from './open-search.ts'
import { bulkBodies, createIndex, deleteIndex, writeBodies } from './server-index.ts'
import { DOCUMENT_WORDS, makeDocuments } from './texts.ts'

/** After the first round, in which an engine is compiled, this many are measured. */
const ROUNDS = 3
const NAMES = Object.keys(ENGINES) as EngineName[]

/** CPU seconds of the server until the documents can be searched and are on the disk. */
async function secondsOf(server: OpenSearch, bodies: readonly string[]): Promise<number> {
  await createIndex(server, 'indexed', TEXT_DEFINITION)
  const began = server.cpuSeconds()
  await writeBodies(server, 'indexed', bodies)
  const seconds = server.cpuSeconds() - began
  await deleteIndex(server, 'indexed')
  return seconds
}

/**
 * Documents per CPU second: the best of some rounds in which all engines index in turn, so that what else the
 * machine does slows all of them. The server must have indexed many documents before.
 */
export async function benchIndexing(
  documents: number,
  server: OpenSearch | null,
): Promise<Comparison[]> {
  const engines = NAMES.map((name) => ({ name, ...startEngine(name) }))
  const bodies = server ? bulkBodies(makeDocuments(documents)) : []
  const best = new Map<string, number>()
  const note = (name: string, rate: number): void => {
    best.set(name, Math.max(best.get(name) ?? 0, rate))
  }
  for (const { run } of engines) await run({ index: documents })
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, run } of engines) note(name, (await run({ index: documents })).rate!)
    if (server) note('OpenSearch', documents / (await secondsOf(server, bodies)))
  }
  for (const { stop } of engines) stop()
  const { ours, ...peers } = Object.fromEntries(best)
  return Object.entries(peers).map(([peer, rate]) => ({
    what: `Search index of ${documents} documents of ${DOCUMENT_WORDS} words`,
    ...{ unit: 'documents/CPU s', ours: ours!, peer, peers: rate },
  }))
}
