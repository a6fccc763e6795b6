import { describe, expect, test } from 'vitest'
import { STYLE } from '../../functions/report/document.ts'
import { renderFreshPage } from '../../functions/report/fresh.ts'
import { renderPage } from '../../functions/report/page.ts'
import { compareContamination } from '../../functions/report/poison.ts'
import { makeFindings } from '../make/findings.ts'
import { makeFreshResult } from '../make/fresh-result.ts'
import { makeScene } from '../make/scene.ts'
import { makeThreeTiers } from '../make/three-tiers.ts'
import { contrast, findBarriers } from './accessibility.ts'

describe('Accessibility of the report', () => {
  test('The report has no barrier, with data and without', () => {
    const findings = makeThreeTiers()
    const poison = compareContamination(findings, [makeScene()])
    const page = renderPage(findings, { poison, fresh: makeFreshResult() })
    expect(page).toContain('<svg')
    expect(findBarriers(page)).toEqual([])
    expect(findBarriers(renderPage(makeFindings(0)))).toEqual([])
  })

  test('The freshness page has no barrier', () => {
    expect(findBarriers(renderFreshPage(makeFreshResult()))).toEqual([])
  })

  test('A page with barriers is reported', () => {
    const html = '<html><body><h2>a</h2><h4>b</h4><table><tr><th>c</th></tr></table></body></html>'
    expect(findBarriers(html)).toEqual([
      'no language',
      'no title',
      'no viewport',
      'not one main part',
      'not one h1, at the beginning',
      'h4 after h2',
      'th without scope: c',
      'a table that does not scroll in its own box',
    ])
  })

  test('Text has a contrast of 4.5 at least, light and dark', () => {
    expect(contrast('#000', '#ffffff')).toBeCloseTo(21, 5)
    const [light, dark] = STYLE.split('@media (prefers-color-scheme: dark)')
    for (const style of [light!, dark!]) {
      const colours = Object.fromEntries(
        [...style.matchAll(/--([a-z]+): (#[0-9a-f]{3,6})/g)].map(([, name, value]) => [
          name!,
          value!,
        ]),
      )
      for (const name of ['text', 'quiet', 'good', 'bad', 'accent'])
        expect(contrast(colours[name]!, colours['ground']!), name).toBeGreaterThan(4.5)
    }
  })
})
