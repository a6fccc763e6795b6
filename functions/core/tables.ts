export type TableRow = Record<string, unknown>

/** One table keyed `pk`, `sk`. DynamoDB on AWS and on the local cloud; memory in tests. */
export interface TableStore {
  readonly table: string
  /** Strongly consistent; the row without its keys, or null. */
  get(pk: string, sk: string): Promise<TableRow | null>
  put(pk: string, sk: string, row: TableRow): Promise<void>
  /** Put unless the key exists. Answers whether this call wrote it. */
  putIfAbsent(pk: string, sk: string, row: TableRow): Promise<boolean>
  /**
   * Put if every attribute that is named still has the expected value (`null`: the row is absent).
   * The one conditional write that a flip is. Answers whether it happened.
   */
  putIfUnchanged(
    pk: string,
    sk: string,
    row: TableRow,
    expected: Readonly<Record<string, string | number>> | null,
  ): Promise<boolean>
  /**
   * Put unless a row stands there whose `attribute` is as great or greater, numbers as numbers and
   * texts by UTF-8 bytes: whatever the order of the writers, the greatest stays. A row without it is
   * less than any. Answers whether it was put.
   */
  putIfGreater(pk: string, sk: string, row: TableRow, attribute: string): Promise<boolean>
  /**
   * Every row of the partition whose sort key begins so, ascending. Where `skFrom` is given, those
   * from it on: it may lie before the prefix, so that one query answers rows of several kinds.
   */
  query(pk: string, skPrefix: string, skFrom?: string): Promise<(TableRow & { sk: string })[]>
  /**
   * Every row of the partition from this sort key on, ascending. Eventually consistent, at half the
   * price: for values that advance in place, not for what is decided by.
   */
  queryFrom(pk: string, skFrom: string): Promise<(TableRow & { sk: string })[]>
  /** Unconditional puts of rows whose keys differ, in batches, some at a time; unprocessed items retried. */
  putAll(rows: readonly { pk: string; sk: string; row: TableRow }[]): Promise<void>
}
