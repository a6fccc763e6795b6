import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Drop } from '../../cdk/cli/world/world.ts'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { anticheatOf } from '../../functions/contract/anticheat.ts'
import type { Event } from '../../functions/contract/events.ts'
import { rawKey, versionManifestKey } from '../../functions/contract/keys.ts'
import type { SampleRow } from '../../functions/contract/rows.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { type Interval, versionManifestSchema } from '../../functions/contract/training.ts'
import { decodeModel } from '../../functions/core/artifact.ts'
import { getJson } from '../../functions/core/objects.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { collectFindings } from '../../functions/report/collect.ts'
import type { Findings } from '../../functions/report/findings.ts'
import { compareContamination } from '../../functions/report/poison.ts'
import { servedSpans } from '../../functions/report/served.ts'
import { contaminationBound } from '../../functions/train/contamination-bound.ts'
import { createLearner } from '../../functions/trainer/model.ts'
import { loadModel } from '../../functions/trainer/storage.ts'
import { createVectorizer } from '../../functions/trainer/vectorize.ts'
import { makeScene } from '../make/scene.ts'
import { openWorkshop, SMALL_WORLD, since, type Workshop, worldDrops } from './run-world.ts'

/**
 * No trial stands between a daily and the people: this is about what the daily replaces. No verdict, either: it
 * would exclude the hour.
 */
const SCENE = makeScene({
  canary: undefined,
  anticheat: { ...anticheatOf(makeScene()), screening: 'off' },
})
/** Enough people that even a night's hour is enough to train on. */
const WORLD = {
  ...SMALL_WORLD,
  days: 3,
  users: 600,
  sessionsPerUserAndDay: 1,
  dirt: 0,
  cheats: 0,
}
const hourOn = (day: number, hour: number): Interval => {
  const fromMs = WORLD.startMs + day * DAY_MS + hour * HOUR_MS
  return { fromMs, throughMs: fromMs + HOUR_MS }
}
const LEARNED = { hour: hourOn(1, 10), item: 'i00003' }
const EXCLUDED = { hour: hourOn(1, 14), item: 'i00007' }
const EXPLODED = { hour: hourOn(1, 18), item: 'i00011' }
/** An afternoon is enough for the first full. */
const START_MS = hourOn(0, 15).fromMs
const END_MS = hourOn(2, 2).throughMs

/** Impressions by ordinary people in an hour: all of `pushed` are clicked, few of the others. */
function plant(
  { hour, item }: typeof LEARNED,
  pushed: number,
  others: number,
  clickedOthers: number,
): Drop {
  const events = Array.from({ length: pushed + others }, (_, n): Event[] => {
    const timeMs = hour.fromMs + Math.floor((n * 3_500_000) / (pushed + others))
    const userId = `u${String(n % WORLD.users).padStart(6, '0')}`
    const itemId = n < pushed ? item : `i${String((7 * n) % 100).padStart(5, '0')}`
    const about = { userId, itemId, requestId: `planted-${hour.fromMs}-${n}` }
    const eventId = about.requestId
    return [
      { type: 'impression', eventId, timeMs, ...about, position: 1 + (n % 8) },
      ...(n < pushed + clickedOthers
        ? [
            {
              type: 'outcome' as const,
              outcome: 'click',
              eventId: `${eventId}-c`,
              timeMs: timeMs + 9000,
              ...about,
            },
          ]
        : []),
    ]
  }).flat()
  return {
    arrivalMs: hour.throughMs + 3 * MINUTE_MS,
    kind: 'events',
    name: `planted/${hour.fromMs}.jsonl`,
    body: Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join('')),
    metadata: {},
    records: events.length,
  }
}

/** Plays drops up to an instant; what an operator does happens in between, at its own time. */
async function play(
  cloud: Cloud,
  planted: readonly Drop[],
  untilMs: number,
  acts: readonly (readonly [atMs: number, act: () => Promise<void>])[] = [],
): Promise<void> {
  const steps = [...since(START_MS, worldDrops(WORLD)), ...planted].map(
    (drop) =>
      [
        drop.arrivalMs,
        () => cloud.dropRaw(rawKey('feed', drop.kind, drop.name), drop.body, drop.metadata),
      ] as const,
  )
  for (const [atMs, act] of [...steps, ...acts].sort(([a], [b]) => a - b)) {
    if (atMs > untilMs) break
    await cloud.clock.advanceTo(atMs)
    await act()
  }
  await cloud.clock.advanceTo(untilMs)
}

