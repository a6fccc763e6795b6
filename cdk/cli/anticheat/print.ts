import { wilsonInterval } from '../../../functions/math/wilson.ts'
import { formatCount, formatTable } from '../table.ts'
import { isLookAlike } from '../world/attacks/kinds.ts'
import { ORDINARY } from './ground-truth.ts'
import type { Counts, Measured, Table } from './measure.ts'

/** Least share of events that must be found, by kind. */
const RECALL_GOALS: Readonly<Record<string, number>> = {
  ...{ 'impossible-rate': 0.99, 'quick-clicks': 0.99, 'exact-interval': 0.99 },
  ...{ 'cookie-like': 0.99, stuffing: 0.99, 'replayed-request': 0.99, 'replay-jitter': 0.99 },
  ...{ hijack: 0.95, draining: 0.95, lockstep: 0.95, 'lockstep-promotion': 0.95 },
  ...{ 'slow-drip': 0.9, camouflage: 0.85, 'click-farm': 0.7, panel: 0.6 },
}
/** Largest share of honest users hit, by role. */
const HIT_GOALS: Readonly<Record<string, number>> = {
  ...{ [ORDINARY]: 0.002, classroom: 0.01, 'flash-crowd': 0.01, 'power-users': 1 / 24 },
}
const RIGHT_GOALS: Readonly<Record<string, number>> = {
  ...{ 'whole account': 0.95, 'window of a user': 0.8 },
}
const REMOVED_GOAL = 0.002

const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`

/** A share with its interval, and with the goal where there is one. */
function shareCells(part: number, all: number, goal: string | null, isMet: boolean): string[] {
  const interval = wilsonInterval(part, all)
  if (interval === null) return ['–', '–', goal ?? '']
  const { share, low, high } = interval
  const verdict = goal === null ? '' : `${goal} ${isMet ? 'met' : 'missed'}`
  return [percent(share, 2), `${percent(low, 2)} to ${percent(high, 2)}`, verdict]
}
const atLeast = (part: number, all: number, goal: number | undefined): string[] =>
  shareCells(
    part,
    all,
    goal === undefined ? null : `≥ ${percent(goal, 0)}`,
    part >= (goal ?? 0) * all,
  )
const atMost = (part: number, all: number, goal: number | undefined): string[] =>
  shareCells(
    part,
    all,
    goal === undefined ? null : `≤ ${percent(goal)}`,
    part <= (goal ?? 0) * all + 1e-9,
  )

const inOrder = <K extends string>(table: Table<K>): [string, Counts<K>][] =>
  Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1))

function kindTable({ kinds }: Measured): string {
  const rows = inOrder(kinds).map(([kind, { events, cheats, rules, verdict, weighed }]) => [
    kind,
    formatCount(events),
    ...atLeast(rules + verdict, events, cheats > 0 ? RECALL_GOALS[kind] : undefined),
    percent(rules / events),
    percent(verdict / events),
    percent(weighed / events),
  ])
  const head = ['planted kind', 'events', 'excluded', '95 % interval', 'goal']
  return formatTable([...head, 'by rules', 'by verdicts', 'weighed'], rows)
}

const claimTable = (what: string, table: Measured['verdicts']): string =>
  formatTable(
    [what, 'all', 'right', '95 % interval', 'goal', 'mostly cheats'],
    inOrder(table).map(([name, { all, right, mostly }]) => [
      ...[name, formatCount(all), ...atLeast(right, all, RIGHT_GOALS[name])],
      percent(mostly / all),
    ]),
  )

function honestTable({ honest }: Measured): string {
  const rows = inOrder(honest).map(([role, { users, hit, events, lost }]) => [
    `${role}${isLookAlike(role) ? ' (look-alike)' : ''}`,
    ...[formatCount(users), formatCount(hit), ...atMost(hit, users, HIT_GOALS[role])],
    percent(lost / events, 2),
  ])
  const head = ['honest users', 'users', 'hit', 'share', '95 % interval', 'goal', 'events lost']
  return formatTable(head, rows)
}

/** What was measured on worlds with cheats. */
export function formatMeasured(title: string, measured: Measured): string {
  const { gated } = measured
  return [
    title,
    kindTable(measured),
    '',
    claimTable('verdict', measured.verdicts),
    '',
    claimTable('detector', measured.findings),
    '',
    honestTable(measured),
    ...(gated.hours > 0
      ? [
          `${formatCount(gated.hours)} hours of a drop excluded as a whole, with ${formatCount(gated.events)} honest events`,
        ]
      : []),
  ].join('\n')
}

/** What is removed of worlds without cheats. */
export function formatHonest(rows: readonly { name: string; measured: Measured }[]): string {
  return formatTable(
    ['world without cheats', 'events', 'removed', '95 % interval', 'goal', 'users hit'],
    rows.map(({ name, measured: { all, honest } }) => [
      name,
      formatCount(all.events),
      ...atMost(all.removed, all.events, REMOVED_GOAL),
      formatCount(Object.values(honest).reduce((sum, { hit }) => sum + hit, 0)),
    ]),
  )
}
