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

/** The first bytes of a log, its name, the current time, and the target scene. */
export interface LogSample {
  path: string
  bytes: Uint8Array
  nowMs: number
  scene: Scene
  /** The whole file, if `bytes` is only its beginning. */
  file?: RandomAccess
}

/** The proposed reading of a log, with a guess for each part. */
export interface Proposal {
  kind: 'mapping' | 'format' | 'catalogue' | 'none'
  /** The log's format, if it is one that needs no mapping. */
  format: FormatName | null
  mapping: Mapping | null
  /** The mapping to write, without defaults. */
  written: Record<string, unknown> | null
  /** The scene for the mapped columns. */
  scene: Scene | null
  guesses: Guess[]
  /** Columns that no part uses. */
  unmapped: string[]
  /** What the bytes are, if they are not lines of text. */
  foreign: Foreign | null
  table: Table | null
  /** Lines that were read. */
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

/** Proposes a reading of a log by its first bytes. Pure: the same bytes give the same proposal. */
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
            says: `${encoding}: its bytes are not UTF-8${isEncodingSure ? '' : '; they may be of another alphabet, which no mapping reads: convert them with iconv -t UTF-8'}`,
          },
        ]
  const guesses = [...encoded, ...mapped.guesses]
  if (mapped.written === null)
    return {
      kind: format === null ? 'none' : 'format',
      ...NOTHING,
      format,
      lines: lines.length,
      // In a log that cannot be read, no guess is sure.
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
