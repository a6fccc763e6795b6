import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { easeMethod } from '../../../functions/embeddings/recommend/ease.ts'
import type { Method, Settings } from '../../../functions/embeddings/recommend/interactions.ts'
import { itemKnnMethod } from '../../../functions/embeddings/recommend/item-knn.ts'
import { judge } from '../../../functions/embeddings/recommend/judge.ts'
import { popularityMethod } from '../../../functions/embeddings/recommend/popularity.ts'
import { splitLastOut } from '../../../functions/embeddings/recommend/split.ts'
import { type Act, actsOf } from '../graph/interactions.ts'

const folder = process.env['QUARTERMASTER_DATA']

/**
 * The convention: every rating is an event, ties are in the order of the file, the user's last item is left
 * out, and all items that the user did not rate are ranked.
 */
const readActs = (): Act[] =>
  gunzipSync(readFileSync(join(folder!, 'ml-100k', 'ml-100k.inter.gz')))
    .toString()
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .map(([user, item, , seconds]): Act => [user!, item!, Number(seconds) / 60])

// The published ranges, and EASE with the recency that the last event but one chooses.
const figures: [string, Method, Settings, hitRate: [number, number], ndcg: [number, number]][] = [
  ['popularity', popularityMethod, {}, [0.085, 0.087], [0.0445, 0.0455]],
  ['item-kNN', itemKnnMethod(), { neighbours: 20 }, [0.119, 0.1355], [0.058, 0.069]],
  ['EASE', easeMethod(), { l2: 500 }, [0.144, 0.147], [0.073, 0.075]],
  ['EASE of recent items', easeMethod(), { l2: 200, halfLifeItems: 25 }, [0.17, 0.19], [0.09, 0.1]],
]

test.skipIf(!folder)('MovieLens 100k gives the published figures', () => {
  const split = splitLastOut(actsOf(readActs(), Number.POSITIVE_INFINITY))
  const heldOut = { known: split.history, events: split.test }
  for (const [name, method, settings, hitRate, ndcg] of figures) {
    const judged = judge(method.prepare(split.history)(settings), heldOut)
    expect(judged.users, name).toHaveLength(943)
    for (const [found, [low, high]] of [
      [judged.hitRate, hitRate],
      [judged.ndcg, ndcg],
    ] as const) {
      expect(found, name).toBeGreaterThan(low)
      expect(found, name).toBeLessThan(high)
    }
  }
})
