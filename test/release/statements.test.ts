import { describe, expect, test } from 'vitest'
import { CLEARED, judge } from '../../functions/anticheat/judge.ts'
import { indexVerdicts, matchVerdict } from '../../functions/anticheat/match.ts'
import { restateVerdicts } from '../../functions/anticheat/restate.ts'
import { loadVerdicts, newestSnapshot } from '../../functions/anticheat/snapshot.ts'
import { anticheatSchema } from '../../functions/contract/anticheat.ts'
import { DAY_MS, HOUR_MS } from '../../functions/contract/time.ts'
import type { Finding } from '../../functions/contract/verdicts.ts'
import {
  onlineVerdictsPk,
  onlineVerdictsPointerPk,
  VERDICTS_SK,
} from '../../functions/contract/verdicts.ts'
import { openRegistry } from '../../functions/registry/registry.ts'
import { makeStatement, type StatementRequest } from '../../functions/release/make-statement.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'
import { NOON, putSnapshot, verdict } from '../make/verdicts.ts'

const USER = 'ab'.repeat(16)
const SAID = NOON + 2 * DAY_MS
const scene = { ...makeScene(), anticheat: anticheatSchema.parse({ holdback: 0 }) }
const about = (screenedMs: number) => ({
  scene: 'feed',
  madeMs: screenedMs,
  previousMs: null,
  screenedFromMs: NOON - 14 * DAY_MS,
  screenedThroughMs: screenedMs - HOUR_MS,
  detectorsDigest: 'detectors',
  inputsDigest: 'inputs',
})
const found = (id = USER) => verdict({ id })

async function openWorld(screenedMs: number | null = NOON + DAY_MS) {
  const lake = memoryObjects('lake')
  const online = memoryTable('online')
  const registry = openRegistry(memoryTable('registry'), 'feed')
  if (screenedMs !== null) await putSnapshot(lake, about(screenedMs), [found()])
  const ports = { lake, online, registry }
  const say = (kind: 'flag' | 'clear', request: Partial<StatementRequest> = {}) =>
    makeStatement(ports, scene, kind, { user: USER, reason: 'a look', timeMs: SAID, ...request })
  const actionAt = async (timeMs: number, item = 'i1', byMs = Number.MAX_SAFE_INTEGER) => {
    const snapshot = (await newestSnapshot(lake, 'feed', byMs))!
    const index = indexVerdicts(await loadVerdicts(lake, snapshot))
    return matchVerdict(index, { user: USER, item, drop: 'd', timeMs })?.action ?? null
  }
  return { ...ports, say, actionAt }
}

describe('A clear', () => {
  test('A clear holds at once, from its own time on', async () => {
    const { say, actionAt } = await openWorld()
    expect(await actionAt(NOON)).toBe('exclude')
    const made = await say('clear')
    expect([made.madeMs, made.overridden]).toEqual([SAID, 1])
    expect(await actionAt(NOON)).toBe('watch')
    // A run that began before reads what held then.
    expect(await actionAt(NOON, 'i1', SAID - 1)).toBe('exclude')
  })

  test('The online side has it with the same snapshot', async () => {
    const { say, online } = await openWorld()
    await say('clear')
    expect(await online.get(onlineVerdictsPointerPk('feed'), VERDICTS_SK)).toMatchObject({
      madeMs: SAID,
      users: 0,
    })
    expect(await online.get(onlineVerdictsPk('feed', SAID, USER), VERDICTS_SK)).toBeNull()
  })

  test('A cleared user whom detectors find again stays cleared', async () => {
    const { say, lake, registry } = await openWorld()
    await say('clear', { untilMs: SAID + 5 * DAY_MS })
    const previous = await loadVerdicts(lake, (await newestSnapshot(lake, 'feed', SAID))!)
    const finding: Finding = {
      ...{ detector: 'focus', evidence: 'choice', subject: 'user', id: USER, items: [] },
      ...{ fromMs: NOON, throughMs: SAID, score: 12, events: 50, expected: 1 },
    }
    const screened = async (screenedMs: number) =>
      judge({
        ...{ findings: [finding], previous, statements: await registry.statements(), screenedMs },
        holdback: { share: 0, seed: 1 },
      }).verdicts
    const next = await screened(SAID + DAY_MS)
    expect(new Set(next.map(({ action }) => action))).toEqual(new Set(['watch']))
    const renewed = next.find(({ renewedMs }) => renewedMs === SAID + DAY_MS)!
    expect([renewed.reason, renewed.detectors]).toEqual([CLEARED, '["focus"]'])
    // The clear has ended, and the detectors still find the user.
    const later = await screened(SAID + 6 * DAY_MS)
    expect(later.some(({ action }) => action === 'exclude')).toBe(true)
  })

  test('A window is cleared alone', async () => {
    const { say, actionAt } = await openWorld()
    await say('clear', { fromMs: NOON, throughMs: NOON + HOUR_MS })
    expect(await actionAt(NOON - 1)).toBe('exclude')
    expect(await actionAt(NOON)).toBe('watch')
    expect(await actionAt(NOON + HOUR_MS)).toBe('exclude')
  })
})

