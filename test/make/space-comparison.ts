import type { SpaceComparison } from '../../functions/contract/space-comparison.ts'
import { seededUniform } from '../../functions/math/random.ts'

const CATEGORIES = ['books', 'films', 'games', 'music', 'news', 'shoes']

/** `count` items in clusters by category, on a ring. */
function pointsOf(count: number, categories: readonly (string | null)[]) {
  const uniform = seededUniform(count)
  return Array.from({ length: count }, (_, n) => {
    const category = categories[n % categories.length]!
    const angle = (2 * Math.PI * (n % categories.length)) / categories.length
    const [x, y] = [Math.cos(angle), Math.sin(angle)].map((middle) => middle + 0.4 * uniform())
    return { id: `i${n}`, title: `Title ${n}`, category, x: x!, y: y! }
  })
}

const matrix = (name: string, rows: number) => ({
  ...{ matrix: name, rows, notFinite: 0, zero: 0, medianNorm: 2.1, maxNorm: 4 },
  ...{ normOfSeeds: 1.01, normOfServed: 0.98 },
})
const candidate = (name: string, hitRate: number) => ({
  ...{ name, hitRate, ndcg: hitRate / 2, coverage: 0.3, difference: { low: 0.01, high: 0.09 } },
})

export interface MadeComparison {
  generation: string
  served?: string | null
  isAccepted?: boolean
  reason?: string
  points?: number
  categories?: readonly (string | null)[]
}

/** What a gate found of a generation of 60 items and 200 users. */
export function makeComparison({
  generation,
  served = null,
  isAccepted = true,
  reason = 'every check passed',
  points = 60,
  categories = CATEGORIES,
}: MadeComparison): SpaceComparison {
  const drawn = pointsOf(points, categories)
  const near = (n: number) => Array.from({ length: 10 }, (_, k) => `i${(n + k + 1) % 60}`)
  const overlaps = [['in', 0.57] as const, ['out', 0.4] as const, ['users', 0.5] as const]
  return {
    ...{ scene: 'feed', generation, servedGeneration: served, dataThroughMs: 1000 },
    ...{ isAccepted, reason, leftOut: ['new items reachable: 3 new items, fewer than 10'] },
    alignment: served === null ? 'there is no served space' : 'rotated on 58 common items',
    figures: {
      ...{ items: 60, users: 200, documents: 0, directions: null },
      matrices: [matrix('items.in', 60), matrix('items.out', 60), matrix('users.in', 200)],
      overlaps: overlaps.map(([side, kept]) => ({
        ...{ side, queries: 60, depth: 10, seeds: kept + 0.05, chance: 0.02 },
        served: served === null ? null : kept,
        seedsServed: served === null ? null : kept - 0.01,
      })),
      drift:
        served === null
          ? null
          : { common: 58, cosine: { in: 0.914, out: 0.9 }, best: { in: 0.921, out: 0.91 } },
      recall: {
        in: { recall: 0.996, queries: 60, selfFound: 1 },
        out: { recall: 0.991, queries: 60, selfFound: 0.999 },
      },
      lists: {
        ...{ users: 180, chosen: 'ease', chosenForItems: 'item-knn' },
        candidates: [
          candidate('ease', 0.303),
          candidate('item-knn', 0.25),
          candidate('popularity', 0.125),
        ],
        ...{ coverage: 0.62, newItems: 12, newReachable: 0.83 },
      },
    },
    map: {
      points: drawn,
      neighbours: Array.from({ length: 10 }, (_, n) => ({
        id: `i${n}`,
        before: served === null ? null : near(n + 4),
        after: near(n),
      })),
      titles: Object.fromEntries(drawn.slice(0, 60).map(({ id, title }) => [id, title])),
    },
  }
}
