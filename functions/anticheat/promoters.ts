import { logNegativeBinomialTail } from '../math/negative-binomial.ts'
import type { Accusation } from './bad-window.ts'
import { LOG_FALSE_RUNS } from './bound.ts'
import type { Campaign } from './campaigns.ts'
import { countTested, type RepeatModel } from './repeated-clicks.ts'

/** One item can be a habit. */
const MIN_ITEMS = 2

/** A user's clicks by campaign. */
function clicksByCampaign(
  user: number,
  { pairs }: RepeatModel,
  campaignOf: ReadonlyMap<number, number>,
): Map<number, { items: number[]; clicks: number }> {
  const parts = new Map<number, { items: number[]; clicks: number }>()
  for (let row = pairs.starts[user]!; row < pairs.starts[user + 1]!; row++) {
    const campaign = campaignOf.get(pairs.item[row]!)
    if (campaign === undefined || pairs.clicks[row] === 0) continue
    const part = parts.get(campaign) ?? { items: [], clicks: 0 }
    part.items.push(pairs.item[row]!)
    part.clicks += pairs.clicks[row]!
    parts.set(campaign, part)
  }
  return parts
}

function campaignsByItem(campaigns: readonly Campaign[]): Map<number, number> {
  const campaignOf = new Map<number, number>()
  for (const [n, { items }] of campaigns.entries())
    for (const item of items) campaignOf.set(item, n)
  return campaignOf
}

/**
 * Users that clicked several items of a campaign, by chance or not. The null model is fitted without them. An
 * honest log has no campaigns, so nobody is left out of its fit.
 */
export function findTouched(model: RepeatModel, campaigns: readonly Campaign[]): Set<number> {
  const campaignOf = campaignsByItem(campaigns)
  const found = new Set<number>()
  for (let user = 0; user < model.clicks.length && campaigns.length > 0; user++)
    for (const { items } of clicksByCampaign(user, model, campaignOf).values())
      if (items.length >= MIN_ITEMS) found.add(user)
  return found
}

/**
 * Users whose clicks go to the items of a campaign at the expense of the rest. Null model: a user's clicks on a
 * campaign's items are as many as the items' share of all clickers says, times a gamma factor of the
 * measured shape (negative binomial). Bonferroni over users and campaigns. O(pairs).
 */
export function findPromoters(
  model: RepeatModel,
  campaigns: readonly Campaign[],
): Map<number, Accusation> {
  const found = new Map<number, Accusation>()
  const campaignOf = campaignsByItem(campaigns)
  const logTests = Math.log(countTested(model.clicks) * campaigns.length)
  for (let user = 0; user < model.clicks.length && campaigns.length > 0; user++)
    for (const [campaign, part] of clicksByCampaign(user, model, campaignOf)) {
      if (part.items.length < MIN_ITEMS) continue
      const expected = model.clicks[user]! * campaigns[campaign]!.share
      const logChance = logNegativeBinomialTail(part.clicks, expected, model.shape) + logTests
      if (logChance <= LOG_FALSE_RUNS && logChance < (found.get(user)?.logChance ?? 0))
        found.set(user, { user, items: part.items, logChance, expected })
    }
  return found
}
