import { describe, expect, test } from 'vitest'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { formatDuration, formatInstant } from '../../functions/report/format.ts'
import { renderPage } from '../../functions/report/page.ts'
import { compareContamination } from '../../functions/report/poison.ts'
import { makeFindings } from '../make/findings.ts'
import { makeScene } from '../make/scene.ts'
import { makeThreeTiers } from '../make/three-tiers.ts'

describe('The report page', () => {
  const findings = makeFindings()
  const page = renderPage(findings)

  test('The report is one page without a script or a request', () => {
    expect(page).not.toMatch(/<script|<link|<img|@import|url\((?!#)/i)
    const addresses = [...page.matchAll(/https?:\/\/[^"'\s<]+/g)].map(([address]) => address)
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([])
  })

  test('The same findings give the same bytes', () => {
    expect(renderPage(makeFindings())).toBe(page)
  })

  test('The report shows each version and each decision with its reason', () => {
    for (const { version } of findings.versions)
      expect(page.split(version).length).toBeGreaterThan(2)
    expect(page).toContain('every gate passed')
  })

  test('The report escapes markup in a reason', () => {
    expect(page).toContain('log loss is &#60;worse&#62; than the champion')
    expect(page).not.toContain('<worse>')
  })

  test('An undefined metric is a dash and no dot', () => {
    const dots = (text: string): number => text.split('auc 0.').length - 1
    expect(dots(page)).toBe(findings.versions.length - 1)
    expect(page).toContain('<td class="none number">–</td>')
  })

  test('The report counts quarantined records that have no copy', () => {
    expect(page).not.toContain('not kept')
    const position = { line: 8, byteOffset: 70, length: 9 }
    const notKept = {
      not_json: { count: 1500, first: [position] },
      too_old: { count: 2, first: [] },
    }
    const [drop, ...others] = findings.drops
    const full = { ...findings, drops: [{ ...drop!, notKept }, ...others] }
    expect(renderPage(full)).toContain('1,502 of them are counted and not kept')
  })

  test('The report shows what an event writes to the online table', () => {
    const usage = (writeUnits: number) => ({
      ...{ invocations: 1, failures: 0, seconds: 1, peakMemoryMiB: 1 },
      s3: { requests: 1, bytesIn: 1, bytesOut: 1 },
      dynamodb: {
        ...{ requests: 1, bytesIn: 1, bytesOut: 1 },
        tables: { online: { rowsWritten: 1, rowsRead: 1, writeUnits, readUnits: 1 } },
      },
    })
    const events = findings.drops.reduce((all, drop) => all + drop.events, 0)
    const stages = { fold: usage(events / 2), 'near-line': usage(events / 4), plan: usage(0) }
    expect(renderPage(findings, { stages })).toContain(
      'events: 0.750 (fold 0.500, near-line 0.250).',
    )
    expect(renderPage(findings, { stages: { plan: usage(0) } })).not.toContain('Write units')
  })

  test('The report shows the ranking of the newest full, if any', () => {
    expect(page).not.toContain('hit rate')
    const popularity = { hitRate10: 0.2, ndcg10: 0.1 }
    const ranking = { users: 1500, items: 90, hitRate10: 0.25, ndcg10: 0.125, popularity }
    const [first, ...others] = findings.versions
    const ranked = { ...findings, versions: [{ ...first!, ranking }, ...others] }
    expect(renderPage(ranked)).toContain(
      `${first!.version}: hit rate at 10 0.2500, NDCG at 10 0.1250; by popularity 0.2000 and 0.1000 (the last choice of 1,500 users among 90 items)`,
    )
  })

  test('The report of a run without data states it', () => {
    const empty = renderPage({
      ...makeFindings(0),
      dataFromMs: null,
      dataThroughMs: null,
      current: { feed: null },
    })
    expect(empty).toContain('has no closed hour yet')
    expect(empty).toContain('Nothing has been released yet; no run has ended yet.')
    expect(empty).toContain('No version has been trained yet')
  })
})

describe('The report of three tiers', () => {
  const findings = makeThreeTiers()
  const bases = findings.versions.filter(({ tier }) => tier !== 'hourly')
  const increments = findings.versions.filter(({ tier }) => tier === 'hourly')
  const runs = [{ tier: 'hourly' as const, count: 20, medianSeconds: 2.5, maxSeconds: 4.25 }]
  const poison = compareContamination(findings, [makeScene()])
  const page = renderPage(findings, { runs, poison })
  const section = (title: string): string =>
    page.slice(page.search(new RegExp(`<h2[^>]*>${title}`))).split('<h2')[1]!

  test('The lineage has a row for each base, with its chain', () => {
    const lineage = section('Lineage')
    for (const { version } of bases) expect(lineage).toContain(`>${version}</text>`)
    for (const { version } of increments) {
      expect(lineage).toContain(`<title>${version} (`)
      expect(lineage).not.toContain(`>${version}</text>`)
    }
  })

  test('A relapse is drawn in lineage, quality and freshness', () => {
    expect(section('Lineage')).toMatch(/rollback, full|rollback, daily/)
    const upright = (title: string): number => section(title).split('stroke-dasharray="2,3"').length
    expect(upright('Quality')).toBeGreaterThan(1)
    expect(upright('Freshness')).toBeGreaterThan(1)
    expect(section('Turned down')).toContain('the chain relapsed')
  })

  test('The hourly chain folds beneath its base, with both scores', () => {
    const table = section('Versions')
    expect(table.split('<details>').length - 1).toBe(bases.length)
    expect(table).toContain("AUC 0.7500 against the base's 0.6500")
    for (const { version } of increments)
      expect(table.indexOf(`nowrap">${version}`)).toBeGreaterThan(table.indexOf('<details>'))
  })

  test('Hourly releases between other decisions are one line', () => {
    const list = section('Decisions')
    const times = [...list.matchAll(/<time>([^<]+)/g)].map(([, time]) => time!)
    const [first, last] = [findings.releases[0]!, findings.releases.at(-1)!]
    expect(times).toEqual([formatInstant(first.timeMs), formatInstant(last.timeMs)])
    expect(list).toContain(`hourly released to all ${increments.length} times`)
    expect(list.indexOf('released to all')).toBeLessThan(list.indexOf('rollback'))
    for (const { version } of increments) expect(list).toContain(version)
  })

  test('The report shows the stated contamination bound beside the measured one', () => {
    const { measured, stated } = poison['feed']!
    const life = measured.find(({ tier }) => tier === 'hourly')!
    const row = section('Contamination bound')
      .split('<tr>')
      .find((text) => text.includes('>hourly<'))!
    expect(row).toContain('26 h 30 min')
    expect(row).toContain(`>${formatDuration(life.maxHours * HOUR_MS)}<`)
    expect(stated.find(({ tier }) => tier === 'hourly')!.scheduleHours).toBe(26.5)
    expect(section('Freshness')).toContain('4.3 s')
  })
})
