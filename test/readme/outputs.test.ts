import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readDefault } from '../../cdk/cli/cost/measured.ts'
import { parseFreshOptions } from '../../cdk/cli/fresh/options.ts'
import { formatStudy } from '../../cdk/cli/fresh/print.ts'
import { ARMS } from '../../cdk/cli/fresh/settings.ts'
import { YOUNG_ARMS } from '../../cdk/cli/fresh/study-young-labels.ts'
import { START_DAYS } from '../../cdk/cli/start/options.ts'
import { formatSummary } from '../../cdk/cli/start/summary.ts'
import { findingsOf } from '../../cdk/cli/validate/findings.ts'
import { printProfile } from '../../cdk/cli/validate/print.ts'
import { profileLogs } from '../../cdk/cli/validate/read.ts'
import { readDeployment, readScene } from '../../cdk/config.ts'
import { describeExactlyOnce } from '../../functions/audit/ledger.ts'
import { noParity } from '../../functions/contract/parity.ts'
import { boundHours, contaminationBound } from '../../functions/train/contamination-bound.ts'
import { makeFreshResult } from '../make/fresh-result.ts'
import { makeThreeTiers } from '../make/three-tiers.ts'
import { README, readmeBlock } from './blocks.ts'
import { documentAt, ROOT } from './documents.ts'
import { excerptOf, shapeOf, shapesOf } from './excerpt.ts'

const DATA = process.env['QUARTERMASTER_DATA'] ?? ''
const INTAKE = documentAt('functions/intake/README.md').text
const STUDIES = documentAt('functions/train/README.md').text
const sceneNamed = (name: string) => readScene(join(ROOT, 'cdk', 'scenes', `${name}.json`))
const ACCOUNT = {
  scene: 'feed',
  version: 'daily-20260113-7e7d8c25',
  versions: 17,
  dataFromMs: 0,
  dataThroughMs: 1,
  files: 1,
  impressions: 10,
  samples: 10,
  sampledOut: 0,
  excluded: 0,
  waiting: { nextDaily: 0, dailyOfItsDay: 0 },
  violations: [],
}

const FEED = sceneNamed('feed')
/** A run with all that the README's has: chains, refusals, promotions, parity, three tiers that flipped. */
function printed(): string {
  const life = { medianHours: 9, maxHours: 12.5, addedHours: 1, eventHours: 40 }
  const findings = makeThreeTiers(3)
  const [flip] = findings.releases
  const promotions = [1, 2].map(() => ({ ...flip!, kind: 'promotion' as const }))
  const releases = [...findings.releases.filter(({ kind }) => kind !== 'rollback'), ...promotions]
  const current = { feed: { version: 'hourly-2026011300-0a9610ce' } }
  return formatSummary({
    ...findings,
    releases,
    current: current as unknown as typeof findings.current,
    formatVersion: 1,
    sections: { parity: { feed: { user: { ...noParity(), values: 1000, equal: 1000 } } } },
    landing: { drops: 1000, p50: 0.5, p95: 1.5, max: 2.5 },
    exactlyOnce: { feed: { ...ACCOUNT, byVerdict: { focus: 1 } } },
    poison: {
      feed: {
        stated: contaminationBound(FEED),
        measured: (['daily', 'hourly'] as const).map((tier) => ({ tier, ...life })),
      },
    },
    runs: (['full', 'daily', 'hourly'] as const).map((tier) => ({
      tier,
      count: 20,
      medianSeconds: 2.5,
      maxSeconds: 4.25,
    })),
    stages: {},
    deadLetters: 0,
    totalSeconds: 1,
  })
}

