import { beforeAll, describe, expect, test } from 'vitest'
import { scoreDefences } from '../../cdk/cli/anticheat/auc.ts'
import { fatesOf } from '../../cdk/cli/anticheat/fates.ts'
import { type Measured, measureLog, sumMeasured } from '../../cdk/cli/anticheat/measure.ts'
import { parseAnticheatOptions } from '../../cdk/cli/anticheat/options.ts'
import { formatMeasured } from '../../cdk/cli/anticheat/print.ts'
import { type ScreenedWorld, screenWorld } from '../../cdk/cli/anticheat/screen-world.ts'
import { readShippedScene } from '../../cdk/cli/scenes.ts'
import { WORLD_DEFAULTS, type WorldOptions } from '../../cdk/cli/world/options.ts'
import { ALWAYS } from '../../functions/anticheat/windows.ts'
import type { VerdictRow } from '../../functions/contract/verdicts.ts'

const SCENE = readShippedScene('feed')
const WORLD: WorldOptions = {
  ...WORLD_DEFAULTS,
  ...{ days: 4, users: 200, items: 150, attackStrength: 0.5 },
  attacks: ['click-farm', 'panel', 'hijack', 'power-users', 'cat'],
}

const verdictOn = (id: string, changes: Partial<VerdictRow> = {}): VerdictRow => ({
  ...{ subject: 'user', id, items: '[]', ...ALWAYS, reason: 'test', detectors: '["test"]' },
  ...{ score: 9, action: 'exclude', weight: 0, foundMs: 0, renewedMs: 0, expiresMs: 0 },
  ...changes,
})

describe('The measure of the defences', () => {
  let world: ScreenedWorld
  /** The same world with verdicts of the test's own. */
  const withVerdicts = (verdicts: readonly VerdictRow[]): ScreenedWorld => {
    const screened = { ...world.screened, verdicts }
    return { ...world, screened, fates: fatesOf(screened) }
  }
  const measure = ({ screened, fates, truth }: ScreenedWorld): Measured =>
    measureLog(screened, fates, truth)
  const usersOf = (role: string): string[] => [
    ...new Set(
      world.screened.accepted
        .map(({ user }) => user)
        .filter((user) => world.truth.roleOf(user) === role),
    ),
  ]
  /** Perfect verdicts: each cheat's user, item and time. */
  const oracle = (): VerdictRow[] =>
    world.screened.accepted.filter(world.truth.isCheat).map(({ user, item, timeMs }) =>
      verdictOn(user, {
        items: JSON.stringify([item]),
        ...{ fromMs: timeMs, throughMs: timeMs + 1 },
      }),
    )

  beforeAll(() => {
    world = screenWorld(SCENE, WORLD)
  }, 60_000)

  test('Every accepted event is counted once', () => {
    const { kinds, honest, all, gated } = measure(world)
    const { accepted } = world.screened
    expect(new Set(accepted.map(({ event }) => event)).size).toBe(accepted.length)
    const cheats = Object.values(kinds).reduce((sum, kind) => sum + kind.cheats, 0)
    const ofPeople = Object.values(honest).reduce((sum, { events }) => sum + events, 0)
    expect(cheats).toBe(accepted.filter(world.truth.isCheat).length)
    expect(cheats + ofPeople).toBe(all.events)
    expect(all.events + kinds['cat (honest)']!.events).toBe(accepted.length)
    expect(gated).toEqual({ hours: 0, events: 0 })
    for (const { events, rules, verdict, weighed } of Object.values(kinds))
      expect(rules + verdict + weighed).toBeLessThanOrEqual(events)
  })

  test('Perfect verdicts find every cheat and hit no honest user', () => {
    const { kinds, honest, verdicts } = measure(withVerdicts(oracle()))
    for (const [kind, { events, cheats, rules, verdict }] of Object.entries(kinds))
      if (cheats > 0) expect(rules + verdict, kind).toBe(events)
    for (const role of ['ordinary', 'power-users', 'panel'])
      expect(honest[role]!.lost, role).toBe(0)
    const windows = verdicts['window of a user']!
    expect(windows.right).toBe(windows.all)
  })

  test('A verdict on an honest user is a hit, and wrong', () => {
    const [user] = usersOf('ordinary')
    const before = measure(withVerdicts([]))
    const after = measure(withVerdicts([verdictOn(user!)]))
    expect(after.honest['ordinary']!.hit).toBe(before.honest['ordinary']!.hit + 1)
    expect(after.verdicts['whole account']).toEqual({ all: 1, right: 0, mostly: 0 })
    const watched = measure(withVerdicts([verdictOn(user!, { action: 'watch', weight: 1 })]))
    expect(watched).toEqual(before)
  })

  test('A hijacked account is right as a window only', () => {
    const [user] = usersOf('hijack')
    const times = world.screened.accepted
      .filter((row) => row.user === user && world.truth.isCheat(row))
      .map(({ timeMs }) => timeMs)
    const window = { fromMs: Math.min(...times), throughMs: Math.max(...times) + 1 }
    const { verdicts } = measure(withVerdicts([verdictOn(user!), verdictOn(user!, window)]))
    expect(verdicts['whole account']).toMatchObject({ all: 1, right: 0 })
    expect(verdicts['window of a user']).toMatchObject({ all: 1, right: 1 })
  })

  test('The same options give the same measures, which add up', () => {
    const measured = measure(world)
    expect(measure(screenWorld(SCENE, WORLD))).toEqual(measured)
    const twice = sumMeasured([measured, measured])
    expect(twice.all.events).toBe(2 * measured.all.events)
    expect(twice.kinds['panel']!.events).toBe(2 * measured.kinds['panel']!.events)
  })

  test('The table says which goal is met and which is missed', () => {
    const lineOf = (text: string, kind: string): string =>
      text.split('\n').find((line) => line.startsWith(`${kind} `))!
    const perfect = formatMeasured('perfect', measure(withVerdicts(oracle())))
    expect(lineOf(perfect, 'panel')).toContain('met')
    expect(lineOf(perfect, 'click-farm')).toContain('100.00 %')
    const none = formatMeasured('none', measure(withVerdicts([])))
    expect(lineOf(none, 'click-farm')).toContain('missed')
  })

  test('Perfect verdicts give a model close to the oracle’s', async () => {
    const { rows, predictions } = await scoreDefences(SCENE, withVerdicts(oracle()))
    const gap = (name: string): number =>
      predictions[name]!.reduce(
        (sum, p, n) => sum + Math.abs(p - predictions['oracle-cleaned']![n]!),
        0,
      ) / rows.count
    expect(rows.count).toBeGreaterThan(100)
    expect(gap('ours')).toBeLessThan(0.5 * gap('everything'))
  }, 60_000)

  test('The options are read, and a wrong one is named', () => {
    expect(parseAnticheatOptions(['--strengths', '1,0.35', '--attacks', 'cat'])).toMatchObject({
      ...{ users: 2000, seeds: 3, strengths: [1, 0.35], attacks: ['cat'], isHonestToo: true },
    })
    expect(() => parseAnticheatOptions(['--strengths', '0'])).toThrow(/expected numbers from 0.05/)
    expect(parseAnticheatOptions(['--help'])).toBeNull()
  })
})
