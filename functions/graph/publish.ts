import {
  entityPk,
  type GraphExport,
  graphExportKey,
  graphGenerationPrefix,
  parseGraphExportKey,
} from '../contract/claim-keys.ts'
import type { Fact } from '../contract/claims.ts'
import { entitySk } from '../contract/graph-rows.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readEach } from '../core/read-each.ts'
import type { TableStore } from '../core/tables.ts'
import { entityRows } from './export/entity-row.ts'
import { neptuneEdges, neptuneNodes } from './export/neptune.ts'
import { encodeFacts, encodeTaxonomy } from './export/parquet.ts'
import type { Taxonomy } from './taxonomy/taxonomy.ts'

export interface GraphName {
  scene: string
  generation: string
}

/** Rows in memory at once: up to 300 KB each, and 3 KB as a rule. */
const ROWS_AT_ONCE = 500
/** A text of this many lines is encoded at a time: no text holds a whole graph. */
const LINES_AT_ONCE = 10_000

/**
 * Writes the rows of a graph's entities, or of those that changed, and deletes those of changed ones without a fact.
 * A repeat writes the same. Returns the number of rows that were written.
 */
export async function publishRows(
  online: Pick<TableStore, 'putAll' | 'deleteAll'>,
  { scene, generation }: GraphName,
  facts: readonly Fact[],
  maxFanOut: number,
  changed: ReadonlySet<string> | null = null,
): Promise<number> {
  const sk = entitySk(generation)
  const gone = new Set(changed)
  let rows: Parameters<TableStore['putAll']>[0][number][] = []
  let count = 0
  const flush = async (): Promise<void> => {
    await online.putAll(rows)
    count += rows.length
    rows = []
  }
  for (const row of entityRows(facts, maxFanOut, changed)) {
    gone.delete(row.id)
    rows.push({ pk: entityPk(scene, row.id), sk, row: { ...row } })
    if (rows.length === ROWS_AT_ONCE) await flush()
  }
  await flush()
  await online.deleteAll([...gone].map((id) => ({ pk: entityPk(scene, id), sk })))
  return count
}

/** The bytes of many lines, without one text of all of them. */
function encodeLines(lines: Iterable<string>): Uint8Array {
  const parts: Buffer[] = []
  let some: string[] = []
  for (const line of lines) {
    some.push(line)
    if (some.length < LINES_AT_ONCE) continue
    parts.push(Buffer.from(some.join('')))
    some = []
  }
  return Buffer.concat([...parts, Buffer.from(some.join(''))])
}

/** Writes what other systems read of a snapshot. A repeat writes the same. */
export async function publishExports(
  models: Pick<ObjectStore, 'put'>,
  name: GraphName & { n: number },
  facts: readonly Fact[],
  taxonomy: Taxonomy,
): Promise<void> {
  const put = (file: GraphExport, bytes: Uint8Array, type: string): Promise<void> =>
    models.put(graphExportKey({ ...name, name: file }), bytes, type)
  const parquet = 'application/vnd.apache.parquet'
  await put('facts.parquet', encodeFacts(facts), parquet)
  await put('taxonomy.parquet', encodeTaxonomy(taxonomy), parquet)
  await put('nodes.csv', encodeLines(neptuneNodes(facts)), 'text/csv')
  await put('edges.csv', encodeLines(neptuneEdges(facts)), 'text/csv')
}

/** Deletes the exports of a generation, but for some snapshots. A load of the one before may still run. */
export async function deleteExports(
  models: Pick<ObjectStore, 'list' | 'delete'>,
  { scene, generation }: GraphName,
  kept: ReadonlySet<number>,
): Promise<void> {
  const listed = await models.list(`${graphGenerationPrefix(scene, generation)}export/`)
  const old = listed.filter(({ key }) => {
    const name = parseGraphExportKey(key)
    return name !== null && !kept.has(name.n)
  })
  await readEach(old, ({ key }) => models.delete(key))
}