describe('The README run', () => {
  const text = readmeBlock('Try it', 'exactly once')

  test('The README run has the lines that npm start prints', () => {
    expect(shapesOf(printed())).toEqual(expect.arrayContaining(shapesOf(text)))
  })

  test('The README run is the one that measured the costs', () => {
    const { events, drops } = readDefault()
    const [drop] = text.match(/^drops .*/m)!
    expect(drop).toContain(`drops     ${drops}: `)
    expect(drop).toContain(` = ${events.toLocaleString('en-GB')} accepted + `)
  })

  test('The numbers of the README run add up', () => {
    const numbers = (line: RegExp): number[] =>
      [...line.exec(text)![0].matchAll(/\b\d[\d,]*/g)].map(([digits]) =>
        Number(digits.replaceAll(',', '')),
      )
    const [, read, accepted, quarantined] = numbers(/^drops .*/m)
    expect(accepted! + quarantined!).toBe(read)
    const [, events, kept, duplicates, excluded] = numbers(/^hours .*/m)
    expect(kept! + duplicates! + excluded!).toBe(events)
    const [samples, impressions, , ...others] = numbers(/^exactly once.*/m)
    expect(others.reduce((sum, count) => sum + count, samples!)).toBe(impressions)
  })

  test('The README run names the contamination bounds of the scene', () => {
    for (const bound of contaminationBound(FEED)) {
      const hours = boundHours(bound).toFixed(1)
      if (bound.tier !== 'full')
        expect(text).toMatch(new RegExp(`${bound.tier} [\\d.]+ h of ${hours} h`))
    }
  })

  test('The README run is as long as the seeded world', () => {
    expect(README).toContain('replays five days of a seeded world')
    expect(START_DAYS).toBe(5)
  })
})

test('The access log run in the README matches npm start output', () => {
  const text = readmeBlock('Access logs', 'drops')
  expect(shapesOf(printed())).toEqual(expect.arrayContaining(shapesOf(text)))
})

describe.runIf(DATA !== '')('the access log', () => {
  test('Validating the access log prints the text that the README shows', async () => {
    const scene = sceneNamed('access-log')
    const path = join(DATA, 'access-logs')
    const days = { fromMs: null, throughMs: null }
    const logs = { path, format: 'access-log', scene, mapping: null, ...days } as const
    const profile = await profileLogs(logs, Date.UTC(2026, 0, 1))
    const said = printProfile(profile, findingsOf(profile, scene, Date.UTC(2026, 0, 1)))
    expect(said).toMatch(excerptOf(readmeBlock('Checked before it runs', 'records')))
    const [, positives, samples] = /(\d+) of those ([\d,]+) page views were followed/.exec(INTAKE)!
    expect(profile.tiers[0]!.says).toContain(`${samples} samples, ${positives} of them positive`)
  })
})

describe('README studies', () => {
  const [study] = makeFreshResult().studies

  test.each([
    ['the tiers', readmeBlock('What freshness pays', 'full + daily + hourly  mean'), ARMS],
    ['young labels', readmeBlock('What freshness pays', 'delayed-feedback'), YOUNG_ARMS],
  ])('The README study of %s has the columns and variants of fresh', (_, text, measured) => {
    const heads = text.split('\n').filter((line) => /^(variant|minus) /.test(line))
    expect(heads).toHaveLength(2)
    const baseline = /minus “(.*)”/.exec(heads[1]!)![1]!
    const said = formatStudy({ ...study!, group: 'tiers', baseline })
    for (const head of heads) expect(shapesOf(said)).toContain(shapeOf(head))
    const arms = text.split('\n').flatMap((line) => /^(\S.*?) {2,}mean/.exec(line)?.[1] ?? [])
    expect(arms).toEqual(Object.keys(measured))
  })

  test('The README studies are the defaults of npm run fresh', () => {
    const { drift, days } = parseFreshOptions([])!
    expect(STUDIES.replace(/\s+/g, ' ')).toContain(`Five seeded worlds of ${days} days`)
    const rows = [...STUDIES.matchAll(/^\| ([\d.]+) \| [+−]/gm)]
    expect(rows.map(([, strength]) => Number(strength))).toEqual(drift)
  })
})

describe('README sentences', () => {
  test('A wrong setting ends synthesis with the sentence of the README', () => {
    const context: Record<string, string> = {
      scenes: 'feed',
      environment: 'prod',
      isProtected: 'false',
    }
    const sentence = readmeBlock('Settings', 'isProtected')
    expect(() => readDeployment((key) => context[key])).toThrow(sentence)
  })

  test('The exactly-once sentence of the README is what check-lineage prints', () => {
    expect(shapeOf(readmeBlock('Exactly once, proven', 'samples of'))).toBe(
      shapeOf(describeExactlyOnce(ACCOUNT)),
    )
  })
})
