import { readFileSync, writeFileSync } from 'node:fs'
import { HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { seededUniform } from '../../functions/math/random.ts'

/**
 * A child process: makes the samples of a log with the code in a folder, and prints what it took. The
 * folder holds this code, or that of the commit before counts were columns.
 */

type Imported = Record<string, CallableFunction>
interface EventFields {
  event: string
  timeMs: number
  arrivalMs: number
  user: string
  item: string
  [field: string]: unknown
}

const DAYS = 8
const FROM_MS = Date.UTC(2026, 0, 5)
const DROP_MS = 10 * MINUTE_MS
const [, , folder, version, size] = process.argv
const events = Number(size)
const load = (path: string): Promise<Imported> => import(`${folder}/functions/${path}.ts`)

const prior = { priorRate: 0.08, priorStrength: 20 }
const FEATURES = [
  { name: 'user', kind: 'category', of: 'user.id' },
  { name: 'item', kind: 'category', of: 'item.id' },
  { name: 'category', kind: 'category', of: 'item.category' },
  { name: 'position', kind: 'category', of: 'impression.position' },
  ...['item', 'user'].flatMap((entity) =>
    [1, 24, 168].flatMap((windowHours) => [
      { name: `${entity}_${windowHours}`, kind: 'count', entity, event: 'impression', windowHours },
      ...[{ name: `${entity}_rate_${windowHours}`, kind: 'rate', entity, outcome: 'click' }].map(
        (rate) => ({ ...rate, windowHours, ...prior }),
      ),
    ]),
  ),
]

/** Events with ids as after intake. One in ten is a click on an impression of the last minutes. */
function makeEvents(): EventFields[] {
  const uniform = seededUniform(1)
  const hash = (n: number): string =>
    (Math.imul(n + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0').repeat(4)
  const made: EventFields[] = []
  for (let n = 0; n < events; n++) {
    const timeMs = FROM_MS + Math.floor((n / events) * DAYS * 24 * HOUR_MS)
    const isOutcome = n > 0 && uniform() < 0.1
    const clicked = made[Math.max(0, n - 1 - Math.floor(uniform() * 50))]
    made.push({
      ...{ event: hash(n), type: isOutcome ? 'outcome' : 'impression', timeMs },
      arrivalMs: (Math.floor(timeMs / DROP_MS) + 1) * DROP_MS,
      user: isOutcome ? clicked!.user : hash(Math.floor((uniform() * events) / 50)),
      item: isOutcome ? clicked!.item : `item-${Math.floor(2000 * uniform() ** 3)}`,
      ...{ request: null, outcome: isOutcome ? 'click' : null, value: null },
      position: isOutcome ? null : n % 8,
      ...{ propensity: null, release: null, context: null, drop: 'd', row: n },
    })
  }
  return made
}

function groupBy(rows: EventFields[], keyOf: (row: EventFields) => number) {
  const groups = new Map<number, EventFields[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return [...groups]
}

/** Values as `makeRows` of either version takes them. */
async function openValues(rows: EventFields[], visibility: object): Promise<unknown> {
  const { countEvents } = await load('closing/counters')
  const { indexCatalogue } = await load('features/catalogue')
  const catalogues = { items: indexCatalogue!([]), users: indexCatalogue!([]) }
  if (version === 'before') {
    const { createCountIndex } = await load('features/as-of-counts')
    const counts = createCountIndex!()
    for (const [, group] of groupBy(rows, ({ timeMs }) => Math.floor(timeMs / HOUR_MS)))
      counts.add(countEvents!(group))
    return { counts, ...catalogues }
  }
  const { createTimeline } = await load('features/timeline')
  const { codeCounts } = await load('features/coded-counts')
  const { dropDelta } = await load('features/deltas')
  const closings = groupBy(rows, ({ timeMs }) => (Math.floor(timeMs / HOUR_MS) + 1) * HOUR_MS).map(
    ([closedThroughMs, group]) => ({ closedThroughMs, counts: codeCounts!(countEvents!(group)) }),
  )
  const drops = groupBy(rows, ({ arrivalMs }) => arrivalMs).map(([arrivalMs, group]) => ({
    arrivalMs,
    counts: codeCounts!(dropDelta!(group, arrivalMs)),
  }))
  const counted = ['impression', 'click']
  return createTimeline!({
    ...{ rule: { ...visibility, exclusions: [] }, events: { user: counted, item: counted } },
    ...{ closings, drops, ...catalogues },
  })
}

const visibility = {
  ...{ nearLineSeconds: 30, latenessMinutes: 60 },
  tiers: { daily: { minuteUtc: 5 } },
}
const recipe = {
  objective: 'click',
  outcome: { attributionWindowMinutes: 60, maturityHours: 1 },
  features: FEATURES,
  sampling: { negativeRate: 0.5, seed: 17 },
  visibility,
}
const rows = makeEvents()
const values = await openValues(rows, visibility)
const make = await load('samples/make')
const { featureColumns } = await load('features/cells')
const { writeColumns, writeParquet } = await load('core/parquet')
const { SAMPLE_COLUMNS } = (await load('contract/rows')) as unknown as { SAMPLE_COLUMNS: object }
const columns = { ...SAMPLE_COLUMNS, ...featureColumns!(FEATURES) }
globalThis.gc!()
// Forgets the peak of the inputs (Linux, proc(5)).
writeFileSync('/proc/self/clear_refs', '5')
const inputBytes = process.memoryUsage.rss()
const began = process.cpuUsage()
const made = (make['makeTable'] ?? make['makeRows'])!(
  ...[recipe, { own: rows, ahead: [], context: [] }, values, FROM_MS + (DAYS + 1) * 24 * HOUR_MS],
)
const { user, system } = process.cpuUsage(began)
const seconds = (user + system) / 1e6
const bytes = made.table
  ? writeColumns!(columns, (name: string) => made.table[name])
  : writeParquet!(columns, made.rows)
const status = readFileSync('/proc/self/status', 'utf8')
const peakBytes = Number(/VmHWM:\s+(\d+)/.exec(status)![1]) * 1024
const { samples, positives } = made.account
process.stdout.write(
  `${JSON.stringify({ seconds, inputBytes, peakBytes, fileBytes: bytes.length, samples, positives })}\n`,
)
