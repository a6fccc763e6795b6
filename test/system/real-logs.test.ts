import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { profileLogs } from '../../cdk/cli/validate/read.ts'
import { readScene } from '../../cdk/config.ts'
import { type Summary, summarySchema } from '../../functions/contract/summary.ts'
import { DAY_MS } from '../../functions/contract/time.ts'

const DATA = process.env['QUARTERMASTER_DATA'] ?? ''
const START = join(import.meta.dirname, '..', '..', 'cdk', 'cli', 'start.ts')
const folder = mkdtempSync(join(tmpdir(), 'logs-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function replayLogs(name: string, format: string, ...flags: string[]): Summary {
  const out = join(folder, name)
  const argv = [START, '--logs', join(DATA, name), '--format', format, '--out', out, ...flags]
  const { status, stderr } = spawnSync(process.execPath, argv, {
    encoding: 'utf8',
    timeout: 400_000,
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return summarySchema.parse(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')))
}
const sceneOf = (name: string) =>
  readScene(join(import.meta.dirname, '..', '..', 'cdk', 'scenes', `${name}.json`))
/** What validation finds in all logs of a folder. */
const profileAll = (
  name: string,
  format: 'access-log' | 'open-bandit',
  scene: ReturnType<typeof readScene>,
) => {
  const all = { mapping: null, fromMs: null, throughMs: null }
  return profileLogs({ path: join(DATA, name), format, scene, ...all }, Date.UTC(2026, 0, 1))
}
const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)

/** The public data sets stand where QUARTERMASTER_DATA says; without it these tests are skipped. */
describe.runIf(DATA !== '')('real logs, replayed by their own time', () => {
  test('Four days of MovieLens end in a release with balanced accounts', () => {
    // From a Friday to a Monday, on which the weekly full runs.
    const summary = replayLogs('ml-100k', 'movielens', '--from', '1997-09-26', '--to', '1997-09-29')
    const ratings = summary.drops.filter(({ kind }) => kind === 'events')
    expect(sum(ratings.map(({ read }) => read))).toBe(sum(ratings.map(({ accepted }) => accepted)))
    expect(summary.versions.filter(({ status }) => status === 'accepted').length).toBeGreaterThan(3)
    // Of a year there is one in test/trainer/ranking.test.ts.
    expect(
      summary.versions.some(
        ({ tier, dataFromMs, dataThroughMs }) =>
          tier === 'full' && dataThroughMs - dataFromMs > 2 * DAY_MS,
      ),
    ).toBe(true)
    expect(summary.current['movielens']).not.toBeNull()
    expect(summary.deadLetters).toBe(0)
    expect(summary.failedRuns).toBeNull()
    const kept = sum(summary.hours.map((hour) => hour.kept))
    expect(kept).toBe(sum(ratings.map(({ events }) => events)))
  }, 420_000)

  test('Four days of access logs end in a release as validation predicted', async () => {
    const summary = replayLogs('access-logs', 'access-log')
    const logs = summary.drops.filter(({ kind }) => kind === 'events')
    expect(sum(logs.map(({ read }) => read))).toBe(10_000)
    expect(logs.flatMap(({ quarantined }) => Object.entries(quarantined))).toEqual([['bad_row', 1]])
    const scene = sceneOf('access-log')
    const profile = await profileAll('access-logs', 'access-log', scene)
    expect(sum(summary.hours.map(({ accepted }) => accepted))).toBe(
      profile.events.impressions + profile.events.outcomes['follow']!,
    )
    expect(sum(summary.hours.map(({ duplicates }) => duplicates))).toBe(profile.ids.repeated.count)
    expect(sum(summary.hours.map(({ excluded }) => excluded['declared_bot'] ?? 0))).toBeGreaterThan(
      1000,
    )
    const rows = sum(summary.versions.map((version) => version.rows ?? 0))
    expect(profile.tiers[0]!.says).toContain(`${rows.toLocaleString('en-GB')} samples`)
    expect(summary.current['access-log']?.version).toBe(summary.versions.at(-1)!.version)
    expect(summary.deadLetters).toBe(0)
    expect(summary.failedRuns).toBeNull()
  }, 420_000)

  test('A week of Open Bandit is read whole, with its clicks', async () => {
    const scene = sceneOf('open-bandit')
    const { quarantined, events } = await profileAll('open-bandit', 'open-bandit', scene)
    // Four campaigns and policies of 10,000 impressions each, 207 of them clicked.
    expect(quarantined).toEqual({})
    expect(events).toEqual({ impressions: 40_000, outcomes: { click: 69 + 3 * 46 } })
  })

  test('Days of Open Bandit with propensity end in a released lineage', () => {
    const summary = replayLogs('open-bandit', 'open-bandit', '--to', '2019-11-26')
    const logs = summary.drops.filter(({ kind }) => kind === 'events')
    // The rows of the four files until then, and those of them with a click.
    expect(sum(logs.map(({ read }) => read))).toBe(4380 + 4073 + 4261 + 4063)
    expect(sum(logs.map(({ events }) => events))).toBe(16_777 + 38 + 19 + 19 + 13)
    expect(summary.versions.length).toBe(3)
    expect(summary.current['open-bandit']?.version).toBe(
      summary.versions.filter(({ status }) => status === 'accepted').at(-1)!.version,
    )
    for (const { nextInterval } of summary.versions)
      for (const { scores } of nextInterval)
        for (const metric of ['auc', 'logLoss', 'normalizedEntropy', 'calibrationRatio'] as const)
          expect(scores[metric] === null).toBe(metric in scores.undefinedBecause)
  }, 420_000)
})
