import { createReadStream, readdirSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Mapping } from '../../../functions/contract/mapping.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { HOUR_MS, MINUTE_MS } from '../../../functions/contract/time.ts'
import type { RandomAccess } from '../../../functions/core/objects.ts'
import { factsOf, type RecordReader } from '../../../functions/intake/adapters/adapter.ts'
import { ADAPTERS, linesOf } from '../../../functions/intake/adapters/formats.ts'
import { documentFormatNamed } from '../../../functions/intake/documents/document-format.ts'
import { decodeText, isFlaw } from '../../../functions/intake/json-record.ts'
import type { Line, Portion } from '../../../functions/intake/lines.ts'
import { readLines } from '../../../functions/intake/read-lines.ts'
import { UsageError } from '../errors.ts'
import { FORMATS, type FormatName, type LogFile } from './formats.ts'

/** The requested logs. A mapping is stored in the scene under this name. */
export interface LogsToReplay {
  path: string
  format: FormatName
  scene: Scene
  mapping: Mapping | null
  fromMs: number | null
  throughMs: number | null
}
export const LOCAL_MAPPING = 'local'

export interface FoundFile extends LogFile {
  path: string
}

/** A time outside this range is broken. Its line stays with its neighbours, and intake decides. */
const SANE = { fromMs: Date.UTC(1990, 0, 1), throughMs: Date.UTC(2100, 0, 1) }
export const isSane = (timeMs: number | null): timeMs is number =>
  timeMs !== null && timeMs >= SANE.fromMs && timeMs < SANE.throughMs

/** An hour's drop arrives two minutes after the hour's end. */
export const arrivalOf = (hourMs: number): number => hourMs + HOUR_MS + 2 * MINUTE_MS

export const isWanted = (logs: LogsToReplay, timeMs: number): boolean =>
  (logs.fromMs === null || timeMs >= logs.fromMs) &&
  (logs.throughMs === null || timeMs < logs.throughMs)

/** Random access to a file's bytes. */
export function accessFile(path: string): RandomAccess {
  return {
    bytes: statSync(path).size,
    async slice(from, through) {
      await using handle = await open(path)
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(through - from),
        0,
        undefined,
        from,
      )
      return buffer.subarray(0, bytesRead)
    },
  }
}

/**
 * A file's lines in portions, for files of any size. In formats with quotes, a quoted field can span
 * lines. Without a format, lines of any format are read.
 */
export function readFileLines(
  path: string,
  reader: Pick<RecordReader, 'separator' | 'columns'>,
  logs: Pick<LogsToReplay, 'format' | 'mapping'> | null,
): AsyncGenerator<Portion> {
  const declared = logs === null ? 'any' : linesOf(logs.format, logs.mapping)
  const encoding = logs?.mapping?.encoding
  const facts = { name: path, declared, ...(encoding && { encoding }) }
  const object = { body: createReadStream(path), file: accessFile(path) }
  return readLines(object, facts, reader, Number.POSITIVE_INFINITY)
}

export const openReader = (
  { format, scene, mapping }: LogsToReplay,
  { kind, source }: LogFile,
  firstRow: number,
): RecordReader => ADAPTERS[format].open(kind, scene, { source, mapping, firstRow })

/** A line's text. Null for a blank line and for bytes that are not text. */
export function textOf(line: Line): string | null {
  const text = decodeText(line.bytes)
  return typeof text === 'string' && text.trim() !== '' ? text : null
}

async function firstLineOf(path: string): Promise<string> {
  for await (const portion of readFileLines(path, {}, null))
    if ('lines' in portion)
      for (const line of portion.lines) {
        const text = textOf(line)
        if (text !== null) return text
      }
  return ''
}

/** A document is no log, whatever its lines are. Only of plain text the name does not tell. Throws UsageError. */
export function refuseDocument(option: string, path: string): void {
  const format = documentFormatNamed(path)
  if (format !== null && format !== 'plain')
    throw new UsageError(
      `${option} ${path}: got a document, expected a log: drop it as it is under raw/<scene>/documents/ (functions/intake/README.md, Documents)`,
    )
}

/** The files of a path that have the format, by name. A file named directly is always taken. Throws UsageError. */
export async function findFiles({ path, format }: LogsToReplay): Promise<FoundFile[]> {
  const isFolder = statSync(path).isDirectory()
  const names = isFolder ? readdirSync(path).sort() : [basename(path)]
  const folder = isFolder ? path : dirname(path)
  const { recognise, kindOf } = FORMATS[format]
  const found: FoundFile[] = []
  if (!isFolder && recognise(names[0]!) === null) refuseDocument('--logs', path)
  for (const name of names) {
    const full = join(folder, name)
    const file = recognise(name) ?? (isFolder ? null : { kind: 'events' as const, source: null })
    if (!file || !statSync(full).isFile()) continue
    const kind = kindOf ? kindOf(await firstLineOf(full)) : null
    found.push({ ...file, kind: kind ?? file.kind, path: full })
  }
  if (!found.some(({ kind }) => kind === 'events'))
    throw new UsageError(
      `--logs ${path}: expected an event log of the format ${format}, found none`,
    )
  return found
}

/**
 * The first plausible time in a file and the number of lines read. Null with the first error if no
 * line has one. Reads no further than needed.
 */
export async function firstTimeOf(
  logs: LogsToReplay,
  file: FoundFile,
  firstRow: number,
): Promise<{ timeMs: number | null; lines: number; wrong: string | null }> {
  const reader = openReader(logs, file, firstRow)
  let isHeader = FORMATS[logs.format].hasHeader(logs.mapping)
  let lines = 0
  let wrong: string | null = null
  for await (const portion of readFileLines(file.path, reader, logs)) {
    if (!('lines' in portion)) continue
    for (const line of portion.lines) {
      const text = decodeText(line.bytes)
      if (typeof text !== 'string') {
        lines++
        wrong ??= text.detail
        continue
      }
      if (text.trim() === '') continue
      const read = reader.read(text)
      if (read !== null && isFlaw(read)) wrong ??= read.detail
      if (isHeader) {
        isHeader = false
        continue
      }
      lines++
      const { timeMs } = factsOf(reader, text, read)
      if (isSane(timeMs)) return { timeMs, lines, wrong }
    }
  }
  return { timeMs: null, lines, wrong }
}
