import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseAttacks } from '../../cdk/cli/start/options.ts'
import { ATTACK_KINDS, ATTACKS, LOOK_ALIKES } from '../../cdk/cli/world/attacks/kinds.ts'
import { WORLD_DEFAULTS, type WorldOptions } from '../../cdk/cli/world/options.ts'
import { createWorld, type Drop, type Truth } from '../../cdk/cli/world/world.ts'
import { type Event, eventSchema } from '../../functions/contract/events.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { sha256Hex } from '../../functions/core/digest.ts'

const WORLD: WorldOptions = {
  ...WORLD_DEFAULTS,
  ...{ days: 8, users: 1000, items: 200, cheats: 0, dirt: 0, attacks: ATTACK_KINDS },
}

function read({ name, body }: Drop): Event[] {
  const unpack = name.endsWith('.gz')
    ? gunzipSync
    : name.endsWith('.zst')
      ? zstdDecompressSync
      : null
  const lines = Buffer.from(unpack ? unpack(body) : body)
    .toString()
    .split('\n')
  return lines.slice(0, -1).map((line) => JSON.parse(line))
}
const dropsOf = (options: WorldOptions) =>
  [...createWorld(options).drops()].filter(({ kind }) => kind === 'events')
const digestOf = (options: WorldOptions): string =>
  sha256Hex(
    dropsOf(options)
      .map(({ name, body }) => name + sha256Hex(body))
      .join(),
  )

const isClick = (event: Event): boolean => event.type === 'outcome' && event.outcome === 'click'
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