describe('A flag', () => {
  test('A flag names a user, an item, or both', async () => {
    const other = NOON + 3 * DAY_MS
    const byUser = await openWorld()
    await byUser.say('flag', { untilMs: SAID + 9 * DAY_MS })
    expect(await byUser.actionAt(other, 'any')).toBe('exclude')
    const byItem = await openWorld()
    await byItem.say('flag', { user: undefined, item: 'i9' })
    expect(await byItem.actionAt(other, 'i9')).toBe('exclude')
    expect(await byItem.actionAt(other, 'any')).toBeNull()
    const byBoth = await openWorld()
    await byBoth.say('flag', { item: 'i9', fromMs: other, throughMs: other + 1 })
    expect(await byBoth.actionAt(other, 'i9')).toBe('exclude')
    expect([await byBoth.actionAt(other, 'any'), await byBoth.actionAt(other + 1, 'i9')]).toEqual([
      null,
      null,
    ])
  })

  test('A later clear takes a flag back, and both stay on record', async () => {
    const { say, actionAt, registry } = await openWorld()
    await say('flag')
    await say('clear', { timeMs: SAID + 1000 })
    expect(await actionAt(NOON + 1.5 * DAY_MS)).toBeNull()
    expect((await registry.statements()).map(({ kind }) => kind)).toEqual(['flag', 'clear'])
    const decisions = await registry.decisions()
    expect(decisions.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['flag', 'a look'],
      ['clear', 'a look'],
    ])
  })

  test('Two statements of one second are both kept', async () => {
    const { say, registry } = await openWorld()
    await say('flag', { item: 'i1' })
    await say('flag', { item: 'i2' })
    expect(await registry.statements()).toHaveLength(2)
  })
})

describe('A statement', () => {
  test('A repeat changes nothing', async () => {
    const { say, lake } = await openWorld()
    const first = await say('clear')
    const before = [...lake.contents.keys()]
    expect(await say('clear')).toEqual(first)
    expect([...lake.contents.keys()]).toEqual(before)
  })

  test('Before any screening a statement waits for the first', async () => {
    const { say, lake, registry } = await openWorld(null)
    expect((await say('flag')).madeMs).toBeNull()
    expect(lake.contents.size).toBe(0)
    expect(await registry.statements()).toHaveLength(1)
  })

  test('A screening that ends meanwhile is joined with it', async () => {
    const { say, lake, online, registry, actionAt } = await openWorld()
    await say('clear')
    // It was planned before, so its time is earlier and its findings are newer.
    await putSnapshot(lake, about(SAID - HOUR_MS), [found(), found('cd'.repeat(16))])
    const statements = () => registry.statements()
    const joined = await restateVerdicts({ lake, online, statements }, scene, SAID)
    expect(joined!.snapshot.manifest).toMatchObject({
      madeMs: SAID + 1,
      screenedThroughMs: SAID - 2 * HOUR_MS,
    })
    expect(await actionAt(NOON)).toBe('watch')
    expect(joined!.verdicts.map(({ id, action }) => [id.slice(0, 2), action])).toEqual([
      ['ab', 'watch'],
      ['cd', 'exclude'],
    ])
  })

  test('Wrong use is one sentence, and changes nothing', async () => {
    const { say, registry, lake } = await openWorld()
    const before = lake.contents.size
    const wrong: [Partial<StatementRequest>, RegExp][] = [
      [{ user: undefined }, /^expected a user or an item to clear; nothing was changed$/],
      [{ user: 'person-1' }, /^user: got "person-1", expected the hash of a user, 32 hex digits/],
      [{ item: 'i1' }, /^a clear is about all events of its user/],
      [{ untilMs: SAID }, /expected a time after the request/],
      [{ untilMs: SAID + 400 * DAY_MS }, /expected at most 366 days after the request/],
      [{ fromMs: NOON, throughMs: NOON }, /contains no event/],
    ]
    for (const [request, says] of wrong) await expect(say('clear', request)).rejects.toThrow(says)
    expect(await registry.statements()).toEqual([])
    expect(lake.contents.size).toBe(before)
  })
})
