import { searchLatentKey, searchLatentPrefix } from '../../contract/keys.ts'
import { latentRowSchema, latentSk } from '../../contract/latent.ts'
import type { SearchDefinition } from '../../contract/search.ts'
import { searchPk } from '../../contract/search-index.ts'
import { sha256Hex } from '../../core/digest.ts'
import type { ObjectStore } from '../../core/objects.ts'
import { readEach } from '../../core/read-each.ts'
import type { TableStore } from '../../core/tables.ts'
import type { OpenSnapshot } from '../open-snapshot.ts'
import { fitLatentIndex } from './fit-latent.ts'
import { encodeLatent } from './latent-file.ts'

export interface LatentPorts {
  models: Pick<ObjectStore, 'put' | 'list' | 'delete'>
  online: Pick<TableStore, 'get' | 'put' | 'deleteAll'>
  scene: string
}

/** What came of a call. `none`: the scene wants none, or there are no documents, or too many. */
export type Refreshed = 'fitted' | 'unchanged' | 'none'

/**
 * Fits the latent space of an index again where its documents changed. The object comes first, then the row that names
 * it; the space before stays until the next call, for readers that have its name. A repeat writes the same bytes.
 */
export async function refreshLatent(
  { models, online, scene }: LatentPorts,
  { latent }: Pick<SearchDefinition, 'latent'>,
  index: OpenSnapshot,
): Promise<Refreshed> {
  if (!latent) return 'none'
  const { n: snapshot, generation } = index.snapshot
  const row = await online.get(searchPk(scene), latentSk(generation))
  const before = row && latentRowSchema.parse(row)
  if (before?.snapshot === snapshot) return 'unchanged'
  const fitted = fitLatentIndex(index, latent)
  if (!fitted) {
    // An older space would rank without the newer documents.
    if (before) await online.deleteAll([{ pk: searchPk(scene), sk: latentSk(generation) }])
    return 'none'
  }
  const bytes = encodeLatent({ scene, generation, snapshot }, fitted)
  const sha256 = sha256Hex(bytes)
  const key = searchLatentKey(scene, generation, sha256.slice(0, 32))
  await models.put(key, bytes)
  await online.put(searchPk(scene), latentSk(generation), { key, sha256, snapshot })
  const kept = new Set([key, before?.key])
  const listed = await models.list(searchLatentPrefix(scene, generation))
  const replaced = listed.map((one) => one.key).filter((one) => !kept.has(one))
  await readEach(replaced, (one) => models.delete(one))
  return 'fitted'
}
