import { embeddingsPk, forgottenSk } from '../contract/embedding-rows.ts'
import { STATEMENT_SK } from '../contract/registry.ts'
import { digestOf } from '../core/digest.ts'
import type { TableScan } from '../core/scan-table.ts'
import type { RowKey, TableRow } from '../core/tables.ts'
import { buildingSpaces } from './delete-objects.ts'
import { bytesOf, keyHasHash, valueHasHash, valueWithoutHash, withoutKeys } from './row-values.ts'
import type { Change, Job, Step, Unit } from './step.ts'

type FoundRow = TableRow & RowKey
interface Page {
  cursor: string
  rows: FoundRow[]
  bytes: number
}
const cursorOf = (key: RowKey | null): string => (key ? JSON.stringify([key.pk, key.sk]) : 'end')
function keyOf(cursor: string): RowKey {
  const [pk, sk] = JSON.parse(cursor) as [string, string]
  return { pk, sk }
}

/** The pages of a table after a cursor. The cursor of a page is where the next one begins. */
async function* pagesOf(scan: TableScan, cursor: string | null): AsyncGenerator<Page> {
  if (cursor === 'end') return
  for (let after = cursor === null ? null : keyOf(cursor); ; ) {
    const { rows, next } = await scan.page(after)
    yield { cursor: cursorOf(next), rows, bytes: rows.reduce((sum, row) => sum + bytesOf(row), 0) }
    if (next === null) return
    after = next
  }
}

/** As pagesOf. Pages are joined until the cursor does not name the person, so that it can be stored. */
export async function* wholePages(scan: TableScan, cursor: string | null, user: string) {
  let held: Page = { cursor: '', rows: [], bytes: 0 }
  for await (const page of pagesOf(scan, cursor)) {
    held = {
      cursor: page.cursor,
      rows: [...held.rows, ...page.rows],
      bytes: held.bytes + page.bytes,
    }
    if (held.cursor.includes(user)) continue
    yield held
    held = { cursor: '', rows: [], bytes: 0 }
  }
}

/** What is done about one row, and how it is counted. */
type PlanRow = (row: FoundRow) => Change | null
const rowChange = (isDeleted: boolean, apply: () => Promise<unknown>): Change => ({
  ...{ rows: 1, rewritten: isDeleted ? 0 : 1, deleted: isDeleted ? 1 : 0 },
  apply: async () => void (await apply()),
})

/** Each row to be changed, then the page. The bounds of a page move with its rows, so a row has a name of its own. */
async function* changeRows(
  scan: TableScan,
  cursor: string | null,
  user: string,
  plan: PlanRow,
): AsyncGenerator<Unit> {
  let from = cursor
  for await (const page of wholePages(scan, cursor, user)) {
    for (const row of page.rows) {
      const change = valueHasHash(row, user) ? plan(row) : null
      const id = change && digestOf([row.pk, row.sk])
      if (change && id)
        yield { ...{ cursor: from, id, change }, ...{ objects: 0, bytes: 0, rows: 0 } }
    }
    from = page.cursor
    yield { cursor: from, objects: 1, bytes: page.bytes, rows: page.rows.length }
  }
}

/** Only the attributes that change, and only while no fold has changed the row. */
function renameAttributes({ online, user }: Job, { pk, sk, ...row }: FoundRow): Promise<unknown> {
  const own = Object.entries(row).filter(([, value]) => valueHasHash(value, user))
  const set = valueWithoutHash(Object.fromEntries(own), user)
  const { folded } = row
  const ifEquals = typeof folded === 'string' ? { ifEquals: { folded } } : {}
  return online.updateAll([{ pk, sk, set, ...ifEquals }])
}

/**
 * Online rows: those of the person are deleted, whatever they hold. In a row of another entity the hash becomes
 * `NOBODY`. A build of a space reads whom it must leave out, so that row stays until it ends.
 */
export const eraseOnline: Step = {
  name: 'online',
  async *units(job, cursor) {
    const { online, onlineRows, scene, user } = job
    const isBuilding = (await buildingSpaces(job)).size > 0
    const isNeeded = ({ pk, sk }: RowKey): boolean =>
      isBuilding && pk === embeddingsPk(scene) && sk === forgottenSk(user)
    yield* changeRows(onlineRows, cursor, user, (row) => {
      if (isNeeded(row)) return null
      const { pk, sk } = row
      return keyHasHash(row, user)
        ? rowChange(true, () => online.deleteAll([{ pk, sk }]))
        : rowChange(false, () => renameAttributes(job, row))
    })
  },
}

/**
 * Registry rows: statements about the person are deleted, since nothing is left that they exclude. Decisions stay
 * with `NOBODY` in place of the hash.
 */
export const eraseRegistry: Step = {
  name: 'registry',
  units({ registry, registryRows, user }, cursor) {
    return changeRows(registryRows, cursor, user, (row) => {
      const key = { pk: row.pk, sk: row.sk }
      if (row.sk.startsWith(STATEMENT_SK)) return rowChange(true, () => registry.deleteAll([key]))
      return rowChange(false, async () => {
        const { pk, sk } = valueWithoutHash(key, user)
        await registry.put(pk, sk, valueWithoutHash(withoutKeys(row), user))
        if (keyHasHash(key, user)) await registry.deleteAll([key])
      })
    })
  },
}
