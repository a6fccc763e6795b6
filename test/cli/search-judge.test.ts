import { describe, expect, test } from 'vitest'
import { openSearchJudge, withJudge } from '../../cdk/cli/served/search-judge.ts'
import type { SlateService } from '../../cdk/cli/served/served-cells.ts'
import type { LoggedSlate } from '../../cdk/cli/served/slates.ts'
import type { Search } from '../../cdk/cli/world/search/searches.ts'
import type { Drop } from '../../cdk/cli/world/world.ts'
import { ndcg } from '../../functions/math/ndcg.ts'
import { NothingServed } from '../../functions/reader/reader.ts'
import type { Slate } from '../../functions/reader/scored-slate.ts'
import { DAY0_MS } from '../make/events.ts'

const search = (n: number, grades: readonly (0 | 1 | 2 | 3)[]): Search => ({
  ...{ userId: `u${n % 3}`, timeMs: DAY0_MS + n * 1000, context: { query: 'sofa' } },
  results: grades.map((grade, i) => ({ itemId: `i${i}`, grade })),
})
const searches = [search(1, [0, 1, 3]), search(2, [0, 0, 0]), search(3, [2, 3, 0])]
const drop = (arrivalMs: number): Drop => ({
  ...{ arrivalMs, kind: 'events', name: 'd', body: Buffer.from(''), metadata: {}, records: 0 },
})

/** A reader that scores an item by its place in a list. */
function readerOf(scoreOf: (slate: Slate) => number[]) {
  const asked: Slate[] = []
  return {
    asked,
    refresh: async () => {},
    scoreSlate: async (slate: Slate) => {
      asked.push(slate)
      return { scores: scoreOf(slate), release: 'v', sequence: 1 }
    },
  }
}
const judgeWith = (reader: Parameters<typeof openSearchJudge>[0]) =>
  openSearchJudge(reader, searches, (userId) => `pseudonym of ${userId}`)

describe('The judge of search results', () => {
  test('Both orders are judged by the known relevance of all results', async () => {
    const reader = readerOf(({ items }) => items.map((_, i) => i))
    const judge = judgeWith(reader)
    for (const slate of judge.takeBefore(Number.POSITIVE_INFINITY)) await judge.score(slate)
    const { searches: count, servedNdcg10, modelNdcg10, gain } = judge.quality()!
    expect(count).toBe(2)
    expect(servedNdcg10).toBeCloseTo((ndcg([0, 1, 3], 10)! + ndcg([2, 3, 0], 10)!) / 2, 12)
    expect(modelNdcg10).toBeCloseTo((ndcg([3, 1, 0], 10)! + ndcg([0, 3, 2], 10)!) / 2, 12)
    expect(gain.mean).toBeCloseTo(modelNdcg10 - servedNdcg10, 12)
  })

  test('The model is asked without positions, of a pseudonym, with the query', async () => {
    const reader = readerOf(({ items }) => items.map(() => 0))
    const judge = judgeWith(reader)
    for (const slate of judge.takeBefore(DAY0_MS + 1001)) await judge.score(slate)
    expect(reader.asked).toEqual([
      {
        ...{ user: 'pseudonym of u1', timeMs: DAY0_MS + 1000, context: { query: 'sofa' } },
        items: [{ item: 'i0' }, { item: 'i1' }, { item: 'i2' }],
      },
    ])
  })

  test('Before the first release nothing is judged, and other faults are thrown', async () => {
    const failing = (error: Error) => ({
      refresh: async () => {},
      scoreSlate: () => Promise.reject(error),
    })
    const judge = judgeWith(failing(new NothingServed('none yet')))
    for (const slate of judge.takeBefore(Number.POSITIVE_INFINITY)) await judge.score(slate)
    expect(judge.quality()).toBeNull()
    const broken = judgeWith(failing(new Error('no table')))
    const [slate] = broken.takeBefore(Number.POSITIVE_INFINITY)
    await expect(broken.score(slate!)).rejects.toThrow('no table')
  })

  test('Beside a service, searches are scored once and in order', async () => {
    const logged: LoggedSlate = {
      ...{ user: 'a', timeMs: DAY0_MS + 2000, context: undefined, items: [{ item: 'i1' }] },
    }
    const scored: LoggedSlate[] = []
    const service: SlateService = {
      slatesIn: async () => [logged],
      score: async (slate) => void scored.push(slate),
      itemOf: () => 'i1',
      takeLines: () => ['{}'],
    }
    const reader = readerOf(({ items }) => items.map(() => 0))
    const both = withJudge(service, judgeWith(reader))
    const slates = await both.slatesIn(drop(DAY0_MS + 60_000))
    expect(slates.map(({ timeMs }) => timeMs - DAY0_MS)).toEqual([1000, 2000, 3000])
    for (const slate of slates) await both.score(slate)
    expect(scored).toEqual([logged])
    expect(reader.asked).toHaveLength(2)
    expect(await both.slatesIn(drop(DAY0_MS + 120_000))).toEqual([logged])
    expect(both.itemOf(drop(0))).toBe('i1')
  })
})
