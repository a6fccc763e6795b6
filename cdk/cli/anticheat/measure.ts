import { isAlways } from '../../../functions/anticheat/windows.ts'
import type { EventRow } from '../../../functions/contract/rows.ts'
import { floorHour } from '../../../functions/contract/time.ts'
import type { Finding, VerdictRow } from '../../../functions/contract/verdicts.ts'
import type { Fate } from './fates.ts'
import { CHEATER, type GroundTruth } from './ground-truth.ts'
import type { ScreenedLog } from './screen-log.ts'

/** Counts by name. They add up over seeds. */
export type Counts<K extends string> = Record<K, number>
export type Table<K extends string> = Record<string, Counts<K>>

export interface Measured {
  /** By planted kind: events, how many are excluded by rules or verdicts, and how many count less. */
  kinds: Table<'events' | 'cheats' | 'rules' | 'verdict' | 'weighed'>
  /**
   * By kind of verdict: all, those in which the subject cheats, and those most of whose events are
   * cheats.
   */
  verdicts: Table<'all' | 'right' | 'mostly'>
  /** The same for each detector's findings. */
  findings: Table<'all' | 'right' | 'mostly'>
  /** By role: honest users, those who lose an honest event because of what they do, and their events. */
  honest: Table<'users' | 'hit' | 'events' | 'lost'>
  /** Honest events in hours that were excluded as a whole. */
  gated: Counts<'hours' | 'events'>
  /** All events but a cat's, and those that are excluded or count less. */
  all: Counts<'events' | 'removed'>
}

function add<K extends string>(table: Table<K>, name: string, counts: Counts<K>): void {
  const own = table[name] ?? { ...counts }
  if (table[name]) for (const key of Object.keys(counts) as K[]) own[key] += counts[key]
  table[name] = own
}

const count = (condition: boolean): number => (condition ? 1 : 0)

/** The batches (an hour of one drop) of which closing excluded most honest events: a gate closed. */
function findGated(fates: readonly Fate[], truth: GroundTruth): Set<string> {
  const LEAST_EVENTS = 20
  const batches = new Map<string, { events: number; lost: number }>()
  for (const { row, fate } of fates) {
    if (!truth.isHonest(row)) continue
    const batch = batches.get(batchOf(row)) ?? { events: 0, lost: 0 }
    batch.events++
    batch.lost += count(fate === 'rules')
    batches.set(batchOf(row), batch)
  }
  const gated = [...batches].filter(
    ([, { events, lost }]) => events >= LEAST_EVENTS && lost > events / 2,
  )
  return new Set(gated.map(([batch]) => batch))
}
const batchOf = ({ timeMs, drop }: EventRow): string => `${floorHour(timeMs)} ${drop}`

function measureKinds(fates: readonly Fate[], truth: GroundTruth): Measured['kinds'] {
  const kinds: Measured['kinds'] = {}
  for (const { row, fate } of fates) {
    const kind = truth.kindOf(row)
    if (kind === null) continue
    const isCheat = truth.isCheat(row)
    add(kinds, isCheat ? kind : `${kind} (honest)`, {
      events: 1,
      cheats: count(isCheat),
      rules: count(fate === 'rules'),
      verdict: count(fate === 'verdict'),
      weighed: count(fate === 'weighed'),
    })
  }
  return kinds
}

function measureHonest(
  fates: readonly Fate[],
  truth: GroundTruth,
  gated: ReadonlySet<string>,
): Pick<Measured, 'honest' | 'gated'> {
  const users = new Map<string, Counts<'hit' | 'events' | 'lost'>>()
  let gatedEvents = 0
  for (const { row, fate, isByUser } of fates) {
    if (!truth.isHonest(row)) continue
    const own = users.get(row.user) ?? { hit: 0, events: 0, lost: 0 }
    users.set(row.user, own)
    own.events++
    const isGated = fate === 'rules' && gated.has(batchOf(row))
    if (isGated) gatedEvents++
    own.lost += count(fate !== 'kept' && !isGated)
    if (isByUser || (fate === 'rules' && !isGated)) own.hit = 1
  }
  const honest: Measured['honest'] = {}
  for (const [user, { hit, events, lost }] of users)
    add(honest, truth.roleOf(user), { users: 1, hit, events, lost })
  return { honest, gated: { hours: gated.size, events: gatedEvents } }
}

