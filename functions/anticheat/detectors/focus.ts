import type { Finding } from '../../contract/verdicts.ts'
import { type Accusation, windowsOf } from '../bad-window.ts'
import type { ScreenedEvents } from '../events.ts'
import { screenRepeats } from '../repeat-screening.ts'

/**
 * Users whose clicks come back to a few items: hijacked accounts, draining, farms, drips. The null model and the
 * threshold are those of `findFocused`. To the items of a user it adds those of the same campaign that
 * the user clicked once. O(events).
 */
export const focus = {
  name: 'focus',
  evidence: 'volume',
  reason: 'The clicks come back to a few items far more often than chance.',
  detect(events: ScreenedEvents): Finding[] {
    const { model, focused, campaigns } = screenRepeats(events)
    const { pairs, clicks, share } = model
    const campaignOf = new Map<number, readonly number[]>()
    for (const { items } of campaigns) for (const item of items) campaignOf.set(item, items)
    const accusations = [...focused.values()].map(({ user, items, logChance }): Accusation => {
      const rows = { from: pairs.starts[user]!, through: pairs.starts[user + 1]! }
      const clicked = new Set<number>()
      for (let row = rows.from; row < rows.through; row++)
        if (pairs.clicks[row]! > 0) clicked.add(pairs.item[row]!)
      const all = new Set(items)
      for (const item of items)
        for (const other of campaignOf.get(item) ?? []) if (clicked.has(other)) all.add(other)
      const expected = [...all].reduce((sum, item) => sum + clicks[user]! * share[item]!, 0)
      return { user, items: [...all], logChance, expected }
    })
    return windowsOf(events, accusations, focus)
  },
} as const
