import type { EventRow, SampleRow } from '../contract/rows.ts'
import type { PairAccount, PairRow, SampleKinds } from '../contract/sample-kinds.ts'
import { unitInterval } from '../math/hash.ts'

/** An impression with its label, and the slate that it was shown in. */
export interface LabelledImpression {
  row: Pick<EventRow, 'event' | 'timeMs'>
  label: 0 | 1
  /** Null: its log names no request. */
  slate: string | null
  /** Set for a positive or negative of a draw: see negatives.ts. */
  rate?: number
}
/** What a pair takes from its samples. */
export type PairedSample = Pick<SampleRow, 'sample' | 'timeMs' | 'user' | 'weight' | 'isMature'>

/** The name of a slate of the log. A request id of two users is two slates. */
export const slateOf = ({ user, request }: Pick<EventRow, 'user' | 'request'>): string | null =>
  request === null ? null : `${user}\n${request}`

interface Slate {
  positives: PairedSample[]
  negatives: PairedSample[]
  allPositives: number
  allNegatives: number
  isDrawn: boolean
}

const nameOf = (id: string, timeMs: number): string => `${id} ${timeMs}`
const inOrder = (samples: PairedSample[]): PairedSample[] =>
  samples.sort((a, b) => a.timeMs - b.timeMs || (a.sample < b.sample ? -1 : 1))

function groupBySlate(
  labelled: readonly LabelledImpression[],
  samples: readonly PairedSample[],
): { slates: Map<string, Slate>; withoutSlate: number } {
  const kept = new Map(samples.map((sample) => [nameOf(sample.sample, sample.timeMs), sample]))
  const slates = new Map<string, Slate>()
  let withoutSlate = 0
  for (const { row, label, slate: name, rate } of labelled) {
    if (name === null) {
      withoutSlate++
      continue
    }
    let slate = slates.get(name)
    if (!slate) {
      slate = {
        ...{ positives: [], negatives: [], allPositives: 0, allNegatives: 0 },
        isDrawn: rate !== undefined,
      }
      slates.set(name, slate)
    }
    const sample = kept.get(nameOf(row.event, row.timeMs))
    if (label === 1) slate.allPositives++
    else slate.allNegatives++
    if (sample) (label === 1 ? slate.positives : slate.negatives).push(sample)
  }
  return { slates, withoutSlate }
}

/**
 * Draws `size` of the numbers below `total` without replacement: the first steps of a Fisher-Yates
 * shuffle, whose swaps are kept in a map. A hash of `name` decides. Time and memory grow with `size`.
 */
function drawNumbers(total: number, size: number, name: string, seed: number): number[] {
  const swapped = new Map<number, number>()
  return Array.from({ length: size }, (_, n) => {
    const place = n + Math.floor(unitInterval(`${name}\n${n}`, seed) * (total - n))
    const drawn = swapped.get(place) ?? place
    swapped.set(place, swapped.get(n) ?? n)
    return drawn
  })
}

/** The pairs of one slate. They do not depend on the order of its impressions. */
function pairsOf(name: string, slate: Slate, maxPerSlate: number, seed: number): PairRow[] {
  const positives = inOrder(slate.positives)
  const negatives = inOrder(slate.negatives)
  const all = positives.length * negatives.length
  const numbers =
    all > maxPerSlate
      ? drawNumbers(all, maxPerSlate, name, seed).sort((a, b) => a - b)
      : Array.from({ length: all }, (_, n) => n)
  return numbers.map((n) => {
    const preferred = positives[Math.floor(n / negatives.length)]!
    const other = negatives[n % negatives.length]!
    return {
      preferred: preferred.sample,
      preferredMs: preferred.timeMs,
      other: other.sample,
      otherMs: other.timeMs,
      user: preferred.user,
      weight: (preferred.weight * other.weight * all) / numbers.length,
      isMature: preferred.isMature && other.isMature,
    }
  })
}

/**
 * Pairs each positive sample of a slate with each negative one. `labelled` are all impressions of a shard,
 * `samples` those that sampling keeps. Beyond `maxPerSlate` a hash draws the pairs, so the same slate has
 * the same pairs in every run. Pure. In order of (preferred time, preferred, other).
 */
export function makePairs(
  { maxPerSlate }: NonNullable<SampleKinds['pairs']>,
  labelled: readonly LabelledImpression[],
  samples: readonly PairedSample[],
  seed: number,
): { rows: PairRow[]; account: PairAccount } {
  const { slates, withoutSlate } = groupBySlate(labelled, samples)
  const rows: PairRow[] = []
  const account: PairAccount = {
    ...{ slates: slates.size, paired: 0, oneSided: 0, withoutSlate },
    ...{ possible: 0, pairs: 0, capped: 0, sampledOut: 0, synthetic: 0 },
  }
  for (const [name, slate] of slates) {
    const possible = slate.allPositives * slate.allNegatives
    if (possible === 0) {
      account.oneSided++
      continue
    }
    const pairs = pairsOf(name, slate, maxPerSlate, seed)
    const sampled = slate.positives.length * slate.negatives.length
    account.paired++
    account.possible += possible
    account.sampledOut += possible - sampled
    account.capped += sampled - pairs.length
    account.pairs += pairs.length
    if (slate.isDrawn) account.synthetic += pairs.length
    for (const pair of pairs) rows.push(pair)
  }
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  rows.sort(
    (a, b) =>
      a.preferredMs - b.preferredMs ||
      compare(a.preferred, b.preferred) ||
      a.otherMs - b.otherMs ||
      compare(a.other, b.other),
  )
  return { rows, account }
}
