import type { Accusation } from './bad-window.ts'
import { type Campaign, findCampaigns } from './campaigns.ts'
import type { ScreenedEvents } from './events.ts'
import { clickedImpressions, type ExpectedClicks, fitExpectedClicks } from './expected-clicks.ts'
import { onceFor } from './once.ts'
import { findPromoters, findTouched } from './promoters.ts'
import {
  clicksByUser,
  findFocused,
  fitRepeats,
  type RepeatModel,
  type Suspect,
} from './repeated-clicks.ts'
import { countUserItems } from './user-items.ts'

interface RepeatScreening {
  model: RepeatModel
  focused: ReadonlyMap<number, Suspect>
  campaigns: readonly Campaign[]
  promoters: ReadonlyMap<number, Accusation>
  /** By user: 1 for a suspect, and for one that clicked several items of a campaign. */
  leftOut: Uint8Array
}

/** Each round leaves suspects of the one before out of the fit, so that cheats do not mask each other. */
const ROUNDS = 5

function screen(events: ScreenedEvents): RepeatScreening {
  const pairs = countUserItems(events, clickedImpressions(events))
  const clicks = clicksByUser(pairs)
  let suspects = new Set<number>()
  for (let round = 1; ; round++) {
    const isSuspect = (user: number): boolean => suspects.has(user)
    const model = fitRepeats(pairs, clicks, events.items.length, isSuspect)
    const focused = findFocused(model)
    const campaigns = findCampaigns(model, isSuspect)
    const promoters = findPromoters(model, campaigns)
    const touched = findTouched(model, campaigns)
    const found = new Set([...focused.keys(), ...promoters.keys(), ...touched])
    if (round === ROUNDS || found.size === suspects.size)
      return {
        ...{ model, focused, campaigns, promoters },
        leftOut: Uint8Array.from(events.users, (_, user) => (found.has(user) ? 1 : 0)),
      }
    suspects = found
  }
}

/** Repeated clicks, focused users, campaigns and their promoters. O(events). */
export const screenRepeats = onceFor(screen)

/**
 * The expected click probability by position, item and user, fitted to the users that no repeat makes
 * suspect. O(events).
 */
export const expectedClicks = onceFor(
  (events): ExpectedClicks => fitExpectedClicks(events, screenRepeats(events).leftOut),
)
