import { basename } from 'node:path'
import { type Mapping, mappingSchema } from '../../../functions/contract/mapping.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import type { RandomAccess } from '../../../functions/core/objects.ts'
import type { Foreign } from '../../../functions/intake/sniff/head.ts'
import type { FormatName } from '../replay/formats.ts'
import { catalogueOf } from './catalogue.ts'
import { type ColumnFacts, factsOfColumn } from './columns.ts'
import type { Guess } from './guess.ts'
import { type Table, tableOf } from './layouts.ts'
import { mapTable } from './map-table.ts'
import { ownFormatOf } from './own-formats.ts'
import { sampleLines } from './sample.ts'

/** The first bytes of a log, its name, the time at which it is looked at, and the scene it is for. */
export interface LogSample {
  path: string
  bytes: Uint8Array
  nowMs: number
  scene: Scene
  /** The whole file, where `bytes` is only its beginning. */
  file?: RandomAccess
}

/** What a log is taken for, with what was guessed of each part of it. */
export interface Proposal {
  kind: 'mapping' | 'format' | 'catalogue' | 'none'
  /** The format that needs no mapping, where the log is of one. */
  format: FormatName | null
  mapping: Mapping | null
  /** The mapping as it would be written: what is a default is left out. */
  written: Record<string, unknown> | null
  /** The scene that learns what the mapping maps. */
  scene: Scene | null
  guesses: Guess[]
  /** Columns that no part takes. */
  unmapped: string[]
  /** What its bytes are, where they are no lines. */
  foreign: Foreign | null
  table: Table | null
  /** Lines that were looked at. */
  lines: number
}

const NOTHING: Omit<Proposal, 'kind'> = {
  format: null,
  mapping: null,
  written: null,
  scene: null,
  guesses: [],
  unmapped: [],
  foreign: null,
  table: null,
  lines: 0,
}

const inMemory = (bytes: Uint8Array): RandomAccess => ({
  bytes: bytes.length,
  slice: async (from, through) => bytes.subarray(from, through),
})

/** What a log is, by its first bytes: pure, so that the same bytes are always taken for the same. */
export async function propose(log: LogSample): Promise<Proposal> {
  const { path, bytes, nowMs, scene, file = inMemory(bytes) } = log
  const sample = await sampleLines({ path, bytes, file })
  if ('foreign' in sample) return { kind: 'none', ...NOTHING, foreign: sample.foreign }
  const { lines, encoding, isEncodingSure } = sample
  const table = tableOf(lines)
  const columns: ColumnFacts[] = table
    ? table.columns.map((column, i) => factsOfColumn(column, i, nowMs))
    : []
  const format = encoding === 'utf-8' ? ownFormatOf(lines, columns, scene) : null
  if (!table || table.rows === 0)
    return {
      kind: format === null ? 'none' : 'format',
      ...NOTHING,
      format,
      lines: lines.length,
      table: format ? table : null,
    }
  if (format === null) {
    const catalogue = catalogueOf(table, columns)
    if (catalogue) return { kind: 'catalogue', ...NOTHING, table, ...catalogue }
  }
  const mapped = mapTable({ table, columns, nowMs, scene, fileName: basename(path) })
  const encoded =
    encoding === 'utf-8'
      ? []
      : [
          {
            part: 'encoding',
            isSure: isEncodingSure,
            says: `${encoding}: its bytes are no UTF-8${isEncodingSure ? '' : '; they may be of another alphabet, which no mapping reads: iconv -t UTF-8 rewrites them'}`,
          },
        ]
  const guesses = [...encoded, ...mapped.guesses]
  if (mapped.written === null)
    return {
      kind: format === null ? 'none' : 'format',
      ...NOTHING,
      format,
      lines: lines.length,
      // Of a log that cannot be read nothing is sure.
      guesses: guesses.map((guess) => ({ ...guess, isSure: false })),
      table,
      unmapped: mapped.unmapped,
    }
  const written = encoding === 'utf-8' ? mapped.written : { encoding, ...mapped.written }
  return {
    ...NOTHING,
    lines: lines.length,
    kind: format === null ? 'mapping' : 'format',
    format,
    mapping: mappingSchema.parse(written),
    written,
    scene: mapped.scene,
    guesses,
    unmapped: mapped.unmapped,
    table,
  }
}
