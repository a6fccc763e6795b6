import { describe, expect, test } from 'vitest'
import { DAY_MS } from '../../functions/contract/time.ts'
import { verdictManifestKey } from '../../functions/contract/verdicts.ts'
import { pinSnapshot, screeningNote, unscreenedReason } from '../../functions/train/screened.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { makeScene } from '../make/scene.ts'
import { putSnapshot, verdict } from '../make/verdicts.ts'

const scene = makeScene()
const off = makeScene({ anticheat: { screening: 'off', honeypots: [], holdback: 0.01, seed: 1 } })
const interval = { dataFromMs: DAY0_MS, dataThroughMs: DAY0_MS + DAY_MS }
const daily = { tier: 'daily' as const, ...interval }
const full = { tier: 'full' as const, ...interval }
const screened = (screenedThroughMs: number) => ({ screenedThroughMs })
const about = (madeMs: number) => ({
  ...{ scene: 'feed', madeMs, previousMs: null, screenedFromMs: 0, screenedThroughMs: madeMs },
  ...{ detectorsDigest: 'd', inputsDigest: 'i' },
})

describe('A run whose interval is not screened', () => {
  test('A daily and a full wait for the screening of their end', () => {
    for (const run of [daily, full]) {
      expect(unscreenedReason(scene, run, screened(DAY0_MS + DAY_MS))).toBeNull()
      expect(unscreenedReason(scene, run, screened(DAY0_MS + DAY_MS - 1))).toMatch(
        /^events are screened through .* only, and detectors must have seen its events through/,
      )
    }
  })

  test('A first run says who makes the first screening', () => {
    expect(unscreenedReason(scene, full, null)).toMatch(
      /no screening was made yet, .* the first hourly run that closes the end of a day makes one/,
    )
  })

  test('An hourly increment waits for no screening', () => {
    expect(unscreenedReason(scene, { ...daily, tier: 'hourly' }, null)).toBeNull()
  })

  test('A scene without screening trains, and its versions say so', () => {
    expect(unscreenedReason(off, full, null)).toBeNull()
    expect(screeningNote(off, full, null)).toMatch(/trained without verdicts/)
    expect(screeningNote(scene, full, { screenedFromMs: DAY0_MS })).toBeNull()
    expect(screeningNote(scene, full, { screenedFromMs: DAY0_MS + 1 })).toMatch(/begins at/)
  })
})

describe('The snapshot that a run pins', () => {
  test('It is the newest that was made by the run', async () => {
    const lake = memoryObjects('lake')
    expect(await pinSnapshot(lake, scene, DAY0_MS)).toEqual({ verdicts: null, manifest: null })
    for (const day of [1, 2, 3]) {
      const rows = [verdict({ id: `u${day}` })]
      await putSnapshot(lake, about(DAY0_MS + day * DAY_MS), rows)
    }
    const { verdicts, manifest } = await pinSnapshot(lake, scene, DAY0_MS + 2.5 * DAY_MS)
    expect(manifest!.madeMs).toBe(DAY0_MS + 2 * DAY_MS)
    expect(verdicts!.rows.map(({ id }) => id)).toEqual(['u2'])
    expect(await pinSnapshot(lake, off, DAY0_MS + 4 * DAY_MS)).toMatchObject({ verdicts: null })
  })

  test('A snapshot of another format version stops the run', async () => {
    const lake = memoryObjects('lake')
    const { manifest } = await putSnapshot(lake, about(DAY0_MS), [verdict()])
    const key = verdictManifestKey(manifest)
    lake.drop(key, JSON.stringify({ ...manifest, formatVersion: 9 }))
    await expect(pinSnapshot(lake, scene, DAY0_MS + 1)).rejects.toThrow(
      /got format version 9, expected 1/,
    )
  })
})
