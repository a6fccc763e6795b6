import {
  appendFileSync,
  createReadStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { DROP_METADATA } from '../../../functions/contract/environments.ts'
import { dateOf, floorHour, HOUR_MS, hourOf, MINUTE_MS } from '../../../functions/contract/time.ts'
import { UsageError } from '../usage-error.ts'
import type { Drop } from '../world/world.ts'
import { FORMATS, type FormatName, type LogFile } from './formats.ts'

export interface LogsToReplay {
  path: string
  format: FormatName
  fromMs: number | null
  throughMs: number | null
}

interface Found extends LogFile {
  path: string
}
interface Slice {
  hourMs: number
  source: string | null
  header: string | null
  path: string
  records: number
  buffered: string[]
}

/** Lines held before they go to their hours' files on disk. */
const MAX_BUFFERED_BYTES = 64 * 2 ** 20
/** A time outside these is a broken one: its line travels with its neighbours, and intake judges it. */
const SANE = { fromMs: Date.UTC(1990, 0, 1), throughMs: Date.UTC(2100, 0, 1) }

function findFiles(path: string, format: FormatName): Found[] {
  const names = statSync(path).isDirectory() ? readdirSync(path).sort() : [basename(path)]
  const folder = statSync(path).isDirectory() ? path : dirname(path)
  const found = names.flatMap((name) => {
    const file = FORMATS[format].recognise(name)
    return file && statSync(join(folder, name)).isFile()
      ? [{ ...file, path: join(folder, name) }]
      : []
  })
  if (!found.some(({ kind }) => kind === 'events'))
    throw new UsageError(`--logs ${path}: holds no event log that looks like ${format}`)
  return found
}

/** Lines as latin1, one character a byte: what is not UTF-8 must reach intake as it is. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  let body: Readable = file
  if (path.endsWith('.gz')) body = file.pipe(createGunzip())
  if (path.endsWith('.zst')) body = file.pipe(createZstdDecompress())
  if (body !== file) file.on('error', (error) => body.destroy(error))
  body.setEncoding('latin1')
  try {
    yield* createInterface({ input: body, crlfDelay: Number.POSITIVE_INFINITY })
  } catch (error) {
    throw new UsageError(`${path}: cannot be read to its end (${(error as Error).message})`)
  }
}

/**
 * Cuts logs of any order and size into one file an hour and source under `directory`, and answers
 * them as drops in order of arrival: an hour's drop arrives two minutes after the hour's end,
 * catalogue files an hour before the first event. Memory: 64 MiB of lines and one slice.
 */
export async function sliceLogs(
  logs: LogsToReplay,
  directory: string,
): Promise<{ records: number; firstMs: number; lastMs: number; drops(): Generator<Drop> }> {
  const format = FORMATS[logs.format]
  const files = findFiles(logs.path, logs.format)
  const slices = new Map<string, Slice>()
  mkdirSync(directory, { recursive: true })
  let bufferedBytes = 0
  let records = 0

  const flush = (): void => {
    for (const slice of slices.values()) {
      if (slice.buffered.length === 0) continue
      appendFileSync(slice.path, `${slice.buffered.join('\n')}\n`, 'latin1')
      slice.buffered = []
    }
    bufferedBytes = 0
  }
  const sliceFor = (hourMs: number, source: string | null, header: string | null): Slice => {
    const name = `${hourMs}-${source ?? ''}`
    let slice = slices.get(name)
    if (!slice) {
      slice = { hourMs, source, header, path: join(directory, name), records: 0, buffered: [] }
      slices.set(name, slice)
    }
    return slice
  }

  for (const { path, source } of files.filter(({ kind }) => kind === 'events')) {
    let header: string | null = null
    let timeOf = format.timeOf('')
    let nearestMs: number | null = null
    let early: string[] = []
    for await (const line of linesOf(path)) {
      if (format.hasHeader && header === null) {
        header = line
        timeOf = format.timeOf(line)
        continue
      }
      const timeMs = timeOf(line)
      const isSane = timeMs !== null && timeMs >= SANE.fromMs && timeMs < SANE.throughMs
      if (isSane) nearestMs = timeMs
      if (nearestMs === null) {
        early.push(line)
        continue
      }
      const isWanted =
        (logs.fromMs === null || nearestMs >= logs.fromMs) &&
        (logs.throughMs === null || nearestMs < logs.throughMs)
      if (!isWanted) continue
      const slice = sliceFor(floorHour(nearestMs), source, header)
      slice.buffered.push(...early, line)
      slice.records += early.length + 1
      records += early.length + 1
      early = []
      bufferedBytes += line.length
      if (bufferedBytes > MAX_BUFFERED_BYTES) flush()
    }
    if (early.length > 0)
      throw new UsageError(
        `${path}: none of its ${early.length} lines has a time that ${logs.format} would have`,
      )
  }
  flush()
  const hours = [...slices.values()].sort(
    (a, b) => a.hourMs - b.hourMs || ((a.source ?? '') < (b.source ?? '') ? -1 : 1),
  )
  if (hours.length === 0)
    throw new UsageError(`--logs ${logs.path}: no record between --from and --to`)
  const firstMs = hours[0]!.hourMs
  const lastMs = hours[hours.length - 1]!.hourMs + HOUR_MS

  const metadata = (source: string | null): Record<string, string> => ({
    [DROP_METADATA.format]: logs.format,
    ...(source ? { [DROP_METADATA.source]: source } : {}),
  })
  function* drops(): Generator<Drop> {
    for (const { path, kind, source } of files.filter((file) => file.kind !== 'events'))
      yield {
        arrivalMs: firstMs - HOUR_MS,
        kind,
        name: basename(path),
        body: readFileSync(path),
        metadata: metadata(source),
        records: 0,
      }
    for (const { hourMs, source, header, path, records: lines } of hours) {
      const body = readFileSync(path)
      yield {
        arrivalMs: hourMs + HOUR_MS + 2 * MINUTE_MS,
        kind: 'events',
        name: `${dateOf(hourMs)}/${hourOf(hourMs)}${source ? `-${source}` : ''}.${logs.format === 'jsonl' ? 'jsonl' : 'csv'}`,
        body: header === null ? body : Buffer.concat([Buffer.from(`${header}\n`, 'latin1'), body]),
        metadata: metadata(source),
        records: lines,
      }
    }
  }
  return { records, firstMs, lastMs, drops }
}
