import type { DropManifest } from '../contract/accounts.ts'
import type { Attributes } from '../contract/events.ts'
import { cleanKeysOf } from '../contract/keys.ts'
import { type DeltaRow, EVENT_COLUMNS, type EventRow } from '../contract/rows.ts'
import { type Series, statementSchema, VALUES_SK, valuesPk } from '../contract/values.ts'
import type { ObjectStore } from '../core/objects.ts'
import { readRows } from '../core/read-rows.ts'
import type { TableStore } from '../core/tables.ts'
import type { Catalogue } from './catalogue.ts'
import { DELTA_EVENT_COLUMNS, dropDelta } from './deltas.ts'
import { addCounts, type EntityDeltas } from './open-blocks.ts'
import { recordEvents, recordedEvent } from './record.ts'
import { isUniversal } from './series.ts'
import type { Catalogues } from './sources.ts'

export interface DropPorts {
  lake: ObjectStore
  online: Pick<TableStore, 'getAll'>
}
/** What one drop adds to the series. */
export interface DropStates {
  /** The counts of users and items, of every event. */
  delta: DeltaRow[]
  deltas: EntityDeltas
}

const ATTRIBUTE = /^(user|item)\.(?!id$)/
/** Whether a series takes an attribute of users, or of items, from its events. */
const needsAttributes = ({ entity, parameters }: Series, kind: 'user' | 'item'): boolean =>
  [...entity.split('+'), parameters.of ?? ''].some((source) => ATTRIBUTE.exec(source)?.[1] === kind)
export const catalogueKinds = (series: readonly Series[]): ('user' | 'item')[] =>
  (['user', 'item'] as const).filter((kind) => series.some((one) => needsAttributes(one, kind)))

const NOTHING: Catalogue = { attributesOf: () => null }

/** The last two statements about each entity that the online rows have. */
async function readStatements(
  { online }: DropPorts,
  scene: string,
  kind: 'user' | 'item',
  ids: readonly string[],
): Promise<Catalogue> {
  const keys = ids.map((id) => ({ pk: valuesPk(scene, kind, id), sk: VALUES_SK }))
  const rows = await online.getAll(keys, { attributes: ['statement', 'previous'] })
  const known = new Map<string, { knowableMs: number; attributes: Attributes }[]>()
  for (const [i, id] of ids.entries()) {
    const stored = [rows[i]?.['statement'], rows[i]?.['previous']].filter((one) => one != null)
    const statements = stored.map((one) => statementSchema.parse(one))
    known.set(
      id,
      statements.map(({ knowableMs, attributes }) => ({
        knowableMs,
        attributes: JSON.parse(attributes) as Attributes,
      })),
    )
  }
  return {
    attributesOf: (id, timeMs) =>
      known.get(id)?.find(({ knowableMs }) => knowableMs <= timeMs)?.attributes ?? null,
  }
}

async function openCatalogues(
  ports: DropPorts,
  scene: string,
  rows: readonly EventRow[],
  series: readonly Series[],
): Promise<Catalogues> {
  const kinds = catalogueKinds(series)
  const read = (kind: 'user' | 'item') =>
    kinds.includes(kind)
      ? readStatements(ports, scene, kind, [...new Set(rows.map((row) => row[kind]))])
      : NOTHING
  const [items, users] = await Promise.all([read('item'), read('user')])
  return { items, users }
}

/** Adds events to the blocks of series that are no plain counts. */
export function addEvents(
  deltas: EntityDeltas,
  series: readonly Series[],
  rows: readonly EventRow[],
  catalogues: Catalogues,
  arrivalMs?: number,
): void {
  const events = rows.map((row) => recordedEvent(row, catalogues))
  for (const [entity, blocks] of recordEvents(series, events, arrivalMs))
    for (const [id, block] of blocks) {
      const key = `${entity}\n${id}`
      const found = deltas.get(key)
      if (!found) deltas.set(key, { entity, id, block })
      else {
        found.block.aheadMs = Math.max(found.block.aheadMs, block.aheadMs)
        for (const [name, one] of block.series) found.block.series.set(name, one)
      }
    }
}

/** What a drop adds, from its clean files. Memory: its events. Throws ObjectMissing. */
export async function readDropStates(
  ports: DropPorts,
  manifest: Pick<DropManifest, 'scene' | 'arrivalMs' | 'files'>,
  series: readonly Series[],
): Promise<DropStates> {
  const others = series.filter((one) => !isUniversal(one))
  const columns = others.length > 0 ? Object.keys(EVENT_COLUMNS) : DELTA_EVENT_COLUMNS
  const { scene, arrivalMs } = manifest
  const rows = await readRows<EventRow>(ports.lake, cleanKeysOf(manifest, 'events'), { columns })
  const delta = dropDelta(rows, arrivalMs)
  const deltas: EntityDeltas = new Map()
  addCounts(deltas, delta, series)
  if (others.length > 0)
    addEvents(deltas, others, rows, await openCatalogues(ports, scene, rows, others), arrivalMs)
  return { delta, deltas }
}