const isIn = ({ fromMs, throughMs }: Interval, timeMs: number): boolean =>
  timeMs >= fromMs && timeMs < throughMs

let workshop: Workshop
let calm: Cloud
let poisoned: Cloud
let findings: Findings
beforeAll(async () => {
  workshop = await openWorkshop(SCENE)
  calm = await workshop.start(START_MS)
  poisoned = await workshop.start(START_MS)
  // Before the first full there is nothing to poison.
  for (const cloud of [calm, poisoned])
    cloud.schedules.fireOnly((timeMs) => timeMs >= hourOn(1, 1).fromMs)
  const registry = openRegistry(poisoned.registry, 'feed')
  const exclude = ({ hour }: typeof LEARNED, reason: string) => {
    const timeMs = hour.throughMs + 90 * MINUTE_MS
    return [timeMs, () => registry.exclude({ ...hour, timeMs, reason })] as const
  }
  await Promise.all([
    play(calm, [], LEARNED.hour.throughMs + 70 * MINUTE_MS),
    play(
      poisoned,
      [plant(LEARNED, 60, 140, 8), plant(EXCLUDED, 60, 140, 8), plant(EXPLODED, 1200, 0, 0)],
      END_MS,
      [exclude(EXCLUDED, 'somebody pushes an item'), exclude(EXPLODED, 'a broken log')],
    ),
  ])
  findings = await collectFindings(poisoned, ['feed'])
}, 420_000)
afterAll(() => workshop?.end())

async function samplesOf(cloud: Cloud, version: string): Promise<SampleRow[]> {
  const key = versionManifestKey('feed', version)
  const { sets } = await getJson(cloud.models, key, versionManifestSchema)
  const files = sets.flatMap((set) => set.files)
  const parts = files.map(async (file) => readParquet<SampleRow>(await cloud.lake.get(file.key)))
  return (await Promise.all(parts)).flat()
}

/** The chance of a click that a version gives an item, mean over slates of the first day. */
async function pushOf(cloud: Cloud, version: string, item: string): Promise<number> {
  const registry = openRegistry(cloud.registry, 'feed')
  const open = async (of: string) =>
    decodeModel(await cloud.models.get((await registry.version(of))!.modelKey!))
  const { base } = (await registry.version(version))!
  const artifact = await open(version)
  const model = loadModel(
    artifact,
    SCENE.model,
    artifact.header.features,
    base ? await open(base) : null,
  )
  const full = (await registry.versions('full-'))[0]!
  const vectorize = createVectorizer(SCENE.features, SCENE.model.hashBits)
  const learner = createLearner(model)
  const slates = (await samplesOf(cloud, full.version)).slice(0, 100)
  const chances = slates.map((row) => {
    const entries: [slot: number, value: number][] = []
    vectorize({ ...row, f_item: item }, (slot, value) => entries.push([slot, value]))
    const slots = Uint32Array.from(entries, ([slot]) => slot)
    const values = Float32Array.from(entries, ([, value]) => value)
    return 1 / (1 + Math.exp(-learner.logit(slots, values, 0, entries.length)))
  })
  return chances.reduce((a, b) => a + b) / chances.length
}

/** The accepted increment that ends with this hour. */
async function learnedIn(cloud: Cloud, { throughMs }: Interval) {
  const versions = await openRegistry(cloud.registry, 'feed').versions('hourly-')
  return versions.find((of) => of.dataThroughMs === throughMs && of.status === 'accepted')!
}

