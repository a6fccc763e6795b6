import type { Difference, FreshResult, Study } from '../../functions/contract/fresh.ts'

const around = (value: number) => ({ value, low: value - 0.001, high: value + 0.001 })
const difference = (arm: string, gain: number): Difference => ({
  arm,
  auc: around(gain),
  logLoss: around(-gain / 3),
  normalizedEntropy: around(-gain),
})

function makeStudy(fields: Pick<Study, 'group' | 'name' | 'drift'>, gain: number): Study {
  const arms = ['full', 'full + daily', 'full + daily + hourly']
  const scores = {
    rows: 1000,
    positives: 90,
    auc: 0.7,
    logLoss: 0.3,
    normalizedEntropy: 0.95,
    calibrationRatio: 1.01,
    undefinedBecause: {},
  }
  return {
    ...fields,
    note: 'rates <moved>',
    arms,
    baseline: 'full',
    trials: [{ seed: 1, users: 40, scores: Object.fromEntries(arms.map((arm) => [arm, scores])) }],
    differences: [difference('full + daily', gain), difference('full + daily + hourly', 2 * gain)],
  }
}

/** A result of three strengths of drift, and the tiers. */
export const makeFreshResult = (): FreshResult => ({
  formatVersion: 1,
  bootstrap: { resamples: 200, confidence: 0.95, seed: 1 },
  studies: [
    makeStudy({ group: 'tiers', name: 'seeded world', drift: 1 }, 0.01),
    ...[0, 1, 2].map((drift) =>
      makeStudy({ group: 'drift', name: `drift ${drift}`, drift }, 0.01 * drift),
    ),
  ],
})
