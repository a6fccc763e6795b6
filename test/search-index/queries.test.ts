import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../functions/contract/time.ts'
import { drawSearches } from '../../functions/report/searches.ts'
import { compareIndexes } from '../../functions/search-index/gate.ts'
import { indexDrop } from '../../functions/search-index/index-drop.ts'
import { askedProbes } from '../../functions/search-index/probes.ts'
import { countQueries, type LoggedRow } from '../../functions/search-index/query-log.ts'
import { openSearched } from '../../functions/search-index/rebuild.ts'
import { reportQueries } from '../../functions/search-index/report-queries.ts'
import { loadState } from '../../functions/search-index/state.ts'
import { DAY0_MS } from '../make/events.ts'
import { portsOf, SHOP, searchWorld } from '../make/search-world.ts'
import { putStatements } from '../make/statements.ts'

let requests = 0
/** A request by a user: its slate, and which of it was clicked. */
function asked(query: string, user: string, slate: string[], clicked: string[] = []): LoggedRow[] {
  const request = `request-${requests++}`
  const common = { timeMs: DAY0_MS + requests, user, request }
  return [
    ...slate.map((item, n) => ({
      ...{ ...common, item, type: 'impression', outcome: null, position: n + 1 },
      context: JSON.stringify({ query, device: 'phone' }),
    })),
    ...clicked.map((item) => ({
      ...{ ...common, item, type: 'outcome', outcome: 'click', position: null, context: null },
    })),
  ]
}
const users = (count: number): string[] => Array.from({ length: count }, (_, n) => `user-${n}`)

const ROWS = [
  ...users(20).flatMap((user) => asked(' Red  Lamp', user, ['lamp-1', 'lamp-2'], ['lamp-1'])),
  ...users(15).flatMap((user) => asked('crimson light', user, ['lamp-1', 'chair-1'], ['lamp-1'])),
  ...users(6).flatMap((user) => asked('hoverboard', user, ['chair-1'])),
  ...users(4).flatMap((user) => asked('my own name', user, ['chair-1'], ['chair-1'])),
]

async function searched() {
  const world = searchWorld()
  const items = ['lamp-1', 'lamp-2', 'chair-1'].map((id) => ({
    ...{ id, timeMs: DAY0_MS },
    attributes: { title: id.startsWith('lamp') ? `Red lamp ${id}` : 'White chair light' },
  }))
  await indexDrop(portsOf(world), SHOP, await putStatements(world.lake, 'items', DAY0_MS, items))
  const [generation] = (await loadState(world.online, 'feed')).generations
  return (await openSearched(portsOf(world), generation!))!
}
const read = { fromMs: DAY0_MS, throughMs: DAY0_MS + DAY_MS, log: countQueries(ROWS, 'click') }

describe('the log of queries', () => {
  test('Texts that differ in case and blanks are one query', () => {
    const lamp = read.log.queries.get('red lamp')!
    expect([lamp.requests.size, lamp.users.size, lamp.clicked.get('lamp-1')]).toEqual([20, 20, 20])
    expect(lamp.positions).toEqual(Array.from({ length: 20 }, () => 1))
    expect(read.log.positions.get(2)).toEqual({ shown: 35, clicks: 0 })
  })

  test('A prompt is the query of a request without one', () => {
    const [shown] = asked('', 'user-0', ['lamp-1'])
    const contexts = [
      { prompt: 'Which  lamp?' },
      { prompt: ['which ', 'lamp?'] },
      { query: 'Red', prompt: 'Which lamp?' },
      { prompt: '' },
      { prompt: 7 },
    ]
    const rows = contexts.map((context, n) => ({
      ...{ ...shown!, request: `prompt-${n}`, context: JSON.stringify(context) },
    }))
    const { queries } = countQueries(rows, 'click')
    expect([...queries].map(([query, { requests }]) => [query, requests.size])).toEqual([
      ['which lamp?', 2],
      ['red', 1],
    ])
  })

  test('The report names no query of fewer than five people', async () => {
    const report = reportQueries('feed', read, await searched())
    expect(report).toMatchObject({ requests: 45, distinct: 4, rare: 4 })
    expect(report.queries.map(({ query, found }) => [query, found])).toEqual([
      ['red lamp', 2],
      ['crimson light', 1],
      ['hoverboard', 0],
    ])
    expect(JSON.stringify(report)).not.toContain('my own name')
  })

  test('Unknown words and queries of equal clicks are suggested', async () => {
    const { unknown, synonyms } = reportQueries('feed', read, await searched())
    expect(unknown).toEqual([
      { term: 'crimson', requests: 15 },
      { term: 'hoverboard', requests: 6 },
    ])
    expect(synonyms).toEqual([{ a: 'red lamp', b: 'crimson light', cosine: 1 }])
  })

  test('The page shows the report, with texts escaped', async () => {
    const rows = users(9).flatMap((user) => asked('<b>lamp', user, ['lamp-1'], ['lamp-1']))
    const log = countQueries([...ROWS, ...rows], 'click')
    const page = drawSearches({ feed: [reportQueries('feed', { ...read, log }, await searched())] })
    expect(page).toContain('&#60;b&#62;lamp')
    expect(page).not.toContain('<b>')
    expect(page).toContain('hoverboard')
    expect(page).toContain('54 requests with 5 different queries')
    expect(drawSearches({ feed: [] })).toBe('')
  })

  test('An index that loses what people click is refused', async () => {
    const served = await searched()
    const probes = askedProbes(read.log)
    expect(probes.map(({ query }) => query)).toEqual(['red lamp', 'crimson light', 'hoverboard'])
    expect(compareIndexes(served, served, probes)).toMatchObject({ isAccepted: true, overlap: 1 })
    const { segments } = served.index
    const empty = { ...served.index, segments: segments.slice(1) }
    const lamps = ['red lamp', 'lamp', 'red', 'lamp 1'].map((query) => ({
      ...{ query, id: null, clicked: new Set(['lamp-1']) },
    }))
    const { isAccepted, reason } = compareIndexes(served, { ...served, index: empty }, lamps)
    expect(isAccepted).toBe(false)
    expect(reason).toMatch(/nDCG@10 of what people clicked fell from 1\.000 to 0\.000/)
  })
})
