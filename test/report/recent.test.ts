import { expect, test } from 'vitest'
import { renderPage } from '../../functions/report/page.ts'
import { dropOldHours, HOURLY_LOOKBACK_DAYS } from '../../functions/report/recent.ts'
import { makeThreeTiers } from '../make/three-tiers.ts'

test('a page keeps every full and daily, and forgets the hours of months ago', () => {
  const findings = makeThreeTiers(60)
  const recent = dropOldHours(findings)
  const of = (tier: string, among: typeof findings) =>
    among.versions.filter((version) => version.tier === tier)
  expect(of('full', recent)).toEqual(of('full', findings))
  expect(of('daily', recent)).toEqual(of('daily', findings))
  const kept = of('hourly', recent)
  expect(kept.length).toBeLessThan(of('hourly', findings).length)
  expect(kept.length / 5).toBeGreaterThanOrEqual(HOURLY_LOOKBACK_DAYS)
  const page = renderPage(findings)
  expect(page).not.toContain(of('hourly', findings)[0]!.version)
  expect(page).toContain(kept.at(-1)!.version)
  expect(page).toContain('30 older ones are left out of the drawing')
})
