import {
  type FileMetaData,
  parquetMetadata,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from 'hyparquet'
import { assembleNested } from 'hyparquet/src/assemble.js'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { getTreePath } from 'hyparquet/src/schema.js'
import type { RandomAccess } from './objects.ts'
import type { TimeUnit } from './parquet-cells.ts'
import { BadParquet, ColumnReader, PageBudget } from './parquet-columns.ts'

/** Columns to read, by name or path (`a.b` reaches inside). */
export interface WantedColumns {
  /** All columns if null. */
  paths: readonly string[] | null
  /** Columns of time: their TIMESTAMP is returned in `unit`, that of other columns in ISO 8601. */
  times: readonly string[]
  unit: TimeUnit
}
export const ALL_COLUMNS: WantedColumns = { paths: null, times: [], unit: 'iso' }

export type ParquetRow = Record<string, unknown>

export interface OpenGroups {
  groups: readonly RowGroup[]
  /**
   * The rows of one row group, in batches. Throws BadParquet, PagesTooLarge and errors of the file.
   */
  rowsOf(group: RowGroup): AsyncGenerator<ParquetRow[]>
}

const MAGIC = 'PAR1'
/** The length of the metadata, and the magic. */
const TAIL_BYTES = 8
/** The metadata of most files fits into this. */
const FIRST_FETCH_BYTES = 256 * 2 ** 10
/**
 * Parsed metadata takes about ten times its bytes. A row group of 50 columns has 5 kB of metadata.
 */
const MAX_METADATA_BYTES = 4 * 2 ** 20
/** Stored bytes that are fetched at once: of all columns, and at least of one. */
const WINDOWS_BYTES = 4 * 2 ** 20
const MIN_WINDOW_BYTES = 256 * 2 ** 10
/** Memory for dictionaries and decoded pages of all columns. */
const MAX_PAGES_BYTES = 24 * 2 ** 20
/** Rows per batch: the first batch, the largest batch, and the target size of a batch in bytes. */
const FIRST_ROWS = 16
const MOST_ROWS = 200
const ROWS_BYTES = 2 ** 20

async function readMetadata(file: RandomAccess): Promise<FileMetaData & { root: SchemaTree }> {
  let tail = await file.slice(Math.max(0, file.bytes - FIRST_FETCH_BYTES), file.bytes)
  const end = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength)
  if (tail.length < TAIL_BYTES + MAGIC.length || end.toString('latin1', tail.length - 4) !== MAGIC)
    throw new BadParquet(`the file does not end with ${MAGIC}: it is truncated`)
  const metadataBytes = end.readUInt32LE(tail.length - TAIL_BYTES)
  const bytes = metadataBytes + TAIL_BYTES
  if (bytes > file.bytes - MAGIC.length)
    throw new BadParquet(
      `its footer states ${metadataBytes} bytes of metadata, more than the file has`,
    )
  if (bytes > MAX_METADATA_BYTES)
    throw new BadParquet(
      `its metadata has ${metadataBytes} bytes, expected at most ${MAX_METADATA_BYTES}: write larger row groups, or fewer columns`,
    )
  if (bytes > tail.length) tail = await file.slice(file.bytes - bytes, file.bytes)
  try {
    const metadata = parquetMetadata(tail, { geoparquet: false })
    return { ...metadata, root: parquetSchema(metadata) }
  } catch (cause) {
    throw new BadParquet(`its metadata is corrupt (${(cause as Error).message})`, { cause })
  }
}

const isPlainStruct = ({ children, element }: SchemaTree): boolean =>
  children.length > 0 &&
  element.repetition_type !== 'REPEATED' &&
  element.converted_type === undefined &&
  element.logical_type === undefined

/** A column without the children that no path needs. Null if no path needs any. */
function prune(tree: SchemaTree, name: string, paths: readonly string[]): SchemaTree | null {
  if (paths.includes(name)) return tree
  const inside = paths.filter((path) => path.startsWith(`${name}.`))
  if (inside.length === 0) return null
  if (!isPlainStruct(tree)) return tree
  const children = tree.children
    .map((child) => prune(child, `${name}.${child.element.name}`, paths))
    .filter((child) => child !== null)
  return children.length === 0 ? null : { ...tree, children }
}

const leavesOf = (tree: SchemaTree): SchemaTree[] =>
  tree.children.length === 0 ? [tree] : tree.children.flatMap(leavesOf)

