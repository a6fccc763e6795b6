import { dropManifestSchema } from '../contract/accounts.ts'
import { cleanKeysOf, searchRefusedKey } from '../contract/keys.ts'
import type { SearchDefinition } from '../contract/search.ts'
import {
  SEARCH_ALIAS_SK,
  SEARCH_MIRROR_PREFIX,
  type SearchGeneration,
  searchMirrorSk,
  searchPk,
} from '../contract/search-index.ts'
import { canonicalJson } from '../core/digest.ts'
import { QuartermasterError } from '../core/errors.ts'
import { findJson, type ObjectStore } from '../core/objects.ts'
import type { TableStore } from '../core/tables.ts'
import { batchesOf, type OpenGeneration, openGeneration, readStatements } from './build.ts'
import { newestStatements, type StatementRow } from './documents.ts'
import { createLedger, newestIn, readOn } from './ledger.ts'
import type { QuarantinedDocument } from './opensearch/bulk.ts'
import { type DeliveryOptions, deliverDocuments } from './opensearch/deliver.ts'
import { createIndex, deleteIndex, pointAlias } from './opensearch/indices.ts'
import { tableLedger } from './opensearch/ledger.ts'
import type { SearchServer } from './opensearch/server.ts'
import { textDocumentOf } from './opensearch/text-document.ts'
import { acceptedOf, loadState } from './state.ts'

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
/** What became of a drop's statements in the newest generation. `none`: it has none. */
export interface MirroredDrop {
  result: 'mirrored' | 'none' | 'deleted'
  written: number
  /** Documents that the server refuses for good. */
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

/** Makes a generation's index and gives it all that the lake has, once. */
async function fill(ports: MirrorPorts, open: OpenGeneration): Promise<void> {
  const { lake, online, scene, server, endpoint } = ports
  const { generation, meaning } = open
  const filled = await online.get(searchPk(scene), searchMirrorSk(generation))
  if (filled?.['endpoint'] === endpoint) return
  await createIndex(server, meaning.search, scene, generation)
  const ledger = createLedger()
  for (const file of await readOn(lake, scene, meaning.search, ledger))
    await deliver(
      ports,
      open,
      await newestIn(lake, ledger, file),
      `fill-${ledger.files.indexOf(file)}`,
    )
  await online.put(searchPk(scene), searchMirrorSk(generation), {
    endpoint,
    isDeleted: false,
  })
}

/** Points the alias at the accepted generation, and deletes indexes that are written to no more. */
async function follow(
  { online, scene, server, endpoint }: MirrorPorts,
  generations: readonly SearchGeneration[],
): Promise<void> {
  const pk = searchPk(scene)
  const accepted = acceptedOf(generations)
  const pointed = await online.get(pk, SEARCH_ALIAS_SK)
  if (accepted) {
    const { generation } = accepted
    const isPointed = pointed?.['generation'] === generation && pointed['endpoint'] === endpoint
    if (!isPointed) {
      await pointAlias(server, scene, generation)
      await online.put(pk, SEARCH_ALIAS_SK, { generation, endpoint })
    }
  }
  const kept = new Set(generations.map(({ generation }) => searchMirrorSk(generation)))
  for (const { sk, isDeleted } of await online.query(pk, SEARCH_MIRROR_PREFIX)) {
    if (isDeleted === true || kept.has(sk)) continue
    await deleteIndex(server, scene, sk.slice(SEARCH_MIRROR_PREFIX.length))
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
  const manifest = await findJson(lake, manifestKey, dropManifestSchema)
  if (!manifest) return { result: 'deleted', written: 0, refused: 0 }
  const keys = cleanKeysOf(manifest, search.of)
  if (manifest.refused !== null || keys.length === 0)
    return { result: 'none', written: 0, refused: 0 }
  const { generations } = await loadState(online, scene)
  if (generations.length === 0)
    throw new QuartermasterError(
      `search index of ${scene}: its first generation is not built yet; the drop is delivered again`,
    )
  const rows: StatementRow[] = []
  for (const key of keys) rows.push(...(await readStatements(lake, key)))
  const delivered = []
  for (const one of generations) {
    const open = await openGeneration(ports, one)
    await fill(ports, open)
    delivered.push(await deliver(ports, open, newestStatements(rows), manifest.drop))
  }
  await follow(ports, generations)
  return { result: 'mirrored', ...delivered[0]! }
}
