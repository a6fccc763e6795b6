export type TableRow = Record<string, unknown>
export interface RowKey {
  pk: string
  sk: string
}

export interface ReadOptions {
  isConsistent?: boolean
  /** Only these attributes are read. The price stays that of the whole row. */
  attributes?: readonly string[]
}

/** A change of single attributes of a row. A row that does not exist is made. */
export interface RowUpdate extends RowKey {
  set?: TableRow
  /** Attributes of a row that this update makes. A row that exists keeps its own. */
  setIfNew?: TableRow
  remove?: readonly string[]
  /** Nothing changes unless these attributes have these values; null: unless it is absent. */
  ifEquals?: Readonly<Record<string, string | number | null>>
}
/** A map attribute that a greater one replaces. The one before it is kept. */
export interface Replacement extends RowKey {
  attribute: string
  value: TableRow
  /** The attribute that then holds the value before; null if there was none. */
  previous: string
  /** The field of the value that is compared. Texts compare by UTF-8 bytes. */
  order: string
  /** Further attributes that are set with it. */
  set?: TableRow
}

/**
 * The port to one table with the keys `pk` and `sk`: DynamoDB on AWS and on the local cloud, memory
 * in tests. A binary attribute is a Uint8Array.
 * Operations on many rows run several at once and wait while the table throttles.
 */
export interface TableStore {
  readonly table: string
  /** Strongly consistent. Returns the row without its keys, or null. */
  get(pk: string, sk: string): Promise<TableRow | null>
  put(pk: string, sk: string, row: TableRow): Promise<void>
  /** Puts the row unless the key exists. Returns whether this call wrote it. */
  putIfAbsent(pk: string, sk: string, row: TableRow): Promise<boolean>
  /**
   * Puts the row if every named attribute still has the expected value (`null`: if the row is
   * absent). A flip is one such conditional write. Returns whether it wrote the row.
   */
  putIfUnchanged(
    pk: string,
    sk: string,
    row: TableRow,
    expected: Readonly<Record<string, string | number>> | null,
  ): Promise<boolean>
  /**
   * Puts the row unless the stored row's `attribute` is as great or greater. Numbers compare as
   * numbers, texts by UTF-8 bytes. So the greatest row wins in any order of writers. A row without
   * the attribute is less than any other. Returns whether it wrote the row.
   */
  putIfGreater(pk: string, sk: string, row: TableRow, attribute: string): Promise<boolean>
  /**
   * Every row of the partition whose sort key has this prefix, in ascending order; with `skFrom`,
   * only those from there on.
   */
  query(pk: string, skPrefix: string, skFrom?: string): Promise<(TableRow & { sk: string })[]>
  /**
   * Every row of the partition from this sort key on, in ascending order. Eventually consistent, at
   * half the price: for online values, not for decisions.
   */
  queryFrom(pk: string, skFrom: string): Promise<(TableRow & { sk: string })[]>
  /**
   * Unconditional puts of rows with different keys, in concurrent batches. Unprocessed items are
   * retried.
   */
  putAll(rows: readonly { pk: string; sk: string; row: TableRow }[]): Promise<void>
  /** Deletes the rows of different keys, as `putAll` puts them. A key without a row is no error. */
  deleteAll(keys: readonly RowKey[]): Promise<void>
  /** The rows of these keys, in their order; null where there is none. Keys may repeat. */
  getAll(keys: readonly RowKey[], options?: ReadOptions): Promise<(TableRow | null)[]>
  /** Makes each update without reading. Returns for each whether it was made. */
  updateAll(updates: readonly RowUpdate[]): Promise<boolean[]>
  /** Makes each replacement, unless the stored value is as great or greater. */
  replaceAll(replacements: readonly Replacement[]): Promise<boolean[]>
}
