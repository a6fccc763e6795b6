import { expect, test } from 'vitest'
import { renderPage } from '../../functions/report/page.ts'
import { dropOldHours, HOURLY_LOOKBACK_DAYS } from '../../functions/report/recent.ts'
import { makeThreeTiers } from '../make/three-tiers.ts'

test('The report keeps every full and daily, and drops old hourly versions', () => {
  const findings = makeThreeTiers(60)
  const recent = dropOldHours(findings)
  const ofTier = (tier: string, among: typeof findings) =>
    among.versions.filter((version) => version.tier === tier)
  expect(ofTier('full', recent)).toEqual(ofTier('full', findings))
  expect(ofTier('daily', recent)).toEqual(ofTier('daily', findings))
  const kept = ofTier('hourly', recent)
  expect(kept.length).toBeLessThan(ofTier('hourly', findings).length)
  expect(kept.length / 5).toBeGreaterThanOrEqual(HOURLY_LOOKBACK_DAYS)
  const page = renderPage(findings)
  expect(page).not.toContain(ofTier('hourly', findings)[0]!.version)
  expect(page).toContain(kept.at(-1)!.version)
  expect(page).toContain('30 older ones are left out of the drawing')
})
