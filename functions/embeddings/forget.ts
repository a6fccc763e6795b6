import {
  embeddingsPk,
  FORGOTTEN,
  forgottenRowSchema,
  forgottenSk,
  retiredRowSchema,
  retiredSk,
  VECTOR_SK,
  vectorPk,
} from '../contract/embedding-rows.ts'
import { parsePlacedKey, parseSpaceKey, sceneSpaceUsersPrefix } from '../contract/keys.ts'
import type { VectorTable } from '../contract/space.ts'
import { DAY_MS, HOUR_MS } from '../contract/time.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import { decodeSpace, encodeSpace } from '../core/space.ts'
import type { TableStore } from '../core/tables.ts'
import { loadGenerations } from '../registry/generations.ts'
import { spaceList } from './generations.ts'

export interface ForgetPorts {
  models: Pick<ObjectStore, 'list' | 'get' | 'put'>
  online: Pick<TableStore, 'get' | 'put' | 'query' | 'deleteAll'>
  scene: string
}
/** What was deleted, over all generations: a repeat that finds nothing has zeros. */
export interface ForgottenCounts {
  rows: number
  /** Rows of tables of users. */
  vectors: number
}

/** Each table is decoded whole. There are many of placed users, an hour each, and those are small. */
const TABLES_AT_ONCE = { trained: 1, placed: 8 } as const
/** A run reads what is excluded shortly after its scheduled time. */
const MARGIN_MS = HOUR_MS
/** Longer than a build takes, attempts of its training job included. */
const REMEMBERED_MS = 14 * DAY_MS

function withoutUsers(table: VectorTable, gone: ReadonlySet<string>): VectorTable {
  const kept = [...table.ids.keys()].filter((row) => !gone.has(table.ids[row]!))
  const rowsOf = <Matrix extends Float32Array | Float64Array>(matrix: Matrix): Matrix => {
    const width = matrix.length / table.ids.length
    const make = matrix.constructor as new (length: number) => Matrix
    const chosen = new make(kept.length * width)
    for (const [at, row] of kept.entries())
      chosen.set(matrix.subarray(row * width, (row + 1) * width), at * width)
    return chosen
  }
  return {
    ids: kept.map((row) => table.ids[row]!),
    in: rowsOf(table.in),
    out: table.out && rowsOf(table.out),
    degree: rowsOf(table.degree),
    content: table.content && rowsOf(table.content),
  }
}

/** Takes users out of one table. Returns how many rows it lost. */
export async function removeFromTable(
  models: ForgetPorts['models'],
  key: string,
  gone: ReadonlySet<string>,
): Promise<number> {
  const { header, table, extras } = decodeSpace(await models.get(key), key)
  const left = withoutUsers(table, gone)
  const lost = table.ids.length - left.ids.length
  if (lost > 0) await models.put(key, encodeSpace(header, left, extras))
  return lost
}

/** The retiring of a generation counts the rows of its files: it begins again, since they will have fewer. */
export async function restartRetiring(
  { online, scene }: Pick<ForgetPorts, 'online' | 'scene'>,
  generation: string,
): Promise<void> {
  const row = await online.get(embeddingsPk(scene), retiredSk(generation))
  if (!row || retiredRowSchema.parse(row).isWhole) return
  await online.put(embeddingsPk(scene), retiredSk(generation), { rows: 0, isWhole: false })
}

async function removeUsers(
  ports: ForgetPorts,
  users: ReadonlySet<string>,
): Promise<ForgottenCounts> {
  const { models, online, scene } = ports
  const listed = await models.list(sceneSpaceUsersPrefix(scene))
  const keys = listed.map(({ key }) => key).filter((key) => key.endsWith('.qms'))
  const { generations } = await loadGenerations(online, spaceList(scene))
  const names = new Set([
    ...generations.map(({ generation }) => generation),
    ...keys.flatMap((key) => parseSpaceKey(key)?.generation ?? []),
  ])
  const rows = [...names].flatMap((generation) =>
    [...users].map((user) => ({ pk: vectorPk(scene, generation, 'user', user), sk: VECTOR_SK })),
  )
  const found = await readEach(rows, ({ pk, sk }) => online.get(pk, sk))
  // The files name the rows of a generation that is deleted later, so they go last.
  await online.deleteAll(rows.filter((_, at) => found[at]))
  for (const generation of names) await restartRetiring(ports, generation)
  let vectors = 0
  const rewrite = async (key: string): Promise<void> => {
    const lost = await removeFromTable(models, key, users)
    vectors += lost
  }
  const { trained = [], placed = [] } = Object.groupBy(keys, (key) =>
    parsePlacedKey(key) ? 'placed' : 'trained',
  )
  await readEach(trained, rewrite, TABLES_AT_ONCE.trained)
  await readEach(placed, rewrite, TABLES_AT_ONCE.placed)
  return { rows: found.filter((row) => row !== null).length, vectors }
}

/**
 * Deletes a user, by pseudonym, from every generation that has objects or rows: the user's online rows, and the
 * rows of `users.qms` and `placed/*.qms`. From then on the user is unknown to recall, and samples have no score of
 * the space. A repeat changes nothing. Vectors of items, which the user's events shaped, stay until the next
 * training; that and the placement read events behind verdicts, so a caller excludes the user's events first.
 *
 * What is left, and how long: former versions of the objects for 30 days, by the rule of the models bucket; the
 * table's backups for 35 days; graphs and checkpoints under `space-training/` until their generation is judged;
 * a vector that a reader holds in memory until the next flip.
 */
export async function forgetUser(
  ports: ForgetPorts,
  user: string,
  timeMs: number,
): Promise<ForgottenCounts> {
  const { online, scene } = ports
  const expiresAt = Math.ceil((timeMs + REMEMBERED_MS) / 1000)
  await online.put(embeddingsPk(scene), forgottenSk(user), { forgottenMs: timeMs, expiresAt })
  return removeUsers(ports, new Set([user]))
}

/**
 * Deletes the users again who were forgotten since a run began at `sinceMs`: what it read had them, and what it
 * wrote has them. A run calls it last.
 */
export async function forgetAgain(ports: ForgetPorts, sinceMs: number): Promise<ForgottenCounts> {
  const rows = await ports.online.query(embeddingsPk(ports.scene), FORGOTTEN)
  const late = rows.filter(
    (row) => forgottenRowSchema.parse(row).forgottenMs >= sinceMs - MARGIN_MS,
  )
  if (late.length === 0) return { rows: 0, vectors: 0 }
  return removeUsers(ports, new Set(late.map(({ sk }) => sk.slice(FORGOTTEN.length))))
}
