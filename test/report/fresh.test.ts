import { describe, expect, test } from 'vitest'
import { freshResultSchema } from '../../functions/contract/fresh.ts'
import { drawFresh, renderFreshPage } from '../../functions/report/fresh.ts'
import { renderPage } from '../../functions/report/page.ts'
import { makeFindings } from '../make/findings.ts'
import { makeFreshResult } from '../make/fresh-result.ts'

describe('the page of what freshness pays', () => {
  const result = freshResultSchema.parse(makeFreshResult())
  const page = renderFreshPage(result)

  test('is one self-contained page: no script, no request to anywhere', () => {
    expect(page).not.toMatch(/<script|<link|<img|@import|url\((?!#)/i)
    const addresses = [...page.matchAll(/https?:\/\/[^"'\s<]+/g)].map(([address]) => address)
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([])
  })

  test('gives the same bytes for the same result', () => {
    expect(renderFreshPage(makeFreshResult())).toBe(page)
  })

  test('has a figure for each group that was measured and says nothing of the others', () => {
    expect(page.split('<svg').length - 1).toBe(2)
    expect(page).toContain('Dose and response')
    expect(page).not.toContain('Forgetting')
  })

  test('shows a gain as what an arm takes off the normalized entropy, with its interval', () => {
    expect(page).toContain('drift 2, full + daily + hourly\n+0.0400 [+0.0390, +0.0410]')
    expect(page).toContain('−0.0400 [−0.0410, −0.0390]')
  })

  test('shows markup in a note as it was written', () => {
    expect(page).toContain('rates &#60;moved&#62;')
    expect(page).not.toContain('<moved>')
  })

  test('is a section of the run’s page where there is a result, and leaves no trace where there is none', () => {
    const findings = makeFindings()
    expect(renderPage(findings, { fresh: result })).toContain(drawFresh(result))
    expect(renderPage(findings)).not.toContain('freshness')
  })
})