/** A nested value as JSON. Missing values are left out of objects, and are null in lists. */
function jsonOf(value: unknown): unknown {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value instanceof Date) return value
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (Array.isArray(value)) return value.map(jsonOf)
  const filled: ParquetRow = {}
  for (const [name, inner] of Object.entries(value))
    if (inner !== null && inner !== undefined) filled[name] = jsonOf(inner)
  return filled
}

/** A top-level column with its leaves. */
class TopColumn {
  readonly name: string
  readonly leaves: readonly ColumnReader[]
  readonly #tree: SchemaTree

  constructor(tree: SchemaTree, leaves: readonly ColumnReader[]) {
    this.name = tree.element.name
    this.leaves = leaves
    this.#tree = tree
  }

  async take(count: number): Promise<unknown[]> {
    const parts = new Map<string, unknown[]>()
    // One after the other, because a page takes more memory while it is unpacked.
    for (const leaf of this.leaves) parts.set(leaf.path, await leaf.take(count))
    if (this.#tree.children.length === 0) return parts.get(this.name)!
    try {
      assembleNested(parts, this.#tree, DEFAULT_PARSERS)
      return parts.get(this.name)!.map(jsonOf)
    } catch (cause) {
      throw new BadParquet(`${this.name}: ${(cause as Error).message}`, { cause })
    }
  }
}

function openColumns(
  file: RandomAccess,
  group: RowGroup,
  root: SchemaTree,
  tops: readonly SchemaTree[],
  wanted: WantedColumns,
): TopColumn[] {
  const metas = new Map(
    group.columns.map(({ meta_data: meta, file_path: elsewhere }) => {
      if (!meta || elsewhere) throw new BadParquet('its columns are encrypted, or in other files')
      return [meta.path_in_schema.join('.'), meta]
    }),
  )
  const budget = new PageBudget(MAX_PAGES_BYTES)
  const count = tops.flatMap(leavesOf).length
  const window = Math.max(MIN_WINDOW_BYTES, Math.floor(WINDOWS_BYTES / count))
  return tops.map((top) => {
    const leaves = leavesOf(top).map(({ path }) => {
      const name = path.join('.')
      const meta = metas.get(name)
      if (!meta) throw new BadParquet(`${name}: the row group has no such column`)
      const unit = wanted.times.includes(name) ? wanted.unit : 'iso'
      return new ColumnReader(file, meta, getTreePath(root, path), unit, budget, window)
    })
    return new TopColumn(top, leaves)
  })
}

function rowsOfColumns(
  columns: readonly TopColumn[],
  values: readonly unknown[][],
  count: number,
): ParquetRow[] {
  const rows: ParquetRow[] = Array.from({ length: count }, () => ({}))
  for (const [c, { name }] of columns.entries())
    for (let i = 0; i < count; i++) {
      const value = values[c]![i]
      if (value !== null && value !== undefined) rows[i]![name] = value
    }
  return rows
}

/**
 * Opens a Parquet file of any size by its metadata and reads only the wanted columns. Memory: 4 MiB
 * of stored columns, 24 MiB of pages, and the metadata. Throws BadParquet.
 */
export async function openGroups(file: RandomAccess, wanted: WantedColumns): Promise<OpenGroups> {
  const { root, row_groups: groups } = await readMetadata(file)
  const { paths } = wanted
  const tops =
    paths === null
      ? root.children
      : root.children
          .map((child) => prune(child, child.element.name, paths))
          .filter((child) => child !== null)
  if (tops.length === 0) {
    const found = root.children.slice(0, 20).map(({ element }) => element.name)
    throw new BadParquet(
      `it has the columns ${found.join(', ')}, expected ${(paths ?? ['any']).join(', ')}`,
    )
  }
  return {
    groups,
    async *rowsOf(group) {
      const rows = Number(group.num_rows)
      if (!(Number.isSafeInteger(rows) && rows >= 0))
        throw new BadParquet(`its metadata states ${group.num_rows} rows`)
      const columns = openColumns(file, group, root, tops, wanted)
      const leaves = columns.flatMap((column) => column.leaves)
      let count = FIRST_ROWS
      for (let left = rows; left > 0; ) {
        count = Math.min(left, count)
        const values: unknown[][] = []
        for (const column of columns) values.push(await column.take(count))
        yield rowsOfColumns(columns, values, count)
        const bytes = leaves.reduce((sum, { takenBytes }) => sum + takenBytes, 0)
        left -= count
        count = Math.max(1, Math.min(MOST_ROWS, Math.floor((count * ROWS_BYTES) / (bytes + 1))))
      }
    },
  }
}
