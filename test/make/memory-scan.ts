import type { TableScan } from '../../functions/core/scan-table.ts'
import type { RowKey, TableRow } from '../../functions/core/tables.ts'

/** All rows of a table of `memoryTable`, a few in a page. */
export const memoryScan = (
  rows: ReadonlyMap<string, TableRow>,
  table = 'memory',
  pageRows = 3,
): TableScan => ({
  table,
  async page(after) {
    const from = after === null ? '' : `${after.pk}\n${after.sk}`
    const keys = [...rows.keys()].sort().filter((key) => key > from)
    const page = keys.slice(0, pageRows).map((key) => {
      const [pk, sk] = key.split('\n') as [string, string]
      return { ...structuredClone(rows.get(key)!), pk, sk }
    })
    const last = page.at(-1)
    const next: RowKey | null = keys.length > pageRows ? { pk: last!.pk, sk: last!.sk } : null
    return { rows: page, next }
  },
})