describe('Attacks on the seeded world', () => {
  let drops: Drop[]
  let events: Map<string, Event>
  let truth: Truth[]
  let byKind: Map<string, Event[]>
  let honest: Event[]

  beforeAll(() => {
    drops = dropsOf(WORLD)
    events = new Map(drops.flatMap(read).map((event) => [event.eventId!, event]))
    truth = [...createWorld(WORLD).truth()]
    const groups = Map.groupBy(truth, ({ kind }) => kind)
    byKind = new Map(
      [...groups].map(([kind, list]) => [kind, list.map(({ eventId }) => events.get(eventId)!)]),
    )
    const planted = new Set(truth.map(({ eventId }) => eventId))
    honest = [...events.values()].filter(({ eventId }) => !planted.has(eventId!))
  }, 60_000)

  const usersOf = (kind: string) => Map.groupBy(byKind.get(kind)!, ({ userId }) => userId)
  const clicksOf = (kind: string) => byKind.get(kind)!.filter(isClick)
  /** Delays from an impression to its click. */
  const delaysOf = (list: readonly Event[]): number[] => {
    const impressions = list.filter(({ type }) => type === 'impression')
    const shown = new Map(impressions.map((one) => [`${one.requestId} ${one.itemId}`, one.timeMs]))
    return list
      .filter(isClick)
      .map(({ requestId, itemId, timeMs }) => timeMs - shown.get(`${requestId} ${itemId}`)!)
  }

  test('The ground truth names each planted event once, and no other', () => {
    expect(new Set(truth.map(({ eventId }) => eventId)).size).toBe(truth.length)
    for (const { eventId, userId, timeMs } of truth)
      expect(eventSchema.parse(events.get(eventId))).toMatchObject({ userId, timeMs })
    for (const { eventId, userId } of honest) {
      expect(userId).toMatch(/^u\d{6}$/)
      expect(eventId).toMatch(/^r-u/)
    }
    const without = dropsOf({ ...WORLD, attacks: [] }).flatMap(read)
    expect(without.length).toBe(honest.length)
    for (const kind of ATTACK_KINDS) expect(byKind.get(kind)?.length, kind).toBeGreaterThan(10)
  })

  test('Attacks are cheats and look-alikes are not', () => {
    const cheats = Map.groupBy(truth, ({ isCheat }) => isCheat)
    const kinds = new Set(cheats.get(true)!.map(({ kind }) => kind))
    for (const kind of ATTACKS) expect(kinds).toContain(kind)
    for (const kind of LOOK_ALIKES) expect(kinds).not.toContain(kind)
    const innocent = new Set(cheats.get(false)!.map(({ kind }) => kind))
    expect([...innocent].sort()).toEqual(['panel', ...LOOK_ALIKES].sort())
  })

  test('The same options give the same bytes, and no attack disturbs another', () => {
    const small = { ...WORLD, days: 4, users: 200 }
    expect(digestOf(small)).toBe(digestOf({ ...small }))
    const idsOf = (attacks: WorldOptions['attacks']) =>
      [...createWorld({ ...small, attacks }).truth()]
        .filter(({ kind }) => kind === 'hijack')
        .map(({ eventId, timeMs }) => `${eventId} ${timeMs}`)
    expect(idsOf(['hijack'])).toEqual(idsOf(ATTACK_KINDS))
    expect(idsOf(['hijack']).length).toBeGreaterThan(0)
  })

  test('A lower strength plants fewer cheats and as many look-alikes', () => {
    const weak = [...createWorld({ ...WORLD, attackStrength: 0.35 }).truth()]
    const count = (kind: string): number => weak.filter((one) => one.kind === kind).length
    for (const kind of ATTACKS)
      expect(count(kind), kind).toBeLessThan(0.7 * byKind.get(kind)!.length)
    for (const kind of LOOK_ALIKES) expect(count(kind)).toBe(byKind.get(kind)!.length)
  })

  test('The farm and the drip keep human delays', () => {
    const honestDelay = mean(delaysOf(honest))
    for (const kind of ['click-farm', 'slow-drip', 'camouflage'] as const) {
      const list = byKind.get(kind)!
      expect(mean(delaysOf(list)) / honestDelay).toBeGreaterThan(0.8)
      expect(mean(delaysOf(list)) / honestDelay).toBeLessThan(1.25)
      expect(Math.min(...delaysOf(list))).toBeGreaterThanOrEqual(2000)
    }
    const perDay = [...usersOf('slow-drip').values()].map(
      (list) => list.filter(isClick).length / WORLD.days,
    )
    expect(mean(perDay)).toBeLessThan(4)
    expect(perDay.length).toBe(80)
  })

  test('Accounts that promote click a few items far more than others', () => {
    for (const kind of ['click-farm', 'draining', 'hijack', 'cookie-like', 'lockstep-promotion']) {
      const counts = [...Map.groupBy(clicksOf(kind), ({ itemId }) => itemId).values()]
        .map(({ length }) => length)
        .sort((a, b) => b - a)
      const favoured = counts.slice(0, 6).reduce((a, b) => a + b)
      expect(favoured / clicksOf(kind).length, kind).toBeGreaterThan(0.6)
    }
  })

  test('A lockstep gang clicks the same items within the same minutes', () => {
    const cells = Map.groupBy(
      clicksOf('lockstep-promotion'),
      ({ itemId, timeMs }) => `${itemId} ${Math.floor(timeMs / (10 * MINUTE_MS))}`,
    )
    const largest = Math.max(
      ...[...cells.values()].map((list) => new Set(list.map(({ userId }) => userId)).size),
    )
    expect(largest).toBeGreaterThan(10)
  })

  test('A replayed session shows the slates of its recording again', () => {
    const slates = Map.groupBy(
      byKind.get('replay-jitter')!.filter(({ type }) => type === 'impression'),
      ({ requestId }) => requestId,
    )
    const contents = new Set(
      [...slates.values()].map((slate) => slate.map(({ itemId }) => itemId).join()),
    )
    expect(contents.size).toBe(6)
    expect(slates.size).toBeGreaterThan(100)
    expect(new Set(delaysOf(byKind.get('replay-jitter')!)).size).toBeGreaterThan(50)
  })

  test('A hijacked account is an honest one before the theft', () => {
    for (const [user, list] of usersOf('hijack')) {
      const times = list.map(({ timeMs }) => timeMs)
      expect(Math.max(...times) - Math.min(...times)).toBeLessThan(2 * DAY_MS + HOUR_MS)
      expect(user).toMatch(/^u/)
    }
    const stolen = usersOf('hijack')
    expect(honest.some(({ userId }) => stolen.has(userId))).toBe(true)
  })

  test('A camouflaged block clicks popular items as often as favoured ones', () => {
    const counts = [...Map.groupBy(clicksOf('camouflage'), ({ itemId }) => itemId).values()]
      .map(({ length }) => length)
      .sort((a, b) => b - a)
    const favoured = counts.slice(0, 8).reduce((a, b) => a + b)
    expect(favoured / clicksOf('camouflage').length).toBeGreaterThan(0.4)
    expect(favoured / clicksOf('camouflage').length).toBeLessThan(0.65)
  })

  test('Stuffing repeats an item in a slate, or a slate', () => {
    const slates = [
      ...Map.groupBy(
        byKind.get('stuffing')!.filter(({ type }) => type === 'impression'),
        ({ requestId }) => requestId,
      ).values(),
    ]
    const stuffed = slates.filter((slate) => new Set(slate.map(({ itemId }) => itemId)).size === 1)
    expect(stuffed.every(({ length }) => length === 8)).toBe(true)
    expect(stuffed.length).toBeGreaterThan(50)
    expect(slates.length - stuffed.length).toBeGreaterThan(500)
  })

  test('Quick clicks come sooner than a person sees an item', () => {
    expect(Math.max(...delaysOf(byKind.get('quick-clicks')!))).toBeLessThan(250)
  })

  test('Each cookie-like user has one short session', () => {
    for (const list of usersOf('cookie-like').values()) {
      const times = list.filter(({ type }) => type === 'impression').map(({ timeMs }) => timeMs)
      expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(MINUTE_MS)
    }
    expect(usersOf('cookie-like').size).toBeGreaterThan(200)
  })

  test('No impression precedes an orphan', () => {
    const shown = new Set(
      [...events.values()].filter(({ type }) => type === 'impression').map(({ userId }) => userId),
    )
    for (const { type, userId } of byKind.get('orphans')!) {
      expect(type).toBe('outcome')
      expect(shown.has(userId)).toBe(false)
    }
  })

  test('Poison raises the click rate of two hours', () => {
    const hours = Map.groupBy(byKind.get('poisoned-hour')!, ({ timeMs }) =>
      Math.floor(timeMs / HOUR_MS),
    )
    expect(hours.size).toBe(2)
    for (const [hour, forged] of hours) {
      const own = honest.filter(({ timeMs }) => Math.floor(timeMs / HOUR_MS) === hour)
      const shown = own.filter(({ type }) => type === 'impression').length
      expect(forged.length / shown).toBeGreaterThan(0.35)
    }
    const own = drops.filter(({ name }) => name.includes('-attacker')).flatMap(read)
    expect(own.length).toBeGreaterThan(0)
    const ids = new Set(byKind.get('poisoned-hour')!.map(({ eventId }) => eventId))
    for (const { eventId } of own) expect(ids.has(eventId)).toBe(true)
    expect(own.length).toBeLessThan(ids.size)
  })

  test('A class opens one link within minutes, from one address', () => {
    const lessons = Map.groupBy(
      byKind.get('classroom')!.flatMap((event) => (event.type === 'impression' ? [event] : [])),
      ({ context }) => context?.['network'],
    )
    expect(lessons.size).toBe(2)
    for (const list of lessons.values()) {
      const times = list.map(({ timeMs }) => timeMs)
      expect(Math.max(...times) - Math.min(...times)).toBeLessThan(3 * MINUTE_MS)
      expect(new Set(list.map(({ userId }) => userId)).size).toBe(30)
      expect(new Set(list.filter(({ position }) => position === 1).map((e) => e.itemId)).size).toBe(
        1,
      )
    }
  })

  test('A flash crowd clicks one item, which is quiet at other times', () => {
    const counts = Map.groupBy(clicksOf('flash-crowd'), ({ itemId }) => itemId)
    const [viral, clicks] = [...counts].sort(([, a], [, b]) => b.length - a.length)[0]!
    const others = honest.filter((event) => isClick(event) && event.itemId === viral).length
    const crowdHours = 6
    const ratePerHour = others / (WORLD.days * 24)
    expect(clicks.length / crowdHours).toBeGreaterThan(10 * ratePerHour)
  })

  test('Power users have ten times the activity of others', () => {
    const perUser = (list: readonly Event[]): number =>
      list.filter(({ type }) => type === 'impression').length
    const others = perUser(honest) / WORLD.users
    const power = mean([...usersOf('power-users').values()].map(perUser))
    expect(power / others).toBeGreaterThan(7)
    expect(power / others).toBeLessThan(13)
  })

  test('A cat taps at random for a minute', () => {
    for (const list of usersOf('cat').values()) {
      const times = list.map(({ timeMs }) => timeMs)
      expect(Math.max(...times) - Math.min(...times)).toBeLessThanOrEqual(MINUTE_MS)
      expect(list.filter(isClick).length).toBeGreaterThan(80)
    }
  })

  test('The flag takes all kinds or a list of kinds', () => {
    expect(parseAttacks('all')).toEqual(ATTACK_KINDS)
    expect(parseAttacks('cat,hijack')).toEqual(['hijack', 'cat'])
    expect(parseAttacks(undefined)).toEqual([])
    expect(() => parseAttacks('hijack,hijacked')).toThrow(/"hijacked" is no attack; expected all/)
  })
})
