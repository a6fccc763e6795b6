import { createReadStream, readdirSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Mapping } from '../../../functions/contract/mapping.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { HOUR_MS, MINUTE_MS } from '../../../functions/contract/time.ts'
import type { RandomAccess } from '../../../functions/core/objects.ts'
import { factsOf, type RecordReader } from '../../../functions/intake/adapters/adapter.ts'
import { ADAPTERS, linesOf } from '../../../functions/intake/adapters/formats.ts'
import { decodeText, isFlaw } from '../../../functions/intake/json-record.ts'
import type { Line, Portion } from '../../../functions/intake/lines.ts'
import { readLines } from '../../../functions/intake/read-lines.ts'
import { UsageError } from '../errors.ts'
import { FORMATS, type FormatName, type LogFile } from './formats.ts'

/** Logs as they were asked for. The scene has the mapping, where there is one, under this name. */
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

/** A time outside these is a broken one: its line travels with its neighbours, and intake judges it. */
const SANE = { fromMs: Date.UTC(1990, 0, 1), throughMs: Date.UTC(2100, 0, 1) }
export const isSane = (timeMs: number | null): timeMs is number =>
  timeMs !== null && timeMs >= SANE.fromMs && timeMs < SANE.throughMs

/** An hour's drop arrives two minutes after the hour's end. */
export const arrivalOf = (hourMs: number): number => hourMs + HOUR_MS + 2 * MINUTE_MS

export const isWanted = (logs: LogsToReplay, timeMs: number): boolean =>
  (logs.fromMs === null || timeMs >= logs.fromMs) &&
  (logs.throughMs === null || timeMs < logs.throughMs)

/** A file's bytes, from anywhere among them. */
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
 * A file's portions of lines, of any size; quotes hold lines together where the format quotes.
 * Without a format, lines of any are taken.
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

/** A line's text, null for a blank one and for bytes that are no text. */
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

/** The files of a path that are of the format, in order of their names; one that is named is taken. Throws UsageError. */
export async function findFiles({ path, format }: LogsToReplay): Promise<FoundFile[]> {
  const isFolder = statSync(path).isDirectory()
  const names = isFolder ? readdirSync(path).sort() : [basename(path)]
  const folder = isFolder ? path : dirname(path)
  const { recognise, kindOf } = FORMATS[format]
  const found: FoundFile[] = []
  for (const name of names) {
    const full = join(folder, name)
    const file = recognise(name) ?? (isFolder ? null : { kind: 'events' as const, source: null })
    if (!file || !statSync(full).isFile()) continue
    const kind = kindOf ? kindOf(await firstLineOf(full)) : null
    found.push({ ...file, kind: kind ?? file.kind, path: full })
  }
  if (!found.some(({ kind }) => kind === 'events'))
    throw new UsageError(`--logs ${path}: holds no event log that looks like ${format}`)
  return found
}

/**
 * The first time in a file that can be one, with how many lines were looked at; null where none has
 * one, and the first thing that was wrong with any. Reads no further than it must.
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
