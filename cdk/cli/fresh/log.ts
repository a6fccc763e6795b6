import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { EntityRow, EventRow } from '../../../functions/contract/rows.ts'
import type { Scene } from '../../../functions/contract/scene.ts'
import { DAY_MS, floorDay, MINUTE_MS } from '../../../functions/contract/time.ts'
import {
  type Adapter,
  isRecord,
  NO_FACTS,
  RecordOfKind,
} from '../../../functions/intake/adapters/adapter.ts'
import { movielens } from '../../../functions/intake/adapters/movielens.ts'
import { openBandit } from '../../../functions/intake/adapters/open-bandit.ts'
import { checkEvent, checkStatement } from '../../../functions/intake/check.ts'
import { isFlaw, parseRecord } from '../../../functions/intake/json-record.ts'
import { normalizeEvent, normalizeStatement } from '../../../functions/intake/normalize.ts'
import { UsageError } from '../errors.ts'
import { FORMATS } from '../replay/formats.ts'
import type { WorldOptions } from '../world/options.ts'
import { createWorld, type Drop, SHIPPING_SHARE, type World } from '../world/world.ts'
import { keepName } from './history.ts'

/** What intake accepts of a log, with the arrival of each drop. */
export interface Log {
  /** Whole days of impressions. */
  fromMs: number
  throughMs: number
  events: EventRow[]
  items: EntityRow[]
  users: EntityRow[]
}
type LoggedKind = 'events' | 'items' | 'users'

/** Adds a record to the log, by intake's checks. One that intake would quarantine is left out. */
function accept(
  log: Log,
  scene: Scene,
  kind: LoggedKind,
  record: Record<string, unknown>,
  arrivalMs: number,
  drop = String(arrivalMs),
): void {
  const origin = { drop, arrivalMs, row: log[kind].length }
  if (kind === 'events') {
    const event = checkEvent(record, scene, arrivalMs)
    if (!isFlaw(event)) log.events.push(normalizeEvent(event, keepName, origin))
    return
  }
  const statement = checkStatement(record, kind, scene, arrivalMs)
  if (!isFlaw(statement)) log[kind].push(normalizeStatement(statement, kind, keepName, origin))
}

const linesIn = (bytes: Uint8Array): string[] =>
  Buffer.from(bytes)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')

function bodyOf({ name, body }: Drop): Uint8Array {
  if (name.endsWith('.gz')) return gunzipSync(body)
  return name.endsWith('.zst') ? zstdDecompressSync(body) : body
}

/** The seeded world of `npm start`, with its late, repeated and broken records and its cheats. */
export function worldLog(
  options: WorldOptions,
  scene: Scene,
  { drops }: Pick<World, 'drops'> = createWorld(options),
): Log {
  const { startMs, days } = options
  const log: Log = {
    ...{ fromMs: startMs, throughMs: startMs + days * DAY_MS },
    ...{ events: [], items: [], users: [] },
  }
  for (const drop of drops())
    for (const line of linesIn(bodyOf(drop))) {
      const record = parseRecord(line)
      if (!isFlaw(record))
        accept(log, scene, drop.kind as LoggedKind, record, drop.arrivalMs, drop.name)
    }
  return log
}

const ADAPTERS: Readonly<Record<'movielens' | 'open-bandit', Adapter>> = {
  movielens,
  'open-bandit': openBandit,
}

/** The records of one kind in a folder of public tables, file by file. */
function* recordsIn(
  format: keyof typeof ADAPTERS,
  folder: string,
  kind: LoggedKind,
  scene: Scene,
): Generator<Record<string, unknown>> {
  for (const name of readdirSync(folder).sort()) {
    const file = FORMATS[format].recognise(name)
    if (file?.kind !== kind) continue
    const bytes = readFileSync(join(folder, name))
    const reader = ADAPTERS[format].open(kind, scene, { ...NO_FACTS, source: file.source })
    for (const line of linesIn(name.endsWith('.gz') ? gunzipSync(bytes) : bytes)) {
      const records = reader.read(line)
      if (records === null || isFlaw(records)) continue
      for (const record of records)
        if (isRecord(record) && !(record instanceof RecordOfKind)) yield record
    }
  }
}

/** A drop holds some minutes of the log, and is shipped as in the seeded world. */
function arrivalOf(timeMs: number, dropMinutes: number): number {
  const periodMs = dropMinutes * MINUTE_MS
  return Math.floor(timeMs / periodMs) * periodMs + periodMs * (1 + SHIPPING_SHARE)
}

/** A public data set in its own time. Its catalogue arrives before its events. */
export function publicLog(
  format: keyof typeof ADAPTERS,
  folder: string,
  scene: Scene,
  dropMinutes: number,
): Log {
  const log: Log = { fromMs: 0, throughMs: 0, events: [], items: [], users: [] }
  for (const record of recordsIn(format, folder, 'events', scene))
    accept(log, scene, 'events', record, arrivalOf(Number(record['timeMs']), dropMinutes))
  if (log.events.length === 0)
    throw new UsageError(`--${format} ${folder}: expected a folder with files of this data set`)
  const times = log.events.map(({ timeMs }) => timeMs)
  const firstMs = times.reduce((a, b) => Math.min(a, b))
  const lastMs = times.reduce((a, b) => Math.max(a, b))
  log.fromMs = floorDay(firstMs)
  log.throughMs = floorDay(lastMs) + DAY_MS
  for (const kind of ['items', 'users'] as const)
    for (const record of recordsIn(format, folder, kind, scene))
      accept(log, scene, kind, record, log.fromMs - 1)
  return log
}
