import type { VerdictRow } from '../contract/verdicts.ts'
import { unitInterval } from '../math/hash.ts'
import type { ScreenedEvents } from './events.ts'
import { expectedClicks } from './repeat-screening.ts'

export interface Holdback {
  /** Share of the verdicts, by their subject, that are not acted on. */
  share: number
  seed: number
}

/** All verdicts about one subject are held back, or none is. So the effect on a user can be measured. */
export const isHeldBack = (
  { subject, id }: Pick<VerdictRow, 'subject' | 'id'>,
  { share, seed }: Holdback,
): boolean => unitInterval(`holdback\n${subject}\n${id}`, seed) < share

interface Clicks {
  impressions: number
  clicks: number
}
export interface HoldbackEffect {
  /** Impressions that held-back verdicts on users cover, and those that no verdict on a user covers. */
  heldBack: Clicks
  honest: Clicks
  /** Click-through of the first by that of the others, with its 95 % interval; null without clicks. */
  ratio: { value: number; low: number; high: number } | null
}

/** The ratio of two rates, log-normal (Katz et al. 1978). Null if either has no click. */
function ratioOf(a: Clicks, b: Clicks): HoldbackEffect['ratio'] {
  if (a.clicks === 0 || b.clicks === 0) return null
  const value = a.clicks / a.impressions / (b.clicks / b.impressions)
  const variance = 1 / a.clicks - 1 / a.impressions + 1 / b.clicks - 1 / b.impressions
  const factor = Math.exp(1.959964 * Math.sqrt(variance))
  return { value, low: value / factor, high: value * factor }
}

/**
 * What held-back verdicts are worth: whether their impressions are clicked as those of honest users are.
 * A ratio near 1 says that the verdicts hit honest users, or that these cheats do no harm. O(events +
 * verdicts of a user × its events).
 */
export function measureHoldback(
  events: ScreenedEvents,
  verdicts: readonly VerdictRow[],
  holdback: Holdback,
): HoldbackEffect {
  const byUser = new Map<string, { row: VerdictRow; items: ReadonlySet<string> }[]>()
  for (const row of verdicts.filter(({ subject }) => subject === 'user')) {
    const held = { row, items: new Set(JSON.parse(row.items) as string[]) }
    const list = byUser.get(row.id)
    if (list) list.push(held)
    else byUser.set(row.id, [held])
  }
  const rowsOf = events.users.map((user) => byUser.get(user) ?? [])
  const { clicked } = expectedClicks(events)
  const heldBack = { impressions: 0, clicks: 0 }
  const honest = { impressions: 0, clicks: 0 }
  for (let place = 0; place < events.length; place++) {
    if (events.outcome[place]! >= 0) continue
    const timeMs = events.timeMs[place]!
    const covering = rowsOf[events.user[place]!]!.find(
      ({ row, items }) =>
        row.fromMs <= timeMs &&
        timeMs < row.throughMs &&
        (items.size === 0 || items.has(events.items[events.item[place]!]!)),
    )
    const isHeld = covering && covering.row.action === 'watch' && isHeldBack(covering.row, holdback)
    if (covering && !isHeld) continue
    const counts = isHeld ? heldBack : honest
    counts.impressions++
    counts.clicks += clicked[place]!
  }
  return { heldBack, honest, ratio: ratioOf(heldBack, honest) }
}
