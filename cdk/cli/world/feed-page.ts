import { DAY_MS } from '../../../functions/contract/time.ts'
import type { Item } from './item.ts'
import type { Tastes } from './people.ts'
import { examination, type Moment, type Surface, sigmoid } from './surface.ts'

const SLATE = 8
/** Candidates among which the app's own simple ranking chooses a slate. */
const CANDIDATES = 24
const EXPLORED_SHARE = 0.15

const appeal = (tastes: Tastes, { person, timeMs }: Moment, item: Item): number =>
  0.9 * tastes.of(person, item.category, timeMs) +
  tastes.trend(item.category, timeMs) +
  item.quality +
  0.6 * Math.exp(-(timeMs - item.createdMs) / (2 * DAY_MS))

/** The app ranks by what it half knows: quality and a little of the taste, with noise. */
function chooseSlate(tastes: Tastes, moment: Moment): Item[] {
  const { draws, items } = moment
  const candidates = new Set<Item>()
  while (candidates.size < Math.min(CANDIDATES, items.length)) candidates.add(draws.pick(items))
  return [...candidates]
    .map((item) => ({
      item,
      score:
        draws.uniform() < EXPLORED_SHARE
          ? 3 * draws.normal()
          : 0.4 * appeal(tastes, moment, item) + draws.normal(),
    }))
    .sort((a, b) => b.score - a.score)
    .slice(0, SLATE)
    .map(({ item }) => item)
}

/** A feed of articles: people click on what suits their taste, the trend of the hour, and what is new. */
export const openFeedPage = (tastes: Tastes): Surface => ({
  slate: (moment) => chooseSlate(tastes, moment),
  context: () => ({}),
  chance: (moment, item, position) =>
    examination(position) * sigmoid(appeal(tastes, moment, item) - 2.4),
  logged: (event) => event,
})
