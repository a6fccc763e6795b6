import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { DROP_METADATA } from '../../../functions/contract/drop-metadata.ts'
import { dateOf, floorHour, HOUR_MS, hourOf } from '../../../functions/contract/time.ts'
import { factsOf } from '../../../functions/intake/adapters/adapter.ts'
import { FIELDS } from '../../../functions/intake/adapters/table.ts'
import type { Encoding } from '../../../functions/intake/decode.ts'
import { MAX_LINE_BYTES } from '../../../functions/intake/limits.ts'
import { sentenceOf } from '../../../functions/intake/sniff/sentence.ts'
import { UsageError } from '../errors.ts'
import type { Drop } from '../world/world.ts'
import {
  arrivalOf,
  type FoundFile,
  findFiles,
  firstTimeOf,
  isSane,
  isWanted,
  LOCAL_MAPPING,
  type LogsToReplay,
  openReader,
  readFileLines,
  textOf,
} from './files.ts'
import { FORMATS } from './formats.ts'

/** One hour of one source, from files with the same heading. */
interface Slice {
  hourMs: number
  source: string | null
  header: string | null
  /** Its number among the slices of its hour and source. */
  variant: number
  /** Number of log rows before its first row. */
  firstRow: number
  path: string
  records: number
  buffered: string[]
}

/** Bytes of lines in memory before they are written to the hourly files. */
const MAX_BUFFERED_BYTES = 64 * 2 ** 20

/** Writes lines into hourly files, in Latin-1: bytes that are not UTF-8 must reach intake unchanged. */
class SliceWriter {
  readonly #slices = new Map<string, Slice>()
  readonly #variants = new Map<string, number>()
  #bufferedBytes = 0
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
    mkdirSync(directory, { recursive: true })
  }

  add(hourMs: number, source: string | null, header: string | null, row: number, line: string) {
    const name = `${hourMs}-${source ?? ''}`
    const key = `${name}\n${header ?? ''}`
    let slice = this.#slices.get(key)
    if (!slice) {
      const variant = this.#variants.get(name) ?? 0
      this.#variants.set(name, variant + 1)
      const path = join(this.#directory, variant === 0 ? name : `${name}-${variant}`)
      slice = { hourMs, source, header, variant, firstRow: row, path, records: 0, buffered: [] }
      this.#slices.set(key, slice)
    }
    slice.buffered.push(line)
    slice.records++
    this.#bufferedBytes += line.length
    if (this.#bufferedBytes > MAX_BUFFERED_BYTES) this.#flush()
  }

  /** Writes the rest to disk and returns all slices by hour, source and variant. */
  end(): Slice[] {
    this.#flush()
    return [...this.#slices.values()].sort(
      (a, b) =>
        a.hourMs - b.hourMs ||
        ((a.source ?? '') < (b.source ?? '') ? -1 : (a.source ?? '') > (b.source ?? '') ? 1 : 0) ||
        a.variant - b.variant,
    )
  }

  #flush(): void {
    for (const slice of this.#slices.values()) {
      if (slice.buffered.length === 0) continue
      appendFileSync(slice.path, `${slice.buffered.join('\n')}\n`, 'latin1')
      slice.buffered = []
    }
    this.#bufferedBytes = 0
  }
}

/** Cuts one file and returns its number of rows. A line without a time follows the line before it. */
async function sliceFile(
  logs: LogsToReplay,
  file: FoundFile,
  writer: SliceWriter,
  firstRow: number,
): Promise<number> {
  const first = await firstTimeOf(logs, file, firstRow)
  if (first.timeMs === null && first.lines > 0)
    throw new UsageError(
      `${file.path}: expected times of the format ${logs.format}, but none of its ${first.lines} lines has one${first.wrong ? `; the first error: ${first.wrong}` : ''}`,
    )
  const reader = openReader(logs, file, firstRow)
  const hasHeader = FORMATS[logs.format].hasHeader(logs.mapping)
  const hasDirectives = FORMATS[logs.format].hasDirectives?.(logs.mapping) ?? false
  let header: string | null = null
  let nearestMs = first.timeMs ?? 0
  let rows = 0
  for await (const portion of readFileLines(file.path, reader, logs)) {
    if ('foreign' in portion)
      throw new UsageError(`${file.path}: ${sentenceOf(portion, file.path, 'name that').says}`)
    if ('break' in portion)
      throw new UsageError(`${file.path}: cannot be read to its end (${portion.break.detail})`)
    for (const line of portion.lines) {
      const text = textOf(line)
      // Only the beginning of an overlong line is kept. One byte more shows intake that it was too long.
      const isCut = line.length > MAX_LINE_BYTES
      const cut = line.bytes.toString('latin1') + (isCut ? ' ' : '')
      // An element of a JSON array becomes one line: JSON allows carriage returns as white space.
      const bytes = reader.separator === undefined ? cut.replaceAll('\n', '\r') : cut
      const isDirective = hasDirectives && text?.startsWith('#') === true
      if (isDirective || (hasHeader && header === null)) {
        if (text === null) continue
        // Only one of the directives names the columns.
        if (!isDirective || text.startsWith(FIELDS)) header = bytes
        reader.read(text)
        continue
      }
      const row = firstRow + rows
      if (text !== null) {
        const { timeMs } = factsOf(reader, text, reader.read(text))
        if (isSane(timeMs)) nearestMs = timeMs
        rows++
      }
      if (isWanted(logs, nearestMs))
        writer.add(floorHour(nearestMs), file.source, header, row, bytes)
    }
  }
  return rows
}

