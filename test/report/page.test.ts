import { describe, expect, test } from 'vitest'
import { renderPage } from '../../functions/report/page.ts'
import { comparePoison } from '../../functions/report/poison.ts'
import { makeFindings } from '../make/findings.ts'
import { makeScene } from '../make/scene.ts'
import { makeThreeTiers } from '../make/three-tiers.ts'

describe('the report page', () => {
  const findings = makeFindings()
  const page = renderPage(findings)

  test('is one self-contained page: no script, no request to anywhere', () => {
    expect(page).not.toMatch(/<script|<link|<img|@import|url\((?!#)/i)
    const addresses = [...page.matchAll(/https?:\/\/[^"'\s<]+/g)].map(([address]) => address)
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([])
  })

  test('gives the same bytes for the same findings', () => {
    expect(renderPage(makeFindings())).toBe(page)
  })

  test('draws each version in the lineage and writes each decision with its reason', () => {
    for (const { version } of findings.versions)
      expect(page.split(version).length).toBeGreaterThan(2)
    expect(page).toContain('every gate passed')
  })

  test('shows markup in a reason as it was written', () => {
    expect(page).toContain('log loss is &#60;worse&#62; than the champion')
    expect(page).not.toContain('<worse>')
  })

  test('leaves an undefined metric out of the figure and shows a dash in the table', () => {
    const dots = (text: string): number => text.split('auc 0.').length - 1
    expect(dots(page)).toBe(findings.versions.length - 1)
    expect(page).toContain('<td class="none">–</td>')
  })

  test('says how many records quarantine has no copy of, where there are some', () => {
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

  test('says how the newest full ranks, where its log has no impressions', () => {
    expect(page).not.toContain('hit rate')
    const popularity = { hitRate10: 0.2, ndcg10: 0.1 }
    const ranking = { users: 1500, items: 90, hitRate10: 0.25, ndcg10: 0.125, popularity }
    const [first, ...others] = findings.versions
    const ranked = { ...findings, versions: [{ ...first!, ranking }, ...others] }
    expect(renderPage(ranked)).toContain(
      `${first!.version}: hit rate at 10 0.2500, NDCG at 10 0.1250; by popularity 0.2000 and 0.1000 (the last choice of 1,500 users among 90 items)`,
    )
  })

  test('draws a run in which nothing has happened yet', () => {
    const empty = renderPage({
      ...makeFindings(0),
      dataFromMs: null,
      dataThroughMs: null,
      current: { feed: null },
    })
    expect(empty).toContain('no closed hour yet')
    expect(empty).toContain('No version has been trained yet')
  })
})

describe('the report page of three tiers', () => {
  const findings = makeThreeTiers()
  const bases = findings.versions.filter(({ tier }) => tier !== 'hourly')
  const increments = findings.versions.filter(({ tier }) => tier === 'hourly')
  const runs = [{ tier: 'hourly' as const, count: 20, medianSeconds: 2.5, maxSeconds: 4.25 }]
  const poison = comparePoison(findings, [makeScene()])
  const page = renderPage(findings, { runs, poison })
  const section = (title: string): string =>
    page.slice(page.indexOf(`<h2>${title}`)).split('<h2>')[1]!

  test('draws one row a base, and every hour of the chain on it', () => {
    const lineage = section('Lineage')
    for (const { version } of bases) expect(lineage).toContain(`>${version}</text>`)
    for (const { version } of increments) {
      expect(lineage).toContain(`<title>${version} (`)
      expect(lineage).not.toContain(`>${version}</text>`)
    }
  })

  test('draws a relapse in the lineage, over quality and over freshness', () => {
    expect(section('Lineage')).toMatch(/rollback, full|rollback, daily/)
    const upright = (title: string): number => section(title).split('stroke-dasharray="2,3"').length
    expect(upright('Quality')).toBeGreaterThan(1)
    expect(upright('Freshness')).toBeGreaterThan(1)
    expect(section('Turned down')).toContain('the chain relapsed')
  })

  test('folds the hours beneath their base, with how they did beside it on the same rows', () => {
    const table = section('Versions')
    expect(table.split('<details>').length - 1).toBe(bases.length)
    expect(table).toContain("AUC 0.7500 against the base's 0.6500")
    for (const { version } of increments)
      expect(table.indexOf(`nowrap">${version}`)).toBeGreaterThan(table.indexOf('<details>'))
  })

  test('folds hourly flips between other decisions, and keeps the order of time', () => {
    const list = section('Decisions')
    const times = [...list.matchAll(/<time>([^<]+)/g)].map(([, time]) => time!)
    expect(times).toHaveLength(2)
    expect(times).toEqual([...times].sort())
    expect(list).toContain(`${increments.length} hourly releases`)
    expect(list.indexOf('hourly releases')).toBeLessThan(list.indexOf('rollback'))
  })

  test('shows the bound that is stated beside the life that was measured, and the real seconds', () => {
    const { measured, stated } = poison['feed']!
    const life = measured.find(({ tier }) => tier === 'hourly')!
    const row = section('How long')
      .split('<tr>')
      .find((text) => text.includes('>hourly<'))!
    expect(row).toContain('26.5 h')
    expect(row).toContain(`${Number(life.maxHours.toFixed(1))} h`)
    expect(stated.find(({ tier }) => tier === 'hourly')!.scheduleHours).toBe(26.5)
    expect(section('Freshness')).toContain('4.3 s')
  })
})
