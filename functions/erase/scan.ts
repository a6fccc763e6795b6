import type { Family } from '../contract/family.ts'
import type { ObjectStore } from '../core/objects.ts'
import type { TableScan } from '../core/scan-table.ts'
import { wholePages } from './erase-rows.ts'
import { findIn } from './find.ts'
import { NOBODY } from './person.ts'
import { familyPrefix, objectsOf } from './rewrite-objects.ts'
import { valueHasHash } from './row-values.ts'
import type { Job, Step } from './step.ts'

/** What a name with the hash looks like in the account. */
const cleanName = (name: string, user: string): string => name.replaceAll(user, NOBODY)

/** Reads every object of a family in one scene, and looks for the hash in its key and in what it holds. */
export const scanFamily = (family: Family<'lake' | 'models'>): Step => ({
  name: `scan of ${family.bucket}: ${family.pattern}`,
  async *units({ lake, models, scene, user }: Job, cursor) {
    const store: ObjectStore = { lake, models }[family.bucket]
    for await (const { key, bytes } of objectsOf(store, familyPrefix(family, scene), cursor)) {
      const { isNamed, isUnreadable, rows } = await findIn(key, bytes, user)
      const name = `${family.bucket}: ${cleanName(key, user)}`
      const isFound = isNamed || key.includes(user)
      const found = isFound ? [name] : isUnreadable ? [`${name} (unreadable)`] : []
      yield { cursor: key, objects: 1, bytes: bytes.byteLength, rows, found }
    }
  },
})

/** Reads every row of a table, of all scenes. */
export const scanTable = (name: 'online' | 'registry'): Step => ({
  name: `scan of table ${name}`,
  async *units(job, cursor) {
    const { user } = job
    const scan: TableScan = name === 'online' ? job.onlineRows : job.registryRows
    for await (const page of wholePages(scan, cursor, user)) {
      const named = page.rows.filter((row) => valueHasHash(row, user))
      const found = named.map(({ pk, sk }) => `${name}: ${cleanName(`${pk} ${sk}`, user)}`)
      yield { cursor: page.cursor, objects: 1, bytes: page.bytes, rows: page.rows.length, found }
    }
  },
})
