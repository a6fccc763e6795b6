import { describe, expect, test } from 'vitest'
import type { CurrentRow } from '../../functions/contract/registry.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { chooseChainBases, chooseControl } from '../../functions/train/chain-bases.ts'
import { DAY0_MS } from '../make/events.ts'
import { currentRow, makeVersion } from '../make/lineage.ts'
import { makeScene } from '../make/scene.ts'

const tried = makeScene({ canary: { share: 0.1, seed: 1, hours: 4, minUsers: 10 } })
const untried = makeScene({ canary: undefined })
const old = makeVersion(1)
const fresh = makeVersion(2, { parent: old.version })
const hourOn = (base: typeof old, hours: number, fields = {}) =>
  makeVersion(1, {
    ...fields,
    version: `hourly-${base.version}-${hours}`,
    tier: 'hourly',
    base: base.version,
    dataFromMs: base.dataThroughMs + (hours - 1) * HOUR_MS,
    dataThroughMs: base.dataThroughMs + hours * HOUR_MS,
  })
const head = hourOn(old, 3)
const nowMs = DAY0_MS + 9 * DAY_MS
const versions = [old, fresh, head]
const canaryOf = (version: string): CurrentRow['canary'] => ({
  sequence: 2,
  version,
  share: 0.1,
  seed: 1,
  sinceMs: 0,
})
const bases = (current: CurrentRow | null, rows = versions, scene = tried) => {
  const { served, canary } = chooseChainBases(scene, current, rows, nowMs)
  return [served?.version ?? null, canary?.version ?? null]
}
const servedHead = currentRow({ version: head.version })

describe('Champion and challenger chains', () => {
  test('A scene without a canary moves its chain to the newest base', () => {
    expect(bases(servedHead, versions, untried)).toEqual([fresh.version, null])
    expect(bases(null)).toEqual([fresh.version, null])
  })

  test('A second accepted base grows a challenger chain beside the champion', () => {
    expect(bases(servedHead)).toEqual([old.version, fresh.version])
    expect(bases(servedHead, [old, head])).toEqual([old.version, null])
  })

  test('The base on trial stays while an even newer base waits', () => {
    const newer = makeVersion(3, { parent: fresh.version })
    const onTrial = hourOn(fresh, 2, { arm: 'canary' })
    const current = currentRow({ version: head.version, canary: canaryOf(onTrial.version) })
    expect(bases(current, [...versions, newer, onTrial])).toEqual([old.version, fresh.version])
  })

  test('An untrusted champion leaves a single chain, without a comparison', () => {
    const refused = { ...old, status: 'refused' as const }
    expect(bases(servedHead, [refused, fresh, head])).toEqual([fresh.version, null])
  })

  test('The champion chain is compared as it stood before the interval', () => {
    const arms = chooseChainBases(tried, servedHead, versions, nowMs)
    const later = hourOn(old, 5)
    const control = (fromMs: number) => chooseControl(arms, [...versions, later], fromMs)?.version
    expect(control(old.dataThroughMs + 4 * HOUR_MS)).toBe(head.version)
    expect(control(old.dataThroughMs + 5 * HOUR_MS)).toBe(later.version)
    expect(control(old.dataThroughMs)).toBe(old.version)
    expect(control(old.dataThroughMs - HOUR_MS)).toBeUndefined()
  })
})
