import type { ErasedCounts } from '../contract/erase.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { TableScan } from '../core/scan-table.ts'
import type { TableStore } from '../core/tables.ts'
import type { Registry } from '../registry/registry.ts'
import type { Person } from './person.ts'

export interface ErasePorts {
  lake: ObjectStore
  models: ObjectStore
  online: TableStore
  onlineRows: TableScan
  registry: TableStore
  registryRows: TableScan
}
/** One erasure in one scene. */
export interface Job extends Person, ErasePorts {
  erasure: string
  /** The scene's rows of `registry`, typed. */
  rows: Registry
  requestedMs: number
  /** What the steps so far have removed. */
  removed: Readonly<Record<string, ErasedCounts>>
}

/** What is to be done about one unit. A repeat of `apply` has no effect. */
export interface Change extends ErasedCounts {
  apply(): Promise<void>
}
/** An object, a set of samples, a row, or a page of a table: what is planned and removed at once. */
export interface Unit {
  /** Units of a step are in the order of their cursors, and a step goes on after one. Null: from the beginning. */
  cursor: string | null
  /** Names the unit where its cursor does not. */
  id?: string
  objects: number
  bytes: number
  rows: number
  change?: Change
  /** What a scan found of the person, by names that do not have the hash. */
  found?: readonly string[]
}

/** One kind of data. Its units are planned one at a time, with one object in memory. */
export interface Step {
  name: string
  units(job: Job, cursor: string | null): AsyncGenerator<Unit>
}

const NO_COUNTS: ErasedCounts = { rows: 0, rewritten: 0, deleted: 0 }
export const addCounts = (a: ErasedCounts = NO_COUNTS, b: ErasedCounts): ErasedCounts => ({
  rows: a.rows + b.rows,
  rewritten: a.rewritten + b.rewritten,
  deleted: a.deleted + b.deleted,
})
