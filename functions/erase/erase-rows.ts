import { embeddingsPk, forgottenSk } from '../contract/embedding-rows.ts'
import { STATEMENT_SK } from '../contract/registry.ts'
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

const changeOf = (
  deleted: readonly RowKey[],
  renamed: readonly FoundRow[],
  apply: () => Promise<void>,
): Change => ({
  ...{ rows: deleted.length + renamed.length, rewritten: renamed.length, deleted: deleted.length },
  apply,
})
const unitOf = ({ cursor, rows, bytes }: Page, change: Change | null): Unit => ({
  ...{ cursor, objects: 1, bytes, rows: rows.length },
  ...(change && { change }),
})

/** Only the attributes that change, and only while no fold or drop has changed the row. */
async function renameOnline({ online, user }: Job, rows: readonly FoundRow[]): Promise<void> {
  await online.updateAll(
    rows.map(({ pk, sk, ...row }) => {
      const own = Object.entries(row).filter(([, value]) => valueHasHash(value, user))
      const set = valueWithoutHash(Object.fromEntries(own), user)
      const { folded } = row
      return { pk, sk, set, ...(typeof folded === 'string' && { ifEquals: { folded } }) }
    }),
  )
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
    for await (const page of wholePages(onlineRows, cursor, user)) {
      const named = page.rows.filter((row) => !isNeeded(row) && valueHasHash(row, user))
      const deleted = named
        .filter((row) => keyHasHash(row, user))
        .map(({ pk, sk }) => ({ pk, sk }))
      const renamed = named.filter((row) => !keyHasHash(row, user))
      const change = changeOf(deleted, renamed, async () => {
        await online.deleteAll(deleted)
        await renameOnline(job, renamed)
      })
      yield unitOf(page, named.length > 0 ? change : null)
    }
  },
}

/**
 * Registry rows: statements about the person are deleted, since nothing is left that they exclude. Decisions stay
 * with `NOBODY` in place of the hash.
 */
export const eraseRegistry: Step = {
  name: 'registry',
  async *units({ registry, registryRows, user }, cursor) {
    for await (const page of wholePages(registryRows, cursor, user)) {
      const named = page.rows.filter((row) => valueHasHash(row, user))
      const isStatement = ({ sk }: RowKey): boolean => sk.startsWith(STATEMENT_SK)
      const renamed = named.filter((row) => !isStatement(row))
      const change = changeOf(named.filter(isStatement), renamed, async () => {
        for (const row of renamed) {
          const { pk, sk } = valueWithoutHash({ pk: row.pk, sk: row.sk }, user)
          await registry.put(pk, sk, valueWithoutHash(withoutKeys(row), user))
        }
        const gone = named.filter((row) => keyHasHash(row, user))
        await registry.deleteAll(gone.map(({ pk, sk }) => ({ pk, sk })))
      })
      yield unitOf(page, named.length > 0 ? change : null)
    }
  },
}
