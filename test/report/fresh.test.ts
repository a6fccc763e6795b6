import { describe, expect, test } from 'vitest'
import { freshResultSchema } from '../../functions/contract/fresh.ts'
import { drawFresh, renderFreshPage } from '../../functions/report/fresh.ts'
import { renderPage } from '../../functions/report/page.ts'
import { makeFindings } from '../make/findings.ts'
import { makeFreshResult } from '../make/fresh-result.ts'

describe('The freshness page', () => {
  const result = freshResultSchema.parse(makeFreshResult())
  const page = renderFreshPage(result)

  test('The freshness page has no script and makes no request', () => {
    expect(page).not.toMatch(/<script|<link|<img|@import|url\((?!#)/i)
    const addresses = [...page.matchAll(/https?:\/\/[^"'\s<]+/g)].map(([address]) => address)
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([])
  })

  test('The same result gives the same bytes', () => {
    expect(renderFreshPage(makeFreshResult())).toBe(page)
  })

  test('Each measured group has a figure, and no other', () => {
    expect(page.split('<svg').length - 1).toBe(2)
    expect(page).toContain('Dose and response')
    expect(page).not.toContain('Forgetting')
  })

  test('A gain is shown with its interval and the right sign', () => {
    expect(page).toContain('drift 2, full + daily + hourly\n+0.0400 [+0.0390, +0.0410]')
    expect(page).toContain('−0.0400 [−0.0410, −0.0390]')
  })

  test('The freshness page escapes markup in a note', () => {
    expect(page).toContain('rates &#60;moved&#62;')
    expect(page).not.toContain('<moved>')
  })

  test('The report shows a freshness section when there is a result', () => {
    const findings = makeFindings()
    expect(renderPage(findings, { fresh: result })).toContain(drawFresh(result))
    expect(renderPage(findings)).not.toContain('What freshness pays')
  })
})
