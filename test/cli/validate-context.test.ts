import { describe, expect, test } from 'vitest'
import { findingsOf } from '../../cdk/cli/validate/findings.ts'
import { profileLogs } from '../../cdk/cli/validate/read.ts'
import { type Feature, featureSchema } from '../../functions/contract/features.ts'
import { click, impression, logsOf, NOW_MS, write } from './validate-logs.ts'

const fields = {
  ...{ name: 'pair_rate', kind: 'rate', entity: 'context.query+item', outcome: 'click' },
  ...{ windowHours: 168, priorRate: 0.2, priorStrength: 10 },
}
const rate: Feature = featureSchema.parse(fields)
const context = { query: 'red sofa' }

/** What is said of features that count by a field of the context, in a log with these lines. */
async function saidOf(lines: string[], features: Feature[] = [rate]): Promise<string[]> {
  const logs = logsOf(write({ 'log.jsonl': lines.join('\n') }), 'jsonl')
  const scene = { ...logs.scene, features }
  const profile = await profileLogs({ ...logs, scene }, NOW_MS)
  return findingsOf(profile, scene, NOW_MS)
    .filter(({ name }) => name === 'empty-counts')
    .map(({ severity, says }) => `${severity}: ${says}`)
}
const log = (clicks: (n: number) => object) =>
  Array.from({ length: 50 }, (_, n) => [impression(n, { context }), click(n, clicks(n))]).flat()

describe('Features that count by the context', () => {
  test('Clicks without the field are named, with what to add', async () => {
    expect(await saidOf(log(() => ({})))).toEqual([
      'warning: pair_rate needs context.query of click; none of the 50 events of click in this log has it, and the others are not counted: add "context": {"query": …} to each click, or take the feature out of the scene',
    ])
  })

  test('Few clicks with the field are counted, for all their features', async () => {
    const few = log((n) => (n < 7 ? { context } : { context: { device: 'query' } }))
    expect(await saidOf(few, [rate, featureSchema.parse({ ...fields, name: 'other' })])).toEqual([
      'warning: pair_rate, other need context.query of click; only 7 of the 50 events of click in this log have it, and the others are not counted: add "context": {"query": …} to each click, or take these features out of the scene',
    ])
  })

  test('Impressions without the field are named too', async () => {
    const shown = Array.from({ length: 50 }, (_, n) => [impression(n), click(n, { context })])
    expect(await saidOf(shown.flat())).toEqual([
      expect.stringContaining('pair_rate needs context.query of impression; none of the 50'),
    ])
  })

  test('Nothing is said if events have the field, or are none', async () => {
    expect(await saidOf(log(() => ({ context })))).toEqual([])
    expect(await saidOf([impression(1, { context })])).toEqual([])
  })
})
