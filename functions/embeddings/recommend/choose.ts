import { bootstrapMean, type MeanInterval } from '../../math/bootstrap.ts'
import type { Method, Settings } from './interactions.ts'
import { type HeldOut, isBetter, type Judged, judge } from './judge.ts'
import type { Split } from './split.ts'

const BOOTSTRAP = { resamples: 2000, confidence: 0.95, seed: 16 }

interface Entry {
  name: string
  /** The best of the method's grid. */
  settings: Settings
  /** On the last event but one, fitted without the last two. */
  validation: Judged
  /** On the last event, fitted without it. */
  test: Judged
}

export interface RecommenderChoice {
  /** The best on the last event but one. */
  chosen: Entry
  /** In the order of the methods. */
  entries: readonly Entry[]
  /**
   * HR@k on the last event, the chosen one's minus another's, paired by user, with a 95 % interval. Null
   * without judged users.
   */
  differences: Readonly<Record<string, MeanInterval>> | null
}

/** The settings of a method that find most held-out items. The first of equals. */
function chooseSettings(method: Method, heldOut: HeldOut, k: number) {
  const fitted = method.prepare(heldOut.known)
  const best = method.grid
    .map((settings) => ({ settings, judged: judge(fitted(settings), heldOut, k) }))
    .reduce((best, next) => (isBetter(next.judged, best.judged) ? next : best))
  return { ...best, fitted }
}

/** The paired difference of hits of two judgements of the same users. */
export function hitDifference(a: Judged, b: Judged, userIds: readonly string[]): MeanInterval {
  return bootstrapMean(
    a.hits.map((hit, i) => hit - b.hits[i]!),
    new Float64Array(a.hits.length).fill(1),
    Array.from(a.users, (user) => userIds[user]!),
    BOOTSTRAP,
  )
}

/**
 * Chooses a recommender and its settings on each user's last event but one, and reports all on the last, which
 * had no part in the choice. Fits each method once for each of its settings, and once more. Where `history` is
 * `training`, the report is of what was fitted without both events.
 */
export function chooseRecommender(
  methods: readonly Method[],
  split: Split,
  k = 10,
): RecommenderChoice {
  const forChoice: HeldOut = { known: split.training, events: split.validation }
  const forReport: HeldOut = { known: split.history, events: split.test }
  const entries = methods.map((method): Entry => {
    const { settings, judged, fitted } = chooseSettings(method, forChoice, k)
    const refitted = split.history === split.training ? fitted : method.prepare(split.history)
    const test = judge(refitted(settings), forReport, k)
    return { name: method.name, settings, validation: judged, test }
  })
  const chosen = entries.reduce((best, next) =>
    isBetter(next.validation, best.validation) ? next : best,
  )
  const differences =
    chosen.test.users.length > 0
      ? Object.fromEntries(
          entries
            .filter((entry) => entry !== chosen)
            .map(({ name, test }) => [name, hitDifference(chosen.test, test, split.history.users)]),
        )
      : null
  return { chosen, entries, differences }
}
