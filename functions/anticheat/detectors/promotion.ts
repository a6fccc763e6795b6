import type { Finding } from '../../contract/verdicts.ts'
import { logNegativeBinomialTail } from '../../math/negative-binomial.ts'
import { type Accusation, windowsOf } from '../bad-window.ts'
import { LOG_FALSE_RUNS } from '../bound.ts'
import { campaignsIn } from '../campaigns.ts'
import type { ScreenedEvents } from '../events.ts'
import { repeatedClicks } from '../repeated-clicks.ts'

/** One item can be a habit. */
const MIN_ITEMS = 2

/**
 * Users whose clicks go to the items of a campaign at the expense of the rest: farms and paid panels. Null model:
 * the clicks of a user on a campaign's items are as many as the items' share of all clickers says, times a
 * gamma factor of the measured shape (negative binomial). Bonferroni over users and campaigns. O(events).
 */
export const promotion = {
  name: 'promotion',
  evidence: 'choice',
  reason: 'The clicks go to items that a group of users promotes.',
  detect(events: ScreenedEvents): Finding[] {
    const { pairs, clicks, shape } = repeatedClicks(events)
    const campaigns = campaignsIn(events)
    const campaignOf = new Map<number, number>()
    for (const [n, { items }] of campaigns.entries())
      for (const item of items) campaignOf.set(item, n)
    const tests = clicks.reduce((sum, n) => sum + (n >= MIN_ITEMS ? 1 : 0), 0) * campaigns.length
    const accusations: Accusation[] = []
    for (let user = 0; user < clicks.length && campaigns.length > 0; user++) {
      const byCampaign = new Map<number, { items: number[]; clicks: number }>()
      for (let row = pairs.starts[user]!; row < pairs.starts[user + 1]!; row++) {
        const n = campaignOf.get(pairs.item[row]!)
        if (n === undefined || pairs.clicks[row] === 0) continue
        const part = byCampaign.get(n) ?? { items: [], clicks: 0 }
        part.items.push(pairs.item[row]!)
        part.clicks += pairs.clicks[row]!
        byCampaign.set(n, part)
      }
      for (const [n, part] of byCampaign) {
        if (part.items.length < MIN_ITEMS) continue
        const expected = clicks[user]! * campaigns[n]!.share
        const logChance = logNegativeBinomialTail(part.clicks, expected, shape) + Math.log(tests)
        if (logChance <= LOG_FALSE_RUNS)
          accusations.push({ user, items: part.items, logChance, expected })
      }
    }
    return windowsOf(events, accusations, promotion)
  },
} as const
