import type { SampleManifest } from '../../functions/contract/accounts.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeScene } from '../make/scene.ts'

export const scene = makeScene()

export const drops = { read: 1000, accepted: 1000, quarantined: {}, refused: {} }

export const closings = [{ closedThroughMs: DAY0_MS + 10 * HOUR_MS, drops, hours: [] }]

export const expected = { impressions: 100_000, positives: 10_000 }

export const hour = (n: number, impressions: number, positives: number): SampleManifest => ({
  scene: 'feed',
  fromMs: DAY0_MS + n * HOUR_MS,
  inputsDigest: `${n}`.repeat(32),
  impressionKeys: [],
  files: [],
  account: {
    impressions,
    samples: impressions,
    positives,
    sampledOut: 0,
    immature: 0,
    outcomes: positives,
    attributed: positives,
    otherOutcome: 0,
    repeated: 0,
    orphaned: 0,
    ofEarlierSet: 0,
  },
  hours: [],
})
