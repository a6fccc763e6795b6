import type { Attributes } from '../contract/events.ts'
import { cleanEntitiesPrefix, parseCleanEntitiesKey } from '../contract/keys.ts'
import {
  cataloguePk,
  entityPk,
  type PublishedFileRow,
  STATEMENT_SK,
  type StatementRow,
  statementOrder,
} from '../contract/registry.ts'
import type { EntityRow } from '../contract/rows.ts'
import type { Scene } from '../contract/scene.ts'
import { MINUTE_MS } from '../contract/time.ts'
import { canonicalJson } from '../core/digest.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readParquet } from '../core/parquet.ts'
import { readEach } from '../core/read-each.ts'
import type { TableStore } from '../core/tables.ts'

/** A row of DynamoDB holds at most 400 KB, names and keys included. */
export const MAX_ATTRIBUTES_BYTES = 350_000

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
type Statement = Pick<EntityRow, (typeof COLUMNS)[number]>

/** The names of the kinds in the lake and in the table. */
const KINDS = [
  ['users', 'user'],
  ['items', 'item'],
] as const

const sizeOf = (text: string): number => new TextEncoder().encode(text).byteLength

/** The attributes that features use, of users or of items, in order of name. */
function wantedOf({ features }: Scene, kind: 'user' | 'item'): Set<string> {
  const sources = features.flatMap((feature) => (feature.kind === 'category' ? [feature.of] : []))
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

/** Whether every statement of a file was made at or before `throughMs`. */
function endsBy(key: string, throughMs: number, { clockSkewMinutes }: Scene): boolean {
  const name = parseCleanEntitiesKey(key)
  // A producer's clock may run ahead by this much. Intake has quarantined records further ahead.
  return name !== null && name.arrivalMs + clockSkewMinutes * MINUTE_MS <= throughMs
}

/** Adds rows to `newest`, which holds each entity's newest statement by id. */
function keepNewest(newest: Map<string, StatementRow>, rows: Iterable<Statement>): void {
  for (const { id, knowableMs, attributes, drop, row } of rows) {
    const order = statementOrder({ knowableMs, drop, row })
    const found = newest.get(id)
    if (!found || found.order < order) newest.set(id, { order, knowableMs, attributes })
  }
}

/** Publishes the statements of these files, then marks the files. */
async function publishFiles(
  lake: ObjectStore,
  online: TableStore,
  scene: Scene,
  entity: 'user' | 'item',
  keys: readonly string[],
): Promise<PublishedStatements> {
  const newest = new Map<string, StatementRow>()
  const files: { pk: string; sk: string; row: PublishedFileRow }[] = []
  for (const key of keys) {
    const rows = await readParquet<Statement>(await lake.get(key), COLUMNS)
    keepNewest(newest, rows)
    files.push({ pk: cataloguePk(scene.scene), sk: key, row: { statements: rows.length } })
  }
  const wanted = wantedOf(scene, entity)
  let cut = 0
  await readEach([...newest], async ([id, row]) => {
    const { attributes, isCut } = fitAttributes(row.attributes, wanted)
    if (isCut) cut++
    const fitted: StatementRow = { ...row, attributes }
    await online.putIfGreater(
      entityPk(scene.scene, entity, id),
      STATEMENT_SK,
      fitted,
      'order' satisfies keyof StatementRow,
    )
  })
  await online.putAll(files)
  return { files: files.length, entities: newest.size, cut }
}

/**
 * Publishes the statements of every clean file of users and items that is not marked as published
 * and has no statement after `throughMs`. It works in batches of files, so that a retry continues
 * with the next batch. Only a newer statement replaces a row: retries, redriven drops and replaced
 * writers end in the same rows. Two LISTs, one query, one put for each entity of a batch. Memory:
 * the newest statements of one batch.
 */
export async function publishStatements(
  lake: ObjectStore,
  online: TableStore,
  scene: Scene,
  throughMs: number,
): Promise<PublishedStatements> {
  const marked = new Set((await online.query(cataloguePk(scene.scene), '')).map(({ sk }) => sk))
  const account: PublishedStatements = { files: 0, entities: 0, cut: 0 }
  for (const [kind, entity] of KINDS) {
    const listed = await lake.list(cleanEntitiesPrefix(scene.scene, kind))
    const keys = listed
      .map(({ key }) => key)
      .filter((key) => !marked.has(key) && endsBy(key, throughMs, scene))
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