describe('A contaminated hour', () => {
  test('A contaminated hour that passes every gate moves the served model', async () => {
    const before = { fromMs: LEARNED.hour.fromMs - HOUR_MS, throughMs: LEARNED.hour.fromMs }
    const { version } = await learnedIn(poisoned, before)
    expect((await learnedIn(calm, before)).version).toBe(version)
    const [ours, theirs] = [
      await learnedIn(poisoned, LEARNED.hour),
      await learnedIn(calm, LEARNED.hour),
    ]
    expect(ours.version).not.toBe(theirs.version)
    expect(findings.releases).toContainEqual(
      expect.objectContaining({ kind: 'flip', version: ours.version }),
    )
    const calmly = await pushOf(calm, theirs.version, LEARNED.item)
    const unmoved = await pushOf(calm, version, LEARNED.item)
    const moved = await pushOf(poisoned, ours.version, LEARNED.item)
    expect(Math.abs(calmly / unmoved - 1)).toBeLessThan(0.1)
    // The counts of its item, which follow the log within seconds, take a part of the push.
    expect(moved / calmly).toBeGreaterThan(1.15)
  })

  test('A contaminated hour leaves the served chain within the bound', async () => {
    const spans = servedSpans(findings.versions, findings.releases)
    const { fromMs } = LEARNED.hour
    const learned = spans.findIndex(({ layers }) => isIn(layers.hourly, fromMs))
    const covered = spans.findIndex(({ layers }) => isIn(layers.daily, fromMs))
    expect(learned).toBeGreaterThanOrEqual(0)
    expect(covered).toBeGreaterThan(learned)
    const bound = contaminationBound(SCENE).find(({ tier }) => tier === 'hourly')!
    expect((spans[covered]!.fromMs - fromMs) / HOUR_MS).toBeLessThanOrEqual(bound.scheduleHours)
    for (const { layers } of spans.slice(covered)) expect(isIn(layers.hourly, fromMs)).toBe(false)

    const maturity = async (version: string): Promise<boolean[]> =>
      (await samplesOf(poisoned, version))
        .filter(({ timeMs }) => isIn(LEARNED.hour, timeMs))
        .map(({ isMature }) => isMature)
    const young = await maturity(spans[learned]!.version.version)
    const matured = await maturity(spans[covered]!.version.base!)
    expect(young).toContain(false)
    expect(matured.length).toBeGreaterThanOrEqual(young.length)
    expect(matured).not.toContain(false)
  })

  test('A regrown chain contains nothing of an hour that an operator excluded', async () => {
    const before = await learnedIn(poisoned, EXCLUDED.hour)
    const isPoison = ({ timeMs }: SampleRow): boolean => isIn(EXCLUDED.hour, timeMs)
    expect((await samplesOf(poisoned, before.version)).filter(isPoison).length).toBeGreaterThan(100)
    const byId = new Map(findings.versions.map((version) => [version.version, version]))
    let samples = 0
    for (
      let at: string | null = findings.current['feed']!.version;
      at !== null;
      at = byId.get(at)!.parent
    ) {
      const own = await samplesOf(poisoned, at)
      expect(own.filter(isPoison).length, at).toBe(0)
      samples += own.length
    }
    expect(samples).toBeGreaterThan(1000)
  })

  test('An hour with an exploding positive rate is refused before any training', async () => {
    const refusals = findings.releases.filter(({ kind }) => kind === 'refusal')
    expect(refusals).toHaveLength(1)
    const [{ timeMs, version, from, to, evidence, reason }] = refusals as [
      Findings['releases'][number],
    ]
    expect(timeMs).toBe(EXPLODED.hour.throughMs + 65 * MINUTE_MS)
    expect({ version, gate: evidence['gate'], moved: from !== to }).toEqual({
      version: null,
      gate: 'positive-rate',
      moved: false,
    })
    expect(reason).toMatch(/positive rate [\d.]+ % of \d+ impressions .* more than 3 times/)
    for (const { version: trained } of findings.versions)
      for (const { timeMs: at } of await samplesOf(poisoned, trained))
        expect(isIn(EXPLODED.hour, at), trained).toBe(false)
  })

  test('Contamination from any hour of the replay ends within the bound', () => {
    const { stated, measured } = compareContamination(findings, [SCENE])['feed']!
    const bound = stated.find(({ tier }) => tier === 'hourly')!
    const life = measured.find(({ tier }) => tier === 'hourly')!
    expect(life.eventHours).toBeGreaterThan(20)
    expect(life.maxHours).toBeGreaterThan(12)
    expect(life.maxHours).toBeLessThanOrEqual(bound.scheduleHours)
  })
})
