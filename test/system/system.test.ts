import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { measureRuns } from '../../cdk/cli/start/runs.ts'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { versionManifestKey } from '../../functions/contract/keys.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { versionManifestSchema } from '../../functions/contract/training.ts'
import { decodeModel } from '../../functions/core/artifact.ts'
import { sha256Hex } from '../../functions/core/digest.ts'
import { getJson } from '../../functions/core/objects.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { loadCollected, openRegistry } from '../../functions/registry/registry.ts'
import { collectFindings } from '../../functions/report/collect.ts'
import type { Findings } from '../../functions/report/findings.ts'
import { compareOnlineScores } from './online-scores.ts'
import { eventsOf, interrupted, redeliver } from './rough-delivery.ts'
import {
  digestsOf,
  fireOnlyIn,
  hoursFrom,
  openWorkshop,
  SCREENED_WORLD,
  screenedScene,
  type Workshop,
  worldDrops,
} from './run-world.ts'

/** Once the last daily is there, and what grows on it. */
const END_MS = SCREENED_WORLD.startMs + SCREENED_WORLD.days * DAY_MS + 4 * HOUR_MS
/** Few of the third day: its increments are of three hours each. */
const HOURS = {
  ...{ 0: hoursFrom(0, 23), 1: hoursFrom(0, 23) },
  ...{ 2: [...hoursFrom(0, 4), 6, 9, 12, 15, 18, 21], 3: hoursFrom(0, 4) },
}

let workshop: Workshop
let cloud: Cloud
let rough: Cloud
let findings: Findings
beforeAll(async () => {
  workshop = await openWorkshop(screenedScene())
  cloud = await workshop.start()
  fireOnlyIn(cloud, HOURS)
  await workshop.replay(cloud, worldDrops(SCREENED_WORLD), END_MS)
  findings = await collectFindings(cloud, ['feed'])
  rough = await workshop.start()
  fireOnlyIn(rough, HOURS)
  for (const { name } of rough.declarations.schedules) rough.schedules.fireTwice(name)
  await workshop.replay(rough, interrupted(rough, worldDrops(SCREENED_WORLD)), END_MS)
}, 900_000)
afterAll(() => workshop?.end())

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0)
const userOfLine = /\b[ux]\d{6}\b|\bx-[a-z]+-/

