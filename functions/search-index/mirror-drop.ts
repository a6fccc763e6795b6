import { searchRefusedKey } from '../contract/keys.ts'
import type { SearchDefinition } from '../contract/search.ts'
import {
  SEARCH_ALIAS_SK,
  SEARCH_MIRROR_PREFIX,
  searchMirrorSk,
  searchPk,
} from '../contract/search-index.ts'
import { canonicalJson } from '../core/digest.ts'
import { QuartermasterError } from '../core/errors.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'
import { acceptedOf, retiredFrom } from '../registry/generations.ts'
import { batchesOf, type OpenGeneration, openGeneration } from './build.ts'
import { newestStatements, type StatementRow } from './documents.ts'
import { createLedger, newestStatementsOf, readOn } from './ledger.ts'
import type { QuarantinedDocument } from './opensearch/bulk.ts'
import { type DeliveryOptions, deliverDocuments } from './opensearch/deliver.ts'
import { createIndex, deleteIndex, pointAlias } from './opensearch/indices.ts'
import { tableLedger } from './opensearch/ledger.ts'
import type { SearchServer } from './opensearch/server.ts'
import { textDocumentOf } from './opensearch/text-document.ts'
import { readDrop } from './read-drop.ts'
import { loadState } from './state.ts'

export interface MirrorPorts {
  lake: ObjectStore
  models: ObjectStore
  online: TableStore
  scene: string
  server: SearchServer
  /** Of the server: another one has none of the documents yet. */
  endpoint: string
  options?: DeliveryOptions
}
/** What became of a drop's statements. `none`: it has none. */
export interface MirroredDrop {
  result: 'mirrored' | 'none' | 'deleted'
  /** Documents that were new, in the generation that took most. */
  written: number
  /** Documents that the server refuses for good, of all generations and of what had to be filled. */
  refused: number
}

/** Delivers statements to one generation; refused ones are recorded under this name. */
async function deliver(
  { models, online, scene, server, options }: MirrorPorts,
  { generation, meaning }: OpenGeneration,
  rows: readonly StatementRow[],
  name: string,
): Promise<Pick<MirroredDrop, 'written' | 'refused'>> {
  const ledger = tableLedger(online, scene, generation)
  const target = { server, ledger, scene, generation }
  let written = 0
  const refused: QuarantinedDocument[] = []
  for (const batch of batchesOf(rows)) {
    const documents = batch.map((row) => textDocumentOf(meaning.search, row))
    const { account, quarantined } = await deliverDocuments(target, documents, options)
    written += account.written
    refused.push(...quarantined)
  }
  if (refused.length > 0) {
    const key = searchRefusedKey(scene, generation, name)
    await models.put(key, canonicalJson(refused), 'application/json')
  }
  return { written, refused: refused.length }
}

const isFilled = async (
  { online, scene, endpoint }: MirrorPorts,
  { generation }: OpenGeneration,
): Promise<boolean> => {
  const row = await online.get(searchPk(scene), searchMirrorSk(generation))
  return row?.['endpoint'] === endpoint && row['isDeleted'] === false
}

/** Makes a generation's index and gives it all that the lake has. Returns how many documents are refused for good. */
async function fill(ports: MirrorPorts, open: OpenGeneration): Promise<number> {
  const { lake, online, scene, server, endpoint } = ports
  const { generation, meaning } = open
  await createIndex(server, meaning.search, scene, generation)
  const ledger = createLedger()
  const files = await readOn(lake, scene, meaning.search, ledger)
  let refused = 0
  let part = 0
  for await (const rows of newestStatementsOf(lake, ledger, files))
    refused += (await deliver(ports, open, rows, `fill-${part++}`)).refused
  const row = { endpoint, isDeleted: false }
  await online.put(searchPk(scene), searchMirrorSk(generation), row)
  return refused
}

/**
 * Points the alias at the accepted generation, and deletes indexes that are written to no more. The list is read again:
 * while a slow drop was written, a newer generation may have begun.
 */
async function follow(ports: MirrorPorts): Promise<void> {
  const { online, scene, server, endpoint } = ports
  const pk = searchPk(scene)
  const { generations } = await loadState(online, scene)
  const accepted = acceptedOf(generations)
  const rows = await online.query(pk, SEARCH_MIRROR_PREFIX)
  const filled = rows.filter((row) => row['isDeleted'] === false)
  if (accepted && filled.some(({ sk }) => sk === searchMirrorSk(accepted.generation))) {
    const { generation } = accepted
    const pointed = await online.get(pk, SEARCH_ALIAS_SK)
    if (pointed?.['generation'] !== generation || pointed['endpoint'] !== endpoint) {
      await pointAlias(server, scene, generation)
      await online.put(pk, SEARCH_ALIAS_SK, { generation, endpoint })
    }
  }
  const isRetired = retiredFrom(generations)
  for (const { sk } of filled) {
    const generation = sk.slice(SEARCH_MIRROR_PREFIX.length)
    if (!isRetired(generation)) continue
    await deleteIndex(server, scene, generation)
    await online.put(pk, sk, { endpoint, isDeleted: true })
  }
}

/**
 * Writes a drop's statements to OpenSearch, in every generation that is written to. A generation that is new there
 * gets the whole lake first; the alias follows the accepted one. A repeat changes nothing. Throws
 * QuartermasterError where the server cannot be written to, or the first generation is not built yet (retried).
 */
export async function mirrorDrop(
  ports: MirrorPorts,
  search: SearchDefinition,
  manifestKey: string,
): Promise<MirroredDrop> {
  const { lake, online, scene } = ports
  const stated = await readDrop(lake, search, manifestKey)
  if (stated.result !== 'stated') return { result: stated.result, written: 0, refused: 0 }
  const { generations } = await loadState(online, scene)
  if (generations.length === 0)
    throw new QuartermasterError(
      `search index of ${scene}: its first generation is not built yet; the drop is delivered again`,
    )
  const rows = newestStatements(await stated.readRows())
  const opened = []
  for (const one of generations) {
    const open = await openGeneration(ports, one)
    if (open) opened.push({ open, isReady: await isFilled(ports, open) })
  }
  let [written, refused] = [0, 0]
  // Those that are whole come first: to fill another one may take longer than the function has.
  for (const { open, isReady } of opened.sort((a, b) => Number(b.isReady) - Number(a.isReady))) {
    if (!isReady) refused += await fill(ports, open)
    const own = await deliver(ports, open, rows, stated.drop)
    written = Math.max(written, own.written)
    refused += own.refused
  }
  await follow(ports)
  return { result: 'mirrored', written, refused }
}
