import {
  mirroredSk,
  placedRowSchema,
  placedSk,
  recallPk,
  retiredRowSchema,
  retiredSk,
  VECTOR_SK,
  type VectorKind,
  vectorPk,
} from '../contract/embedding-rows.ts'
import type { Generation } from '../contract/generations.ts'
import {
  parsePlacedKey,
  parseSpaceKey,
  placedItemsKey,
  sceneEmbeddingsPrefix,
  sceneSpaceTrainingPrefix,
  sceneSpaceUsersPrefix,
  spaceKey,
  spacePrefix,
  spaceUsersKey,
  spaceUsersPrefix,
} from '../contract/keys.ts'
import { DAY_MS } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { decodeSpace } from '../core/space.ts'
import type { RowKey, TableStore } from '../core/tables.ts'
import { retiredFrom } from '../registry/generations.ts'
import { spaceList } from './generations.ts'

interface RetirePorts {
  models: Pick<ObjectStore, 'list' | 'get' | 'delete'>
  online: Pick<TableStore, 'get' | 'put' | 'query' | 'deleteAll'>
  scene: string
}
/** What one call deletes at most, some minutes of requests. The next day's call continues. */
export interface RetireLimits {
  rows: number
  objects: number
}
const LIMITS: RetireLimits = { rows: 2_000_000, objects: 50_000 }

/** What a call deleted. `isWhole`: nothing is left for the next one. */
interface Retired {
  rows: number
  objects: number
  isWhole: boolean
}

const KINDS: readonly [prefixOf: typeof spacePrefix, kind: VectorKind][] = [
  [spacePrefix, 'item'],
  [spaceUsersPrefix, 'user'],
]

/** The keys of all vectors' rows of a generation, placed ones included. Documents have none. */
async function rowKeysOf({ models, scene }: RetirePorts, generation: string): Promise<RowKey[]> {
  const keys: RowKey[] = []
  for (const [prefixOf, kind] of KINDS) {
    const files = (await models.list(prefixOf(scene, generation)))
      .map(({ key }) => key)
      .filter((key) => key.endsWith('.qms') && key !== spaceKey(scene, generation, 'documents'))
    const ids = new Set<string>()
    for (const key of files)
      for (const id of decodeSpace(await models.get(key), key).table.ids) ids.add(id)
    for (const id of ids) keys.push({ pk: vectorPk(scene, generation, kind, id), sk: VECTOR_SK })
  }
  return keys
}

/** Deletes rows of a generation. Its files name them, so the files go last. */
async function retireRows(
  ports: RetirePorts,
  generation: string,
  most: number,
): Promise<{ rows: number; isWhole: boolean }> {
  const { online, scene } = ports
  const { pk } = spaceList(scene)
  const known = await online.get(pk, retiredSk(generation))
  const before = known ? retiredRowSchema.parse(known) : { rows: 0, isWhole: false }
  if (before.isWhole) return { rows: 0, isWhole: true }
  const lists = await online.query(recallPk(scene, generation), '')
  await online.deleteAll(lists.map(({ sk }) => ({ pk: recallPk(scene, generation), sk })))
  const keys = await rowKeysOf(ports, generation)
  const chosen = keys.slice(before.rows, before.rows + most)
  await online.deleteAll(chosen)
  const rows = before.rows + chosen.length
  const isWhole = rows >= keys.length
  await online.put(pk, retiredSk(generation), { rows, isWhole })
  return { rows: chosen.length, isWhole }
}

/** Tables of placed items are whole, so an older one serves nobody once readers have seen the newest. */
const SUPERSEDED_MS = DAY_MS

/** The tables of placed items of kept generations that newer ones replace. */
async function supersededIn(
  { online, scene }: RetirePorts,
  keys: readonly string[],
  kept: readonly Generation[],
): Promise<string[]> {
  const newest = new Map<string, number>()
  for (const { generation } of kept) {
    const row = await online.get(spaceList(scene).pk, placedSk(generation))
    if (row) newest.set(generation, placedRowSchema.parse(row).closedThroughMs)
  }
  return keys.filter((key) => {
    const placed = parsePlacedKey(key)
    const last = newest.get(placed?.generation ?? '')
    return (
      placed !== null &&
      last !== undefined &&
      key === placedItemsKey(scene, placed.generation, placed.closedThroughMs) &&
      placed.closedThroughMs < last - SUPERSEDED_MS
    )
  })
}

/**
 * Deletes the rows and objects of generations that no release needs any more, and of those that are kept what newer
 * placements replaced. `sampled` are those whose vectors
 * samples still read: their tables stay. Returns what was deleted.
 */
export async function retireSpaces(
  ports: RetirePorts,
  kept: readonly Generation[],
  sampled: ReadonlySet<string>,
  limits: RetireLimits = LIMITS,
): Promise<Retired> {
  const { models, online, scene } = ports
  const isRetired = retiredFrom(kept)
  const prefixes = [
    sceneEmbeddingsPrefix(scene),
    sceneSpaceUsersPrefix(scene),
    sceneSpaceTrainingPrefix(scene),
  ]
  const keys = (await readEach(prefixes, (prefix) => models.list(prefix)))
    .flat()
    .map(({ key }) => key)
  const superseded = await supersededIn(ports, keys, kept)
  await readEach(superseded, (key) => models.delete(key))
  const byGeneration = Map.groupBy(keys, (key) => parseSpaceKey(key)?.generation ?? '')
  const names = [...byGeneration.keys()].filter((name) => name !== '' && isRetired(name)).sort()
  const done: Retired = { rows: 0, objects: superseded.length, isWhole: true }
  for (const generation of names) {
    const { rows, isWhole } = await retireRows(ports, generation, limits.rows - done.rows)
    done.rows += rows
    done.isWhole &&= isWhole
    if (!isWhole) break
    const tables = [spaceKey(scene, generation, 'items'), spaceUsersKey(scene, generation)]
    const needed = new Set(sampled.has(generation) ? tables : [])
    const gone = byGeneration.get(generation)!.filter((key) => !needed.has(key))
    const chosen = gone.slice(0, limits.objects - done.objects)
    await readEach(chosen, (key) => models.delete(key))
    done.objects += chosen.length
    done.isWhole &&= chosen.length === gone.length
    if (!done.isWhole) break
    const { pk } = spaceList(scene)
    const marks = [placedSk(generation), mirroredSk(generation)]
    await online.deleteAll(marks.map((sk) => ({ pk, sk })))
    if (needed.size === 0) await online.deleteAll([{ pk, sk: retiredSk(generation) }])
  }
  return done
}