/** The slices of all event logs. If one cannot be read, all are deleted. */
async function sliceAll(
  logs: LogsToReplay,
  files: readonly FoundFile[],
  directory: string,
  hasOrderedTime: boolean,
): Promise<Slice[]> {
  // Otherwise the run would append to files of a killed run.
  rmSync(directory, { recursive: true, force: true })
  try {
    const writer = new SliceWriter(directory)
    let rows = 0
    for (const file of files.filter(({ kind }) => kind === 'events'))
      rows += await sliceFile(logs, file, writer, hasOrderedTime ? rows : 0)
    const hours = writer.end()
    if (hours.length > 0) return hours
    const isCut = logs.fromMs !== null || logs.throughMs !== null
    throw new UsageError(
      `--logs ${logs.path}: expected records, found none${isCut ? ' between --from and --to' : ''}`,
    )
  } catch (error) {
    rmSync(directory, { recursive: true, force: true })
    throw error
  }
}

/** A catalogue file as a drop, converted to UTF-8 if its mapping names another encoding. */
function readCatalogue(path: string, encoding: Encoding = 'utf-8'): Pick<Drop, 'name' | 'body'> {
  const name = basename(path)
  const bytes = readFileSync(path)
  if (encoding === 'utf-8') return { name, body: bytes }
  const plain = name.endsWith('.gz')
    ? gunzipSync(bytes)
    : name.endsWith('.zst')
      ? zstdDecompressSync(bytes)
      : bytes
  const body = Buffer.from(new TextDecoder(encoding).decode(plain))
  return { name: name.replace(/\.(gz|zst)$/, ''), body }
}

/**
 * Cuts logs of any order and size into one file per hour and source under `directory`. Returns them
 * as drops in order of arrival: an hour's drop arrives two minutes after the end of the hour, and
 * catalogue files an hour before the first event. Memory: 64 MiB of lines and one slice. Throws
 * UsageError for unreadable logs, and for logs without records in the requested days.
 */
export async function sliceLogs(
  logs: LogsToReplay,
  directory: string,
): Promise<{ records: number; firstMs: number; lastMs: number; drops(): Generator<Drop> }> {
  const files = await findFiles(logs)
  const hasOrderedTime = logs.mapping?.time.rowsPerHour !== undefined
  const hours = await sliceAll(logs, files, directory, hasOrderedTime)
  const firstMs = hours[0]!.hourMs
  const lastMs = hours[hours.length - 1]!.hourMs + HOUR_MS

  const metadata = (source: string | null, firstRow: number | null): Record<string, string> => ({
    [DROP_METADATA.format]: logs.format,
    ...(source ? { [DROP_METADATA.source]: source } : {}),
    ...(logs.mapping ? { [DROP_METADATA.mapping]: LOCAL_MAPPING } : {}),
    ...(firstRow === null ? {} : { [DROP_METADATA.firstRow]: String(firstRow) }),
  })
  function* drops(): Generator<Drop> {
    for (const { path, kind, source } of files.filter((file) => file.kind !== 'events'))
      yield {
        arrivalMs: firstMs - HOUR_MS,
        kind,
        ...readCatalogue(path, logs.mapping?.encoding),
        metadata: metadata(source, null),
        records: 0,
      }
    for (const { hourMs, source, header, variant, firstRow, path, records: lines } of hours) {
      const body = readFileSync(path)
      const which = `${source ? `-${source}` : ''}${variant > 0 ? `-${variant}` : ''}`
      yield {
        arrivalMs: arrivalOf(hourMs),
        kind: 'events',
        name: `${dateOf(hourMs)}/${hourOf(hourMs)}${which}.${FORMATS[logs.format].extension}`,
        body: header === null ? body : Buffer.concat([Buffer.from(`${header}\n`, 'latin1'), body]),
        metadata: metadata(source, hasOrderedTime ? firstRow : null),
        records: lines,
      }
    }
  }
  const records = hours.reduce((sum, { records: lines }) => sum + lines, 0)
  return { records, firstMs, lastMs, drops }
}
