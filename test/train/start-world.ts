import type { SampleManifest } from '../../functions/contract/accounts.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import type { RunPlan } from '../../functions/contract/training.ts'
import { configurationDigest } from '../../functions/core/configuration.ts'
import { DAY0_MS } from '../make/events.ts'
import { makeVersion } from '../make/lineage.ts'
import { makeScene } from '../make/scene.ts'

export const scene = makeScene()

export const place = {
  modelsBucket: 'models',
  modelsKey: 'arn:key',
  image: 'image:hash',
  role: 'arn:role',
}

export const day = { fromMs: DAY0_MS, inputsDigest: 'a'.repeat(32), shards: 1 }

export const scheduledMs = DAY0_MS + DAY_MS + 2.5 * HOUR_MS

export const plan: RunPlan = {
  scene: 'feed',
  requestedTier: 'daily',
  arm: 'served',
  tier: 'daily',
  tierReason: 'continues',
  scheduledMs,
  skip: null,
  closedThroughMs: DAY0_MS + DAY_MS + HOUR_MS,
  dataFromMs: DAY0_MS,
  dataThroughMs: DAY0_MS + DAY_MS,
  parent: makeVersion(0).version,
  base: null,
  executor: 'sagemaker',
  executorReason: 'the daily tier trains there',
  fence: null,
  exclusions: [],
  rivals: [makeVersion(0).version],
  holdoutFromMs: null,
  closingPieces: [],
  expected: { impressions: 1000, positives: 100 },
  sets: [day],
  samplePieces: [],
  codeDigest: 'code',
  configurationDigest: configurationDigest(scene),
  shapeDigest: 'shape',
  recipeDigest: 'recipe',
}

export const manifestOf = (samples: number, positives: number): SampleManifest => ({
  scene: 'feed',
  fromMs: DAY0_MS,
  inputsDigest: day.inputsDigest,
  impressionKeys: [],
  // A shard of a day has no more rows than this.
  files: Array.from({ length: Math.ceil(samples / 100_000) }, (_, n) => ({
    key: `samples/feed/${n}.parquet`,
    rows: Math.min(samples, 100_000),
    sha256: 'x',
  })),
  account: {
    impressions: samples,
    samples,
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
