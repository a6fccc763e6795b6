import type { Attributes } from '../contract/events.ts'
import { cleanEntitiesPrefix } from '../contract/keys.ts'
import type { EntityRow } from '../contract/rows.ts'
import type { Scene } from '../contract/scene.ts'
import {
  FOREVER_SECONDS,
  KEPT_UNTIL,
  type Statement,
  statementOrder,
  statementsPk,
  VALUES_SK,
  valuesPk,
} from '../contract/values.ts'
import { canonicalJson } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readParquet } from '../core/parquet.ts'
import type { TableStore } from '../core/tables.ts'

/**
 * A row of DynamoDB holds at most 400 KB, names and keys included: two statements, and 160 KB for the
 * blocks of events.
 */
export const MAX_ATTRIBUTES_BYTES = 120_000

/** Files that are published and then marked together. An interrupted release repeats at most these. */
const FILES_AT_ONCE = 16

export interface PublishedStatements {
  files: number
  /** Entities whose statement was written, or was newer already. */
  entities: number
  /** Entities with more attributes than a row can hold. */
  cut: number
}

const COLUMNS = [
  'id',
  'knowableMs',
  'attributes',
  'drop',
  'row',
] as const satisfies (keyof EntityRow)[]
type StatedRow = Pick<EntityRow, (typeof COLUMNS)[number]>

/** The names of the kinds in the lake and in the table. */
export const STATED_KINDS = [
  ['users', 'user'],
  ['items', 'item'],
] as const

const sizeOf = (text: string): number => new TextEncoder().encode(text).byteLength

/** The attributes that features use, of users or of items, in order of name. */
function wantedOf({ features }: Scene, kind: 'user' | 'item'): Set<string> {
  const sources = features
    .flatMap((feature) => Object.values(feature))
    .flatMap((value) => (typeof value === 'string' ? value.split('+') : []))
  const own = sources.filter((source) => source.startsWith(`${kind}.`))
  return new Set(own.map((source) => source.slice(kind.length + 1)).sort())
}

/** Cuts attributes to what a row can hold. The attributes that features use are kept first. */
export function fitAttributes(
  attributes: string,
  wanted: ReadonlySet<string>,
): { attributes: string; isCut: boolean } {
  if (sizeOf(attributes) <= MAX_ATTRIBUTES_BYTES) return { attributes, isCut: false }
  const all = JSON.parse(attributes) as Attributes
  const others = Object.keys(all).filter((name) => !wanted.has(name))
  const kept: [string, unknown][] = []
  let bytes = 2
  for (const name of [...wanted, ...others.sort()]) {
    if (!Object.hasOwn(all, name)) continue
    const size = sizeOf(JSON.stringify({ [name]: all[name] }))
    if (bytes + size > MAX_ATTRIBUTES_BYTES) continue
    bytes += size
    kept.push([name, all[name]])
  }
  return { attributes: canonicalJson(Object.fromEntries(kept)), isCut: true }
}

/** Adds rows to `newest`, which holds each entity's newest statement by id. */
function keepNewest(newest: Map<string, Statement>, rows: Iterable<StatedRow>): void {
  for (const { id, knowableMs, attributes, drop, row } of rows) {
    const order = statementOrder({ knowableMs, drop, row })
    const found = newest.get(id)
    if (!found || found.order < order) newest.set(id, { order, knowableMs, attributes })
  }
}

/** Publishes the statements of these clean files, then marks the files. */
export async function publishFiles(
  lake: ObjectStore,
  online: TableStore,
  scene: Scene,
  entity: 'user' | 'item',
  keys: readonly string[],
): Promise<PublishedStatements> {
  const newest = new Map<string, Statement>()
  const files: { pk: string; sk: string; row: { statements: number } }[] = []
  for (const key of keys) {
    const rows = await readParquet<StatedRow>(await lake.get(key), COLUMNS)
    keepNewest(newest, rows)
    files.push({ pk: statementsPk(scene.scene), sk: key, row: { statements: rows.length } })
  }
  const wanted = wantedOf(scene, entity)
  let cut = 0
  const replacements = [...newest].map(([id, statement]) => {
    const { attributes, isCut } = fitAttributes(statement.attributes, wanted)
    if (isCut) cut++
    return {
      pk: valuesPk(scene.scene, entity, id),
      sk: VALUES_SK,
      attribute: 'statement',
      value: { ...statement, attributes } satisfies Statement,
      previous: 'previous',
      order: 'order',
      // A row with a statement never expires.
      set: { [KEPT_UNTIL]: FOREVER_SECONDS, expiresAt: FOREVER_SECONDS },
    }
  })
  await online.replaceAll(replacements)
  await online.putAll(files)
  return { files: files.length, entities: newest.size, cut }
}

/**
 * Publishes the statements of every clean file of users and items that is not marked as published:
 * the near line has missed it. It works in batches of files, so that a retry continues with the next
 * batch. Only a newer statement replaces a row: retries, redriven drops and replaced writers end in
 * the same rows. Two LISTs, one query, one update for each entity of a batch. Memory: the newest
 * statements of one batch.
 */
export async function publishStatements(
  lake: ObjectStore,
  online: TableStore,
  scene: Scene,
): Promise<PublishedStatements> {
  const marked = new Set((await online.query(statementsPk(scene.scene), '')).map(({ sk }) => sk))
  const account: PublishedStatements = { files: 0, entities: 0, cut: 0 }
  for (const [kind, entity] of STATED_KINDS) {
    const listed = await lake.list(cleanEntitiesPrefix(scene.scene, kind))
    const keys = listed.map(({ key }) => key).filter((key) => !marked.has(key))
    for (let start = 0; start < keys.length; start += FILES_AT_ONCE) {
      const batch = keys.slice(start, start + FILES_AT_ONCE)
      const { files, entities, cut } = await publishFiles(lake, online, scene, entity, batch)
      account.files += files
      account.entities += entities
      account.cut += cut
    }
  }
  return account
}
