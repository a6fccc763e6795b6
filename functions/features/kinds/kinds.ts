import type { Feature, FeatureOf } from '../../contract/features.ts'
import { affinity, frequency } from './affinity.ts'
import { age } from './age.ts'
import { category } from './category.ts'
import { contentMatch } from './content-match.ts'
import { count } from './count.ts'
import { cross } from './cross.ts'
import { decayedCount, decayedRate } from './decayed.ts'
import { distinct } from './distinct.ts'
import { graphDistance } from './graph-distance.ts'
import { graphLink } from './graph-link.ts'
import type { FeatureKind } from './kind.ts'
import { lastItems, lastValue } from './last.ts'
import { number } from './number.ts'
import { quantile } from './quantile.ts'
import { rate, ratio } from './rate.ts'
import { recency } from './recency.ts'
import { relative } from './relative.ts'
import { session } from './session.ts'
import { slate } from './slate.ts'
import { spaceScore } from './space-score.ts'
import { mean, sum } from './sum.ts'
import { textMatch } from './text-match.ts'

/** Every kind of feature, by its name in a scene. */
const KINDS: { readonly [K in Feature['kind']]: FeatureKind<FeatureOf<K>> } = {
  category,
  cross,
  count,
  rate,
  ratio,
  sum,
  mean,
  'decayed-count': decayedCount,
  'decayed-rate': decayedRate,
  recency,
  'last-value': lastValue,
  'last-items': lastItems,
  distinct,
  quantile,
  affinity,
  frequency,
  session,
  number,
  age,
  relative,
  slate,
  'text-match': textMatch,
  'space-score': spaceScore,
  'content-match': contentMatch,
  'graph-link': graphLink,
  'graph-distance': graphDistance,
}

export const kindOf = <F extends Feature>({ kind }: F): FeatureKind<F> =>
  KINDS[kind] as unknown as FeatureKind<F>
