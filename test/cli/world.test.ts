import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { CHEAT_KINDS } from '../../cdk/cli/world/cheats.ts'
import { WORLD_DEFAULTS, type WorldOptions } from '../../cdk/cli/world/options.ts'
import { createWorld, type Drop } from '../../cdk/cli/world/world.ts'
import { eventSchema } from '../../functions/contract/events.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../functions/contract/time.ts'
import { sha256Hex } from '../../functions/core/digest.ts'

const small: WorldOptions = { ...WORLD_DEFAULTS, days: 4, users: 200, items: 100 }
const read = ({ name, body }: Drop): string[] => {
  const raw = name.endsWith('.gz')
    ? gunzipSync(body)
    : name.endsWith('.zst')
      ? zstdDecompressSync(body)
      : body
  return Buffer.from(raw).toString().split('\n').slice(0, -1)
}
const eventsOf = (options: WorldOptions) =>
  [...createWorld(options).drops()].filter(({ kind }) => kind === 'events')
const digest = (options: WorldOptions): string =>
  sha256Hex(
    [...createWorld(options).drops()].map(({ name, body }) => name + sha256Hex(body)).join(),
  )

/** Click-through rate by category on the first and the last day. */
function preferenceShift(drift: number): number {
  const world = createWorld({
    ...small,
    users: 1500,
    days: 15,
    dirt: 0,
    cheats: 0,
    newItemsPerDay: 0,
    drift,
  })
  const category = new Map<string, string>()
  const counts = new Map<string, [number, number]>()
  for (const drop of world.drops()) {
    for (const line of read(drop)) {
      const record = JSON.parse(line)
      if (drop.kind === 'items') category.set(record.id, record.attributes.category)
      if (drop.kind !== 'events') continue
      const day = Math.floor((record.timeMs - small.startMs) / DAY_MS)
      if (day > 1 && day < 13) continue
      const key = `${day > 1}/${category.get(record.itemId)}`
      const count = counts.get(key) ?? [0, 0]
      if (record.type === 'impression') count[0]++
      else if (record.outcome === 'click') count[1]++
      counts.set(key, count)
    }
  }
  const logit = ([shown, clicked]: [number, number]) =>
    Math.log((clicked + 1) / (shown - clicked + 1))
  const shifts = [...new Set(category.values())].map(
    (name) => logit(counts.get(`true/${name}`)!) - logit(counts.get(`false/${name}`)!),
  )
  const mean = shifts.reduce((a, b) => a + b) / shifts.length
  return Math.sqrt(shifts.reduce((sum, x) => sum + (x - mean) ** 2, 0) / shifts.length)
}

describe('The seeded world', () => {
  test('One seed gives the same bytes, and another seed gives others', () => {
    expect(digest(small)).toBe(digest(small))
    expect(digest({ ...small, seed: 2 })).not.toBe(digest(small))
  })

  test('The world delivers its drops in order of arrival', () => {
    const arrivals = [...createWorld(small).drops()].map(({ arrivalMs }) => arrivalMs)
    expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b))
  })

  test('Drops of a minute hold the lines of hourly drops', () => {
    const linesOf = (dropMinutes: number): string[] =>
      eventsOf({ ...small, days: 1, dirt: 0, dropMinutes })
        .flatMap(read)
        .sort()
    const minutes = eventsOf({ ...small, days: 1, dirt: 0, dropMinutes: 1 })
    expect(linesOf(1)).toEqual(linesOf(60))
    expect(minutes.length).toBeGreaterThan(300)
    expect(new Set(minutes.map(({ name }) => name)).size).toBe(minutes.length)
    for (const { arrivalMs } of minutes) expect(arrivalMs % MINUTE_MS).toBe(2000)
    const arrivals = [...createWorld({ ...small, dropMinutes: 1 }).drops()].map(
      ({ arrivalMs }) => arrivalMs,
    )
    expect(arrivals).toEqual(arrivals.toSorted((a, b) => a - b))
  })

  test('Without dirt and cheats, all lines are valid events of known users', () => {
    const options = { ...small, dirt: 0, cheats: 0 }
    for (const drop of eventsOf(options)) {
      for (const line of read(drop)) {
        const event = eventSchema.parse(JSON.parse(line))
        expect(event.userId).toMatch(/^u\d{6}$/)
        expect(event.timeMs).toBeLessThan(drop.arrivalMs)
      }
    }
  })

  test('Dirt adds late, duplicate and broken lines and late or repeated drops', () => {
    const drops = eventsOf({ ...small, days: 8, dirt: 3, cheats: 0 })
    const lines = drops.flatMap(read)
    const parsed = lines.flatMap((line) => {
      try {
        return [JSON.parse(line)]
      } catch {
        return []
      }
    })
    expect(parsed.length).toBeLessThan(lines.length)
    expect(parsed.some((event) => !eventSchema.safeParse(event).success)).toBe(true)
    expect(new Set(lines).size).toBeLessThan(lines.length)
    expect(drops.some(({ name }) => name.includes('-again'))).toBe(true)
    const isLate = drops.some((drop) =>
      read(drop).some((line) => {
        const timeMs = Number(/"timeMs":(\d{13})/.exec(line)?.[1])
        return drop.arrivalMs - timeMs > 24 * HOUR_MS && timeMs > small.startMs
      }),
    )
    expect(isLate).toBe(true)
  })

  test('Every kind of cheat is planted, and ground truth names the cheaters', () => {
    const options = { ...small, days: 6, dirt: 0 }
    const world = createWorld(options)
    expect(new Set(world.cheats.map(({ kind }) => kind))).toEqual(new Set(CHEAT_KINDS))
    const strangers = new Set(
      eventsOf(options)
        .flatMap(read)
        .map((line) => JSON.parse(line).userId as string)
        .filter((id) => !/^u\d{6}$/.test(id)),
    )
    const planted = new Set(world.cheats.map(({ userId }) => userId))
    for (const id of strangers) expect(planted).toContain(id)
    expect(strangers.size).toBeGreaterThan(0.7 * planted.size)
  })

  test('Higher positions get more clicks than lower ones', () => {
    const shown = new Array<number>(9).fill(0)
    const clicked = new Array<number>(9).fill(0)
    const positions = new Map<string, number>()
    const events = eventsOf({ ...small, users: 1000, dirt: 0, cheats: 0 })
      .flatMap(read)
      .map((line) => JSON.parse(line))
    for (const event of events) {
      if (event.type !== 'impression') continue
      positions.set(event.eventId, event.position)
      shown[event.position]!++
    }
    for (const { eventId, outcome } of events) {
      const position = outcome === 'click' ? positions.get(eventId.slice(0, -2)) : undefined
      if (position) clicked[position]!++
    }
    expect(clicked[1]! / shown[1]!).toBeGreaterThan(1.5 * (clicked[8]! / shown[8]!))
  })

  test('Tastes move with drift and stay the same without it', () => {
    const still = preferenceShift(0)
    expect(preferenceShift(1)).toBeGreaterThan(2 * still)
  })
})
