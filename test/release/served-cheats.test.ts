import { describe, expect, test } from 'vitest'
import { closedKey, sampleManifestKey, versionManifestKey } from '../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import type { VerdictReport } from '../../functions/contract/verdict-report.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { excludeServedCheats } from '../../functions/release/exclude-cheats.ts'
import { findCheatedHours, joinCheatedHours } from '../../functions/release/served-cheats.ts'
import { DAY0_MS } from '../make/events.ts'
import { currentRow, makeVersion } from '../make/lineage.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'
import { putSnapshot } from '../make/verdicts.ts'

const scene = makeScene()
const at = (hour: number): number => DAY0_MS + hour * HOUR_MS
const verdictHour = (hour: number, excluded: number) => ({
  ...{ hourMs: at(hour), events: 1000, excluded: { lockstep: excluded }, weighed: {} },
  drop: { drop: 'd1', events: excluded },
})
const learnedHours = (excluded: number) =>
  new Map(
    [5, 6, 7, 9].map((n) => [at(n), { impressions: 1000 - excluded, excluded: { a: excluded } }]),
  )

describe('Hours with cheats that a served model learned', () => {
  test('Only hours beyond the limit are found, and joined', () => {
    const hours = [5, 6, 7, 9, 20].map((n) => verdictHour(n, n === 7 ? 100 : 600))
    const found = findCheatedHours(scene, hours, learnedHours(0))
    expect(found.map(({ hourMs }) => hourMs)).toEqual([at(5), at(6), at(9)])
    const intervals = joinCheatedHours(scene, found)
    expect(intervals.map(({ fromMs, throughMs }) => [fromMs, throughMs])).toEqual([
      [at(5), at(7)],
      [at(9), at(10)],
    ])
    expect(intervals[0]!.reason).toMatch(
      /cheats in 2 hours: in the hour .*T05:00:00Z verdicts exclude 600 of 1000 events, most of them in the drop d1, and 60\.00 % were learned, more than the allowed 30\.00 %/,
    )
  })

  test('What verdicts excluded before the training was not learned', () => {
    expect(findCheatedHours(scene, [verdictHour(5, 600)], learnedHours(550))).toEqual([])
  })
})

async function servedWorld(excluded: number) {
  const [lake, models] = [memoryObjects('lake'), memoryObjects('models')]
  const registry = openRegistry(memoryTable(), 'feed')
  const version = makeVersion(1)
  const set = { fromMs: DAY0_MS, inputsDigest: 'a'.repeat(32) }
  const account = {
    ...{ impressions: 1000, samples: 1000, positives: 100, sampledOut: 0, immature: 0 },
    ...{ outcomes: 100, attributed: 100, otherOutcome: 0, repeated: 0, orphaned: 0 },
    ofEarlierSet: 0,
  }
  const impressionKeys = [
    closedKey({ scene: 'feed', hourMs: at(5), closedThroughMs: at(6), accepted: 1000 }),
  ]
  const hours = [{ hourMs: at(5), impressions: 1000, positives: 100, known: 1000 }]
  const { dataFromMs, dataThroughMs } = version
  lake.drop(
    sampleManifestKey({ scene: 'feed', ...set }),
    JSON.stringify({ scene: 'feed', ...set, impressionKeys, files: [], account, hours }),
  )
  models.drop(
    versionManifestKey('feed', version.version),
    JSON.stringify({
      ...{ scene: 'feed', version: version.version, dataFromMs, dataThroughMs },
      ...{ sets: [{ ...set, files: [] }], exclusions: [], account },
    }),
  )
  await registry.register(version)
  await registry.change(currentRow({ version: version.version }), null)
  const report: VerdictReport = {
    ...{ hours: [verdictHour(5, excluded)], detectors: {}, actions: {}, recall: null },
    changes: { found: 1, renewed: 0, expired: 0, cleared: 0 },
    redraws: { runs: 0, drawn: 0, findings: 0, events: 0 },
    ...{ holdback: null, honeypots: null, topItems: [] },
  }
  const madeMs = DAY0_MS + 2 * DAY_MS
  const made = { scene: 'feed', madeMs, previousMs: null, screenedFromMs: 0 }
  await putSnapshot(
    lake,
    { ...made, screenedThroughMs: madeMs, detectorsDigest: 'd', inputsDigest: 'i', report },
    [],
  )
  const started: string[] = []
  const runs = { start: async (name: string) => started.push(name) > 0 }
  return { ports: { lake, models, registry, runs }, registry, version, started }
}

describe('The exclusion of served cheats', () => {
  const nowMs = DAY0_MS + 2 * DAY_MS + HOUR_MS

  test('The interval is excluded, its versions refused, and the chain regrown', async () => {
    const { ports, registry, version, started } = await servedWorld(500)
    const [excluded] = await excludeServedCheats(ports, scene, nowMs)
    expect(excluded).toMatchObject({ fromMs: at(5), throughMs: at(6), refused: [version.version] })
    expect((await registry.version(version.version))!.status).toBe('refused')
    const [decision] = await registry.decisions(nowMs)
    expect(decision).toMatchObject({ kind: 'exclusion', evidence: { gate: 'served-cheats' } })
    expect(decision!.reason).toMatch(/T05:00:00Z verdicts exclude 500 of 1000 events/)
    expect(started).toHaveLength(1)
    expect(await excludeServedCheats(ports, scene, nowMs + HOUR_MS)).toEqual([])
  })

  test('A share below the limit excludes nothing', async () => {
    const { ports, registry } = await servedWorld(200)
    expect(await excludeServedCheats(ports, scene, nowMs)).toEqual([])
    expect(await registry.decisions()).toEqual([])
  })
})