describe('A replay of the world', () => {
  test('A replay ends with a released model and no dead letter', () => {
    expect(cloud.deadLetters()).toBe(0)
    expect(cloud.executions().filter(({ status }) => status !== 'SUCCEEDED')).toEqual([])
    expect(cloud.jobs().filter(({ status }) => status !== 'Completed')).toEqual([])
    const accepted = findings.versions.filter(({ status }) => status === 'accepted')
    const newestMs = Math.max(...accepted.map(({ dataThroughMs }) => dataThroughMs))
    const served = accepted.find(({ version }) => version === findings.current['feed']?.version)!
    expect(served.dataThroughMs).toBe(newestMs)
  })

  test('Every drop record of a replay is accepted or quarantined', () => {
    const events = findings.drops.filter(({ kind }) => kind === 'events')
    expect(events.length).toBeGreaterThan(70)
    for (const drop of findings.drops) {
      expect(drop.refused).toBeNull()
      expect(drop.read, drop.rawKey).toBe(drop.accepted + total(drop.quarantined))
    }
    for (const drop of events) expect(total(drop.byHour), drop.rawKey).toBe(drop.events)
    expect(total(Object.assign({}, ...events.map((drop) => drop.quarantined)))).toBeGreaterThan(0)
  })

  test('Each event of a closed hour is kept, a duplicate or excluded', () => {
    for (const hour of findings.hours)
      expect(hour.accepted).toBe(hour.kept + hour.duplicates + total(hour.excluded))
    expect(findings.hours.some(({ lane }) => lane === 'late')).toBe(true)
    expect(findings.hours.some(({ duplicates }) => duplicates > 0)).toBe(true)
    expect(findings.hours.some(({ excluded }) => 'declared_bot' in excluded)).toBe(true)
  })

  test('Every accepted event of a closed hour is closed exactly once', () => {
    const throughMs = Math.max(...findings.hours.map(({ closedThroughMs }) => closedThroughMs))
    const accepted = new Map<string, number>()
    for (const drop of findings.drops)
      for (const [hour, events] of Object.entries(drop.byHour))
        accepted.set(hour, (accepted.get(hour) ?? 0) + events)
    const closed = new Map<string, number>()
    for (const { hourMs, accepted: events } of findings.hours) {
      const hour = new Date(hourMs).toISOString().slice(0, 13)
      closed.set(hour, (closed.get(hour) ?? 0) + events)
    }
    for (const [hour, events] of accepted)
      if (Date.parse(`${hour}:00:00Z`) + 3_600_000 <= throughMs)
        expect(closed.get(hour), hour).toBe(events)
  })

  test('A schedule that fires twice starts one run and one job', async () => {
    const names = rough.jobs().map(({ request }) => request.TrainingJobName)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toEqual(cloud.jobs().map(({ request }) => request.TrainingJobName))
    const artifacts = Object.keys(await digestsOf(rough.models, 'models/'))
    expect(artifacts.filter((key) => key.endsWith('model.qmm')).length).toBeGreaterThan(3)
  })

  test('Kills, double schedules and drops repeated out of order change no byte', async () => {
    const stages = Object.values(rough.usage.stages())
    expect(stages.reduce((sum, { failures }) => sum + failures, 0)).toBeGreaterThan(5)
    const events = await eventsOf(rough)
    await redeliver(rough, [...events].reverse())
    await redeliver(rough, events)
    await rough.clock.drain()

    expect(rough.deadLetters()).toBe(0)
    const folded = ['closed/', 'counters/', 'deltas/', 'states/', 'samples/']
    for (const prefix of ['clean/', ...folded, 'manifests/feed/drops/'])
      expect(await digestsOf(rough.lake, prefix)).toEqual(await digestsOf(cloud.lake, prefix))
    expect(await digestsOf(rough.models, 'models/')).toEqual(
      await digestsOf(cloud.models, 'models/'),
    )
  })

  test('Each drop is measured once at most, however often it arrives', () => {
    const lines = readFileSync(join(rough.logs, 'intake.log'), 'utf8')
      .split('\n')
      .flatMap((line) => (line.includes('"RecordsAccepted"') ? [JSON.parse(line)] : []))
    const drops = lines.map(({ drop }) => drop as string)
    expect(drops.length).toBeGreaterThan(70)
    expect(new Set(drops).size).toBe(drops.length)
  })

  test('Each sample is trained exactly once along the chain of increments', async () => {
    const byId = new Map(findings.versions.map((version) => [version.version, version]))
    const last = findings.versions
      .filter(({ tier, status }) => tier === 'daily' && status === 'accepted')
      .at(-1)!
    const seen = new Map<string, string>()
    for (let at: string | null = last.version; at !== null; at = byId.get(at)!.parent) {
      const manifest = await getJson(
        cloud.models,
        versionManifestKey('feed', at),
        versionManifestSchema,
      )
      for (const { files } of manifest.sets)
        for (const { key } of files)
          for (const { sample } of await readParquet<{ sample: string }>(
            await cloud.lake.get(key),
            ['sample'],
          )) {
            expect(seen.get(sample), `${sample} in ${at}`).toBeUndefined()
            seen.set(sample, at)
          }
    }
    expect(seen.size).toBeGreaterThan(1000)
  })

  test('Each artifact and each row states its origin', async () => {
    const collected = await loadCollected(openRegistry(cloud.registry, 'feed'))
    const standing = findings.versions.filter(({ version }) => !collected.has(version))
    expect(standing.length).toBeGreaterThan(3)
    for (const row of standing) {
      const bytes = await cloud.models.get(row.modelKey!)
      expect(sha256Hex(bytes)).toBe(row.modelSha256)
      const { header } = decodeModel(bytes)
      expect(header).toMatchObject({
        version: row.version,
        parent: row.parent,
        manifestDigest: row.manifestDigest,
        codeDigest: row.codeDigest,
        configurationDigest: row.configurationDigest,
      })
      const manifest = await cloud.models.get(versionManifestKey('feed', row.version))
      expect(sha256Hex(manifest)).toBe(row.manifestDigest)
    }
  })

  test('Each interval is scored before it is trained on', () => {
    const scored = findings.versions.filter(({ nextInterval }) => nextInterval.length > 0)
    expect(scored.length).toBeGreaterThan(1)
    for (const { version, dataThroughMs, nextInterval } of scored)
      for (const { dataFromMs, scoredBy, scores } of nextInterval) {
        expect(dataFromMs).toBeGreaterThanOrEqual(dataThroughMs)
        expect(scoredBy).not.toBe(version)
        expect(scores.rows).toBeGreaterThan(0)
      }
  })

  test('The online reader gives the trainer scores for shown items', async () => {
    const { compared, furthest } = await compareOnlineScores(cloud, screenedScene())
    expect(compared).toBeGreaterThan(100)
    expect(furthest).toBeLessThan(1e-6)
  })

  test('No raw identifier exists after intake in lake, models or registry', async () => {
    for (const store of [cloud.lake, cloud.models])
      for (const { key } of await store.list('')) {
        const bytes = await store.get(key)
        const text = key.endsWith('.parquet')
          ? JSON.stringify(await readParquet(bytes))
          : Buffer.from(bytes).toString('latin1')
        expect(userOfLine.exec(text)?.[0], key).toBeUndefined()
      }
    for (const row of findings.versions) expect(JSON.stringify(row)).not.toMatch(userOfLine)
  })

  test('Logs contain counts, keys and reasons, and never a person', () => {
    const folder = cloud.logs
    for (const file of readdirSync(folder)) {
      const text = readFileSync(join(folder, file), 'utf8')
      expect(userOfLine.exec(text)?.[0], file).toBeUndefined()
    }
  })

  test('Each run serves its closed hours within one minute, gates included', () => {
    const runs = measureRuns(cloud.executions())
    expect(new Set(runs.map(({ tier }) => tier))).toContain('hourly')
    for (const { tier, count, maxSeconds } of runs) {
      expect(count, tier).toBeGreaterThan(0)
      expect(maxSeconds, tier).toBeGreaterThan(0)
      expect(maxSeconds, tier).toBeLessThan(60)
    }
  })

  test('The daily page is drawn by its own schedule', async () => {
    const page = Buffer.from(await cloud.models.get('reports/feed/report.html')).toString()
    expect(page).toContain('Quality over time')
    expect(page).toContain('Contamination bound')
    expect(page).toMatch(/class="health \w+"><p>[^<]+\.</)
  })
})
