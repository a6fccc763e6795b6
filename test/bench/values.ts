import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { ByteWriter, parquetWrite } from 'hyparquet-writer'
import { countEvents } from '../../functions/closing/counters.ts'
import type { EventRow } from '../../functions/contract/rows.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import { type CodedCounts, codeCounts } from '../../functions/features/coded-counts.ts'
import { dropDelta } from '../../functions/features/deltas.ts'
import { type CountedKind, createTimeline } from '../../functions/features/timeline.ts'
import { foldableAt } from '../../functions/features/visibility.ts'
import { seededUniform } from '../../functions/math/random.ts'
import { closableThrough } from '../../functions/registry/timetable.ts'
import { makeScene } from '../make/scene.ts'
import type { Comparison } from './comparison.ts'

const EVENTS = Number(process.env['BENCH_EVENTS'] ?? 5_000_000)
const DAYS = 8
const FROM_MS = Date.UTC(2026, 0, 5)
const DROP_MS = 10 * MINUTE_MS
const KINDS = ['user', 'item'] as const
const NAMES = ['impression', 'click'] as const
const WINDOWS = [1, 24, 72, 168]
const COUNTS = KINDS.flatMap((kind) =>
  NAMES.flatMap((name, place) => WINDOWS.map((window) => ({ kind, name, place, window }))),
)

const scene = makeScene()
const nearLineMs = scene.nearLineSeconds * 1000

interface Log {
  closings: { closedThroughMs: number; counts: CodedCounts }[]
  drops: { arrivalMs: number; counts: CodedCounts }[]
  /** All impressions, in order of time. */
  shown: { timeMs: number; user: string; item: string }[]
}

/** A log of popular and rare items: drops every ten minutes, some late events, some duplicates. */
function makeLog(): Log {
  const uniform = seededUniform(1)
  const raw = new Map<number, EventRow[]>()
  const kept = new Map<number, EventRow[]>()
  const add = (map: Map<number, EventRow[]>, key: number, row: EventRow): void => {
    const rows = map.get(key)
    if (rows) rows.push(row)
    else map.set(key, [row])
  }
  const log: Log = { closings: [], drops: [], shown: [] }
  for (let n = 0; n < EVENTS; n++) {
    const timeMs = FROM_MS + Math.floor((n / EVENTS) * DAYS * DAY_MS)
    const isClick = uniform() < 0.1
    const user = `u${Math.floor(uniform() * (EVENTS / 50))}`
    const item = `i${Math.floor(10_000 * uniform() ** 3)}`
    const lateMs = uniform() < 0.01 ? 3 * HOUR_MS : 0
    const arrivalMs = (Math.floor((timeMs + lateMs) / DROP_MS) + 1) * DROP_MS
    const about = { timeMs, arrivalMs, user, item }
    const row = {
      ...{ ...about, type: isClick ? 'outcome' : 'impression', outcome: isClick ? 'click' : null },
    } as EventRow
    const foldedMs = foldableAt(scene, { arrivalMs, hourMs: timeMs - (timeMs % HOUR_MS) })
    add(kept, closableThrough(scene, foldedMs), row)
    add(raw, arrivalMs, row)
    if (uniform() < 0.01) add(raw, arrivalMs, row)
    if (!isClick) log.shown.push({ timeMs, user, item })
  }
  for (const [closedThroughMs, rows] of [...kept].sort(([a], [b]) => a - b))
    log.closings.push({ closedThroughMs, counts: codeCounts(countEvents(rows)) })
  for (const [arrivalMs, rows] of [...raw].sort(([a], [b]) => a - b))
    log.drops.push({ arrivalMs, counts: codeCounts(dropDelta(rows, arrivalMs)) })
  return log
}

/** Sixteen counts of each impression, as columns. */
function countAll({ closings, drops, shown }: Log): Int32Array[] {
  const timeline = createTimeline({
    rule: { ...scene, exclusions: [] },
    events: { user: NAMES, item: NAMES },
    ...{ closings, drops, items: indexCatalogue([]), users: indexCatalogue([]) },
  })
  const countOf = timeline.countsAsOf({
    user: shown.map(({ user }) => user),
    item: shown.map(({ item }) => item),
    timeMs: Float64Array.from(shown, ({ timeMs }) => timeMs),
  })
  return COUNTS.map(({ kind, name, window }) => countOf(kind, name, window, true))
}

type Numbers = Int32Array | Float64Array
function writeNumbers(path: string, columns: Record<string, Numbers>): void {
  const writer = new ByteWriter()
  const columnData = Object.entries(columns).map(([name, data]) => ({
    name,
    data: data as never,
    type: data instanceof Int32Array ? ('INT32' as const) : ('DOUBLE' as const),
  }))
  parquetWrite({ writer, columnData, codec: 'UNCOMPRESSED' })
  writeFileSync(path, new Uint8Array(writer.getBuffer()))
}

