import { isAccessLog } from '../../../functions/intake/adapters/access-log.ts'
import { personalizeKindOf } from '../../../functions/intake/adapters/personalize.ts'
import { splitPlain, splitQuoted } from '../../../functions/intake/adapters/split.ts'
import { isFlaw, parseRecord } from '../../../functions/intake/json-record.ts'
import { sentenceOf } from '../../../functions/intake/sniff/sentence.ts'
import { readFileLines, textOf } from '../replay/files.ts'
import type { FormatName } from '../replay/formats.ts'
import { UsageError } from '../usage-error.ts'

const LINES = 2000
const SEPARATORS = [',', '\t', ';', '|'] as const
const MAX_DEPTH = 3

/** The first rows of a table, by column. A cell that is not there is null. */
export interface Sample {
  layout: 'separated' | 'json-lines'
  separator: string
  quoting: 'rfc4180' | 'none'
  hasHeader: boolean
  columns: { name: string; values: (string | null)[] }[]
  rows: number
  /** Rows whose cells are more or fewer than the others'. */
  uneven: number
}

/** The first lines of a file, unpacked. Reads no further. Throws UsageError for what is not records a line. */
export async function firstLines(path: string): Promise<string[]> {
  const lines: string[] = []
  for await (const portion of readFileLines(path, {}, null)) {
    if ('foreign' in portion)
      throw new UsageError(`--infer ${path}: ${sentenceOf(portion, path, 'name that').says}`)
    if (!('lines' in portion)) return lines
    for (const line of portion.lines) {
      const text = textOf(line)
      if (text !== null) lines.push(text)
      if (lines.length === LINES) return lines
    }
  }
  return lines
}

/** A format that needs no mapping, where the lines are of one. */
export function ownFormatOf(lines: readonly string[]): FormatName | null {
  const [first = '', second = ''] = lines
  const record = parseRecord(first)
  if (!isFlaw(record)) {
    const { type, timeMs, event } = record
    if ((type === 'impression' || type === 'outcome') && typeof timeMs === 'number') return 'jsonl'
    const events: unknown[] = ['item', 'user', 'ranking', 'interaction']
    return events.includes(event) && 'timestamp' in record ? 'metarank' : null
  }
  if (isAccessLog(first) || isAccessLog(second)) return 'access-log'
  if (/^user_id:token\titem_id:token/.test(first)) return 'movielens'
  if (/timestamp,item_id,position,click,propensity_score/.test(first)) return 'open-bandit'
  return personalizeKindOf(first) === 'events' ? 'personalize' : null
}

function flatten(
  value: Record<string, unknown>,
  into: Map<string, string>,
  prefix: string,
  depth: number,
): void {
  for (const [key, inner] of Object.entries(value)) {
    const name = prefix === '' ? key : `${prefix}.${key}`
    if (inner === null || inner === undefined) continue
    if (typeof inner === 'object' && !Array.isArray(inner)) {
      if (depth < MAX_DEPTH) flatten(inner as Record<string, unknown>, into, name, depth + 1)
    } else into.set(name, Array.isArray(inner) ? inner.map(String).join(',') : String(inner))
  }
}

function sampleJson(lines: readonly string[]): Sample | null {
  const records = lines.map((line) => parseRecord(line))
  const sound = records.filter((record) => !isFlaw(record)) as Record<string, unknown>[]
  if (sound.length * 2 < lines.length) return null
  const rows = sound.map((record) => {
    const cells = new Map<string, string>()
    flatten(record, cells, '', 1)
    return cells
  })
  const names = [...new Set(rows.flatMap((cells) => [...cells.keys()]))]
  return {
    layout: 'json-lines',
    separator: ',',
    quoting: 'rfc4180',
    hasHeader: false,
    columns: names.map((name) => ({ name, values: rows.map((cells) => cells.get(name) ?? null) })),
    rows: rows.length,
    uneven: records.length - sound.length,
  }
}

/** How many cells most lines have, and how many lines have so many. */
function commonWidth(rows: readonly (readonly string[])[]): { width: number; count: number } {
  const counts = new Map<number, number>()
  for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1)
  return [...counts]
    .map(([width, count]) => ({ width, count }))
    .reduce((a, b) => (b.count > a.count || (b.count === a.count && b.width > a.width) ? b : a))
}

const isNumber = (cell: string): boolean => cell.trim() !== '' && Number.isFinite(Number(cell))
/** A heading names every column with a word, once each, over columns that hold something else. */
function looksLikeHeader(
  first: readonly string[],
  others: readonly (readonly string[])[],
): boolean {
  const isWords = first.every((cell, i) =>
    cell === '' ? i === 0 : !isNumber(cell) && !/\d{4}-\d\d/.test(cell),
  )
  if (!isWords || new Set(first).size !== first.length) return false
  return !others.some((row) => row.join('\n') === first.join('\n'))
}

/** The first lines as a table: separator, quoting and heading by what fits most of them; null where nothing does. */
export function sampleTable(lines: readonly string[]): Sample | null {
  if (lines.length === 0) return null
  const json = sampleJson(lines)
  if (json) return json
  const layouts = SEPARATORS.flatMap((separator) =>
    (['rfc4180', 'none'] as const).map((quoting) => {
      const split = quoting === 'none' ? splitPlain(separator) : splitQuoted(separator)
      const rows = lines.map((line) => split(line)).filter((cells) => Array.isArray(cells))
      const { width, count } = rows.length > 0 ? commonWidth(rows) : { width: 0, count: 0 }
      return { separator, quoting, rows, width, count }
    }),
  )
  const { separator, quoting, rows, width, count } = layouts.reduce((a, b) =>
    b.width > 1 && (a.width < 2 || b.count > a.count || (b.count === a.count && b.width > a.width))
      ? b
      : a,
  )
  if (width < 2) return null
  const even = rows.filter((cells) => cells.length === width)
  const hasHeader = looksLikeHeader(even[0]!, even.slice(1))
  const names = hasHeader ? even[0]! : even[0]!.map((_, i) => `column_${i + 1}`)
  const body = hasHeader ? even.slice(1) : even
  return {
    layout: 'separated',
    separator,
    quoting,
    hasHeader,
    columns: names.map((name, i) => ({ name, values: body.map((cells) => cells[i] || null) })),
    rows: body.length,
    uneven: lines.length - count,
  }
}