/** What a finding or a verdict covers. */
type Claim = Pick<Finding, 'subject' | 'id' | 'items' | 'fromMs' | 'throughMs'>

const NAME_OF: Readonly<Record<Claim['subject'], (row: EventRow) => string>> = {
  user: ({ user }) => user,
  item: ({ item }) => item,
  drop: ({ drop }) => drop,
  hour: ({ timeMs }) => String(floorHour(timeMs)),
}

/** Rows by subject and id, so that a claim finds its rows at once. */
function indexRows(rows: readonly EventRow[]): (claim: Claim) => EventRow[] {
  const indexes = new Map<Claim['subject'], Map<string, EventRow[]>>()
  const indexOf = (subject: Claim['subject']): Map<string, EventRow[]> => {
    const index = indexes.get(subject) ?? Map.groupBy(rows, NAME_OF[subject])
    indexes.set(subject, index)
    return index
  }
  return ({ subject, id, items, fromMs, throughMs }) =>
    (indexOf(subject).get(id) ?? []).filter(
      ({ timeMs, item }) =>
        timeMs >= fromMs && timeMs < throughMs && (items.length === 0 || items.includes(item)),
    )
}

function judgeClaim(rows: readonly EventRow[], truth: GroundTruth): Counts<'right' | 'mostly'> {
  const cheats = rows.filter(truth.isCheat).length
  return { right: count(cheats > 0), mostly: count(cheats > rows.length / 2) }
}

const nameOf = (row: VerdictRow): string => {
  if (row.subject !== 'user') return row.subject
  return isAlways(row) ? 'whole account' : 'window of a user'
}
const claimOf = (row: VerdictRow): Claim => ({
  ...{ id: row.id, fromMs: row.fromMs, throughMs: row.throughMs },
  subject: row.subject as Claim['subject'],
  items: JSON.parse(row.items) as string[],
})

/** Compares a screened log with the ground truth. */
export function measureLog(
  { accepted, verdicts, findings }: ScreenedLog,
  fates: readonly Fate[],
  truth: GroundTruth,
): Measured {
  const rowsOf = indexRows(accepted)
  const people = fates.filter(({ row }) => truth.isCheat(row) || truth.isHonest(row))
  const measured: Measured = {
    kinds: measureKinds(fates, truth),
    ...{ verdicts: {}, findings: {} },
    ...measureHonest(fates, truth, findGated(fates, truth)),
    all: { events: people.length, removed: people.filter(({ fate }) => fate !== 'kept').length },
  }
  for (const row of verdicts.filter(({ action }) => action !== 'watch')) {
    const own = rowsOf(claimOf(row))
    const isWhole = row.subject === 'user' && isAlways(row)
    const judged = judgeClaim(own, truth)
    // A whole account is right if no honest person uses it.
    const right = isWhole ? count(truth.roleOf(row.id) === CHEATER) : judged.right
    add(measured.verdicts, nameOf(row), { all: 1, ...judged, right })
  }
  for (const finding of findings)
    add(measured.findings, finding.detector, { all: 1, ...judgeClaim(rowsOf(finding), truth) })
  return measured
}

const TABLES = ['kinds', 'verdicts', 'findings', 'honest'] as const

/** The sums over seeds. */
export function sumMeasured(all: readonly Measured[]): Measured {
  const sum: Measured = {
    ...{ kinds: {}, verdicts: {}, findings: {}, honest: {} },
    gated: { hours: 0, events: 0 },
    all: { events: 0, removed: 0 },
  }
  for (const measured of all) {
    for (const table of TABLES)
      for (const [name, counts] of Object.entries(measured[table]))
        add<string>(sum[table], name, counts)
    for (const key of ['hours', 'events'] as const) sum.gated[key] += measured.gated[key]
    for (const key of ['events', 'removed'] as const) sum.all[key] += measured.all[key]
  }
  return sum
}
