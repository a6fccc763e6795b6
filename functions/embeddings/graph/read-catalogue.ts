import type { Attributes } from '../../contract/attributes.ts'
import type { StatementKind } from '../../contract/events.ts'
import { cleanEntitiesPrefix, dropManifestKey, parseCleanEntitiesKey } from '../../contract/keys.ts'
import type { EntityRow } from '../../contract/rows.ts'
import type { ObjectStore } from '../../core/objects.ts'
import { readEach } from '../../core/read-each.ts'
import { readFiles } from '../../core/read-rows.ts'

/** What an entity's newest statement says. */
export interface EntityStatement {
  id: string
  attributes: Attributes
  /** Empty where the statement has none. */
  title: string
  /** The first 8192 characters. */
  text: string
}

const MAX_TEXT = 8192

/** Where a statement stands among those about its entity: the last one holds. */
type Version = Pick<EntityRow, 'knowableMs' | 'drop' | 'row'>
const isLater = (a: Version, b: Version): boolean =>
  (a.knowableMs - b.knowableMs ||
    (a.drop < b.drop ? -1 : a.drop > b.drop ? 1 : 0) ||
    a.row - b.row) > 0

/** The clean files of the drops that arrived by then. Without its manifest, a drop is not there. */
async function listFiles(
  lake: ObjectStore,
  scene: string,
  kind: StatementKind,
  byMs: number,
): Promise<string[]> {
  const listed = await lake.list(cleanEntitiesPrefix(scene, kind))
  const files = listed
    .flatMap(({ key }) => {
      const name = parseCleanEntitiesKey(key)
      return name ? [{ key, name }] : []
    })
    .filter(({ name }) => name.arrivalMs <= byMs)
  const manifests = [...new Set(files.map(({ name }) => dropManifestKey(scene, name)))]
  const heads = await readEach(manifests, (key) => lake.head(key))
  const present = new Set(manifests.filter((_, n) => heads[n] !== null))
  return files.filter(({ name }) => present.has(dropManifestKey(scene, name))).map(({ key }) => key)
}

const entityOf = ({ id, attributes, title, text }: EntityRow): EntityStatement => ({
  id,
  attributes: JSON.parse(attributes) as Attributes,
  title: title ?? '',
  text: (text ?? '').slice(0, MAX_TEXT).toWellFormed(),
})

/**
 * What `take` keeps of the newest statement of each entity, of those that were knowable by `byMs`. Entities are in
 * the order of their ids by code units; null leaves one out. Each file is read twice: first for its versions alone.
 * Memory: some 200 bytes an entity, a row group, and what is kept. Throws ObjectMissing.
 */
export async function readCatalogue<T>(
  lake: ObjectStore,
  scene: string,
  kind: StatementKind,
  byMs: number,
  take: (statement: EntityStatement) => T | null,
): Promise<{ id: string; kept: T }[]> {
  const keys = await listFiles(lake, scene, kind, byMs)
  const newest = new Map<string, Version>()
  const note = ({ id, knowableMs, drop, row }: EntityRow): boolean => {
    const known = newest.get(id)
    if (knowableMs <= byMs && (!known || isLater({ knowableMs, drop, row }, known)))
      newest.set(id, { knowableMs, drop, row })
    return false
  }
  const versions = { columns: ['id', 'knowableMs', 'drop', 'row'], isWanted: note }
  for await (const none of readFiles<EntityRow>(lake, keys, versions)) void none
  const found: { id: string; kept: T }[] = []
  const keep = (row: EntityRow): boolean => {
    const version = newest.get(row.id)
    if (!version || version.drop !== row.drop || version.row !== row.row) return false
    const kept = take(entityOf(row))
    if (kept !== null) found.push({ id: row.id, kept })
    return false
  }
  const statements = {
    columns: ['id', 'attributes', 'title', 'text', 'drop', 'row'],
    isWanted: keep,
  }
  for await (const none of readFiles<EntityRow>(lake, keys, statements)) void none
  return found.sort((a, b) => (a.id < b.id ? -1 : 1))
}
