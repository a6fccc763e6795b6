import type { TableRow, TableStore } from '../../functions/core/tables.ts'

/** As DynamoDB compares: only values of one type, texts by their UTF-8 bytes. */
const isLess = (a: unknown, b: unknown): boolean =>
  typeof a === 'string' && typeof b === 'string'
    ? Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0
    : typeof a === 'number' && typeof b === 'number' && a < b

/** As the document client: without undefined values. Bytes are never changed in place. */
function copyOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(copyOf)
  const copied: TableRow = {}
  for (const [name, own] of Object.entries(value)) if (own !== undefined) copied[name] = copyOf(own)
  return copied
}
const copy = (row: TableRow): TableRow => copyOf(row) as TableRow

/** The table port in memory, for tests of pure stages. A copy of `rows` is a copy of the table. */
export function memoryTable(table = 'memory', rows: Map<string, TableRow> = new Map()): TableStore {
  const id = (pk: string, sk: string): string => `${pk}\n${sk}`
  const store: TableStore = {
    table,
    get: async (pk, sk) => {
      const found = rows.get(id(pk, sk))
      return found ? copy(found) : null
    },
    put: async (pk, sk, row) => void rows.set(id(pk, sk), copy(row)),
    putIfAbsent: async (pk, sk, row) => {
      if (rows.has(id(pk, sk))) return false
      rows.set(id(pk, sk), copy(row))
      return true
    },
    putIfUnchanged: async (pk, sk, row, expected) => {
      const found = rows.get(id(pk, sk))
      if (expected === null && found) return false
      if (Object.entries(expected ?? {}).some(([name, value]) => found?.[name] !== value))
        return false
      rows.set(id(pk, sk), copy(row))
      return true
    },
    putIfGreater: async (pk, sk, row, attribute) => {
      const found = rows.get(id(pk, sk))
      if (found?.[attribute] !== undefined && !isLess(found[attribute], row[attribute]))
        return false
      rows.set(id(pk, sk), copy(row))
      return true
    },
    queryFrom: async (pk, skFrom) =>
      [...rows.entries()]
        .filter(([key]) => key.startsWith(id(pk, '')) && key >= id(pk, skFrom))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, row]) => ({ ...copy(row), sk: key.slice(pk.length + 1) })),
    query: async (pk, skPrefix, skFrom = skPrefix) =>
      [...rows.entries()]
        .filter(([key]) => key >= id(pk, skFrom) && key <= `${id(pk, skPrefix)}\uffff`)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, row]) => ({ ...copy(row), sk: key.slice(pk.length + 1) })),
    putAll: async (batch) => {
      for (const { pk, sk, row } of batch) rows.set(id(pk, sk), copy(row))
    },
    deleteAll: async (keys) => {
      for (const { pk, sk } of keys) rows.delete(id(pk, sk))
    },
    async getAll(keys, { attributes } = {}) {
      const found = await Promise.all(keys.map(({ pk, sk }) => store.get(pk, sk)))
      if (!attributes) return found
      const isRead = ([name]: [string, unknown]): boolean => attributes.includes(name)
      return found.map((row) => row && Object.fromEntries(Object.entries(row).filter(isRead)))
    },
    updateAll: async (updates) =>
      updates.map(({ pk, sk, set = {}, setIfNew = {}, remove = [], ifEquals = {} }) => {
        const found = rows.get(id(pk, sk))
        if (Object.entries(ifEquals).some(([name, to]) => (found?.[name] ?? null) !== to))
          return false
        const row = { ...(found ?? copy(setIfNew)), ...copy(set) }
        for (const name of remove) delete row[name]
        rows.set(id(pk, sk), row)
        return true
      }),
    replaceAll: async (replacements) =>
      replacements.map(({ pk, sk, attribute, value, previous, order, set = {} }) => {
        const found = rows.get(id(pk, sk))
        const before = (found?.[attribute] ?? null) as TableRow | null
        if (before && !isLess(before[order], value[order])) return false
        rows.set(id(pk, sk), copy({ ...found, ...set, [attribute]: value, [previous]: before }))
        return true
      }),
  }
  return store
}
