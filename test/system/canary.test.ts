import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRanking } from '../../cdk/cli/ranking.ts'
import { replay } from '../../cdk/cli/replay/replay.ts'
import { createWorld, type Drop } from '../../cdk/cli/world/world.ts'
import type { Cloud } from '../../cdk/local/cloud.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import { readParquet } from '../../functions/core/parquet.ts'
import { unitInterval } from '../../functions/math/hash.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { collectFindings } from '../../functions/report/collect.ts'
import type { Findings } from '../../functions/report/findings.ts'
import {
  fireOnlyIn,
  hoursFrom,
  openWorkshop,
  SMALL_WORLD,
  silent,
  since,
  smallScene,
  type Workshop,
} from './run-world.ts'

const WORLD = {
  ...SMALL_WORLD,
  days: 3,
  users: 450,
  sessionsPerUserAndDay: 1.5,
  dirt: 0,
  cheats: 0,
}
/** From an afternoon, enough for the first full, to the morning on which the first daily is accepted. */
const START_MS = WORLD.startMs + 12 * HOUR_MS
const END_MS = WORLD.startMs + 2 * DAY_MS + 9 * HOUR_MS
/** A full and an increment, and then all hours of the trial. */
const HOURS = { 1: [1, 2, 4], 2: hoursFrom(1, 10) }
/** A shorter trial on more people than the deployed scene has: a small crowd tells as much sooner. */
const scene = smallScene({ canary: { share: 0.4, seed: 29, hours: 3, minUsers: 15 } })
let workshop: Workshop
beforeAll(async () => {
  workshop = await openWorkshop(scene)
}, 420_000)
afterAll(() => workshop?.end())

/** Releases that were on trial at any time of a replay. */
type Tried = ReadonlySet<string>

/** The drop without the clicks on slates that `spoils` says, whatever drop their impressions were in. */
function withoutClicks(
  drop: Drop,
  ranked: Map<string, string>,
  spoils: (by: string) => boolean,
): Drop {
  const text = drop.name.endsWith('.gz')
    ? gunzipSync(drop.body)
    : drop.name.endsWith('.zst')
      ? zstdDecompressSync(drop.body)
      : drop.body
  const lines = Buffer.from(text)
    .toString()
    .split('\n')
    .filter((line) => line !== '')
  const kept = lines.filter((line) => {
    const { type, requestId, release } = JSON.parse(line) as Record<string, string>
    if (release) ranked.set(requestId!, release)
    return type === 'impression' || !spoils(ranked.get(requestId!) ?? '')
  })
  const name = drop.name.replace(/\.(gz|zst)$/, '')
  return { ...drop, name, body: Buffer.from(kept.map((line) => `${line}\n`).join('')) }
}

/**
 * A replay whose impressions say which release ranked them, as an online service's do: by its
 * sequence, or by its version, as the reader answers it.
 */
async function replayRanked(
  named: 'sequence' | 'version',
  spoils: (release: string, tried: Tried) => boolean = () => false,
): Promise<{ cloud: Cloud; findings: Findings; tried: Tried }> {
  const cloud = await workshop.start(START_MS)
  fireOnlyIn(cloud, HOURS)
  const ranking = await openRanking(cloud, 'feed')
  const registry = openRegistry(cloud.registry, 'feed')
  const tried = new Set<string>()
  const ranked = new Map<string, string>()
  const versions = new Map<string, string>()
  const releaseOf = (user: string): string | null => {
    const sequence = ranking.releaseOf(user)
    return sequence === null || named === 'sequence' ? sequence : versions.get(sequence)!
  }
  function* drops(): Generator<Drop> {
    for (const drop of since(START_MS, createWorld(WORLD, releaseOf).drops())) {
      if (drop.arrivalMs > END_MS) return
      yield drop.kind === 'events'
        ? withoutClicks(drop, ranked, (release) => spoils(release, tried))
        : drop
    }
  }
  const landed = async () => {
    await ranking.refresh()
    const current = await registry.current()
    for (const release of [current, current?.canary])
      if (release) versions.set(String(release.sequence), release.version!)
    if (current?.canary) tried.add(String(current.canary[named]))
  }
  await replay(cloud, 'feed', drops(), silent, landed, END_MS + HOUR_MS)
  const findings = await collectFindings(cloud, ['feed'])
  return { cloud, findings, tried }
}
const kindsOf = ({ releases }: Findings): Set<string> => new Set(releases.map(({ kind }) => kind))

describe('A canary system run', () => {
  test('A canary serves its share, keeps its chain and is promoted', async () => {
    const { cloud, findings, tried } = await replayRanked('sequence')
    expect(cloud.deadLetters()).toBe(0)
    expect(cloud.executions().filter(({ status }) => status !== 'SUCCEEDED')).toEqual([])
    expect(kindsOf(findings)).toContain('promotion')
    const promotion = findings.releases.find(({ kind }) => kind === 'promotion')!
    const promoted = findings.versions.find(({ version }) => version === promotion.version)!
    expect(promoted.arm).toBe('canary')

    // While it lasted, both chains grew, each on its own base.
    const since = findings.releases.find(({ kind }) => kind === 'canary')!.timeMs
    const during = findings.versions.filter(
      ({ tier, scheduledMs }) =>
        tier === 'hourly' && scheduledMs >= since && scheduledMs < promotion.timeMs,
    )
    const basesOf = (arm: string) =>
      new Set(during.filter((version) => version.arm === arm).map(({ base }) => base))
    expect(basesOf('canary')).toEqual(new Set([promoted.base]))
    expect(basesOf('served').size).toBe(1)
    expect(basesOf('served')).not.toEqual(basesOf('canary'))

    // Its people saw it and nobody else did.
    const people = new Map<boolean, Set<string>>([
      [true, new Set()],
      [false, new Set()],
    ])
    for (const { key } of await cloud.lake.list('closed/'))
      for (const { type, user, release } of await readParquet<{
        type: string
        user: string
        release: string | null
      }>(await cloud.lake.get(key)))
        if (type === 'impression' && release !== null) people.get(tried.has(release))!.add(user)
    const { share, seed } = scene.canary!
    expect(people.get(true)!.size).toBeGreaterThan(20)
    for (const user of people.get(true)!) expect(unitInterval(user, seed)).toBeLessThan(share)
  }, 420_000)

  test('A canary with fewer clicks is withdrawn automatically; its base is refused', async () => {
    const { cloud, findings } = await replayRanked('version', (release, tried) =>
      tried.has(release),
    )
    expect(cloud.deadLetters()).toBe(0)
    const withdrawal = findings.releases.find(({ kind }) => kind === 'withdrawal')!
    expect(withdrawal.reason).toMatch(/outcomes at 0\.00 % against .* significantly worse/)
    const base = findings.versions.find(({ version }) => version === withdrawal.version)!
    expect(base).toMatchObject({ status: 'refused', tier: 'daily' })
    const flipped = findings.releases.filter(({ kind }) => kind === 'flip' || kind === 'promotion')
    for (const { version, timeMs } of flipped)
      if (timeMs > withdrawal.timeMs)
        expect(findings.versions.find((row) => row.version === version)!.base).not.toBe(
          base.version,
        )
  }, 420_000)
})
