import { describe, expect, test } from 'vitest'
import { renderPage } from '../../functions/report/page.ts'
import { makeFindings } from '../make/findings.ts'

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