/** The same rows with numbers for ids, so that the peer compares no texts either. */
function writeInputs(folder: string, { closings, drops, shown }: Log): void {
  const files = [
    ...closings.map(({ closedThroughMs, counts }) => ({ atMs: closedThroughMs, counts, open: 0 })),
    ...drops.map(({ arrivalMs, counts }) => ({ atMs: arrivalMs, counts, open: 1 })),
  ]
  for (const kind of KINDS) {
    const length = files.reduce((sum, { counts }) => sum + counts[kind].id.length, 0)
    const make = () => new Int32Array(length)
    const columns = { id: make(), name: make(), hour: make(), n: make(), open: make() }
    const at = new Float64Array(length)
    let row = 0
    for (const { atMs, counts, open } of files) {
      const { ids, events, id, event, hour, count } = counts[kind]
      for (let i = 0; i < id.length; i++, row++) {
        columns.id[row] = Number(ids[id[i]!]!.slice(1))
        columns.name[row] = (NAMES as readonly string[]).indexOf(events[event[i]!]!)
        columns.hour[row] = hour[i]!
        columns.n[row] = count[i]!
        columns.open[row] = open
        at[row] = atMs
      }
    }
    writeNumbers(join(folder, `${kind}.parquet`), { ...columns, at_ms: at })
  }
  const idOf = (kind: CountedKind) => Int32Array.from(shown, (one) => Number(one[kind].slice(1)))
  writeNumbers(join(folder, 'shown.parquet'), {
    place: Int32Array.from(shown, (_, place) => place),
    t: Float64Array.from(shown, ({ timeMs }) => timeMs),
    ...{ user: idOf('user'), item: idOf('item') },
  })
}

const columnOf = (kind: string, name: string, window: number): string => `${kind}_${name}_${window}`
/** The first closing run at or after an instant, in SQL. The feed closes hours at five past. */
const runAt = (ms: string): string =>
  `(ceil((${ms} - ${5 * MINUTE_MS}) / ${HOUR_MS}) * ${HOUR_MS} + ${5 * MINUTE_MS})`

async function load(connection: DuckDBConnection, folder: string): Promise<void> {
  const published = runAt(`at_ms + ${scene.latenessMinutes * MINUTE_MS}`)
  const folded = `greatest(${runAt(`(hour + 1.0) * ${HOUR_MS} + ${scene.latenessMinutes * MINUTE_MS}`)}, ${runAt(`at_ms + ${35 * MINUTE_MS}`)})`
  for (const kind of KINDS)
    await connection.run(`CREATE TABLE ${kind}_spans AS
      SELECT id, name, hour, n,
        CASE open WHEN 1 THEN at_ms + ${nearLineMs} ELSE ${published} END AS from_ms,
        CASE open WHEN 1 THEN ${folded} ELSE 9e15 END AS until_ms
      FROM '${folder}/${kind}.parquet'`)
  await connection.run(
    `CREATE TABLE shown AS SELECT *, floor(t / ${HOUR_MS})::INT AS hour FROM '${folder}/shown.parquet'`,
  )
}

/** One window join for each count. */
async function joinWindows(connection: DuckDBConnection): Promise<void> {
  for (const { kind, name, place, window } of COUNTS) {
    const column = columnOf(kind, name, window)
    await connection.run(`CREATE OR REPLACE TABLE ${column} AS
      SELECT q.place, coalesce(sum(n), 0)::INT AS ${column} FROM shown q LEFT JOIN ${kind}_spans s
        ON s.name = ${place} AND s.id = q.${kind}
          AND s.hour BETWEEN q.hour - ${window} AND q.hour
          AND s.from_ms <= q.t AND q.t < s.until_ms
      GROUP BY q.place`)
  }
}

/** The number of rows in which any count differs. */
async function countDifferent(
  connection: DuckDBConnection,
  folder: string,
  columns: readonly Int32Array[],
): Promise<number> {
  const names = COUNTS.map(({ kind, name, window }) => columnOf(kind, name, window))
  const place = Int32Array.from(columns[0]!, (_, i) => i)
  const ours = Object.fromEntries(names.map((name, i) => [name, columns[i]!]))
  writeNumbers(join(folder, 'ours.parquet'), { place, ...ours })
  const differ = names.map((name) => `o.${name} IS DISTINCT FROM p.${name}`).join(' OR ')
  const peers = `SELECT * FROM ${names[0]} ${names
    .slice(1)
    .map((name) => `JOIN ${name} USING (place)`)
    .join(' ')}`
  const result = await connection.runAndReadAll(
    `SELECT count(*) FROM '${folder}/ours.parquet' o FULL JOIN (${peers}) p USING (place) WHERE ${differ}`,
  )
  return Number(result.getRows()[0]![0])
}

/** Seconds by the clock, and of all threads of the processor. */
async function timed(work: () => unknown): Promise<{ seconds: number; busySeconds: number }> {
  const began = performance.now()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return { seconds: (performance.now() - began) / 1000, busySeconds: (user + system) / 1e6 }
}

/** Sixteen counts as of each impression: users and items, two events, four windows. */
export async function benchValues(): Promise<Comparison[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  const instance = await DuckDBInstance.create()
  try {
    const log = makeLog()
    const connection = await instance.connect()
    writeInputs(folder, log)
    await load(connection, folder)
    let columns: Int32Array[] = []
    const ours = await timed(() => {
      columns = countAll(log)
    })
    const peers = await timed(() => joinWindows(connection))
    const different = await countDifferent(connection, folder, columns)
    if (different > 0) throw new Error(`${different} of ${log.shown.length} rows differ`)
    const rows = log.shown.length
    return [
      {
        what: `16 counts as of ${rows} impressions, ${EVENTS} events`,
        unit: 'impressions/s',
        ours: rows / ours.seconds,
        peer: "DuckDB's window joins",
        peers: rows / peers.seconds,
        note: `all rows equal; ${ours.busySeconds.toFixed(1)} s of the processor against ${peers.busySeconds.toFixed(1)} s`,
      },
    ]
  } finally {
    instance.closeSync()
    rmSync(folder, { recursive: true, force: true })
  }
}
