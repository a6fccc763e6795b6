import { expect, test } from 'vitest'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import type { VerdictReport } from '../../functions/contract/verdict-report.ts'
import { collectCheats } from '../../functions/report/cheats.ts'
import { renderPage } from '../../functions/report/page.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeFindings } from '../make/findings.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'
import { putSnapshot, verdict } from '../make/verdicts.ts'

const report: VerdictReport = {
  hours: [
    { hourMs: DAY0_MS, events: 200, excluded: { 'focus<1>': 20 }, weighed: { slow: 10 } },
    { hourMs: DAY0_MS + HOUR_MS, events: 200, excluded: {}, weighed: {} },
  ],
  detectors: { focus: { findings: 4, verdicts: 3, events: 20 } },
  actions: { exclude: 3, watch: 1 },
  changes: { found: 2, renewed: 1, expired: 5, cleared: 1 },
  recall: { estimate: 0.8, low: 0.7, high: 0.9 },
  redraws: { runs: 1, drawn: 500, findings: 1, events: 4 },
  holdback: { verdicts: 1, impressions: 50, clicks: 25, otherImpressions: 1000, otherClicks: 100 },
  honeypots: { items: 2, events: 7, users: 3 },
  topItems: [
    { item: 'hot', before: 90, after: 10 },
    { item: 'plain', before: 40, after: 40 },
  ],
}
const lake = memoryObjects()
const make = (madeMs: number, own?: VerdictReport) =>
  putSnapshot(
    lake,
    {
      ...{ scene: 'feed', madeMs, previousMs: null, screenedFromMs: DAY0_MS },
      ...{ screenedThroughMs: DAY0_MS + DAY_MS, detectorsDigest: 'd', inputsDigest: 'i' },
      ...(own && { report: own }),
    },
    [verdict()],
  )
const textOf = (page: string): string =>
  page.slice(page.indexOf('id="cheats"'), page.indexOf('id="fresh"')).replace(/<[^>]+>/g, ' ')

test('The page shows what was removed and how sure it is', async () => {
  const quiet = { ...report, redraws: { runs: 1, drawn: 700, findings: 0, events: 0 } }
  await make(DAY0_MS, quiet)
  await make(DAY0_MS + DAY_MS, report)
  await make(DAY0_MS + 2 * DAY_MS)
  const cheats = { feed: await collectCheats(lake, 'feed') }
  const page = textOf(renderPage({ ...makeFindings(), sections: { cheats } }))
  for (const expected of [
    /1 verdicts hold \(3 exclude, 1 watch\)/,
    /focus&#60;1&#62;/,
    /5\.0 %/,
    /estimated recall\s+80\.0 % \(70\.0 % to 90\.0 %\)/,
    /expected false findings\s+0\.5 of 4 \(2 redraws of 600 events\)/,
    /1 verdicts: 50\.0 % of their impressions are clicked, 10\.0 % of all others: 5\.00 times \(3\.23 to 7\.75\)/,
    /7 events of 3 users on 2 items/,
    /hot\s+90\s+10\s+88\.9 %\s+1\s+2/,
  ])
    expect(page).toMatch(expected)
})

test('A scene without screenings says so', () => {
  const sections = { cheats: { feed: [] } }
  const anticheat = { screening: 'off' as const, honeypots: [], holdback: 0.01, seed: 1 }
  const configurations = [makeScene({ anticheat })]
  expect(renderPage({ ...makeFindings(), sections })).toContain('no screening was made yet')
  expect(renderPage({ ...makeFindings(), sections }, { configurations })).toContain(
    'the configuration switches screening off',
  )
})

test('Only the newest screening keeps its hours', async () => {
  await make(DAY0_MS + 3 * DAY_MS, report)
  const [first, , , newest] = await collectCheats(lake, 'feed')
  expect(first!.report!.hours).toEqual([])
  expect(newest!.report!.hours).toEqual(report.hours)
})
