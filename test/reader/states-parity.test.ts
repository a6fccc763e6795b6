import { expect, test } from 'vitest'
import { featureSchema } from '../../functions/contract/features.ts'
import { createPseudonyms, openReader } from '../../functions/reader/reader.ts'
import { makeServedWorld, SECRET } from '../make/served-world.ts'

const clicks = { event: 'click', windowHours: 24 }
const shown = { event: 'impression', windowHours: 24 }
const prior = { priorRate: 0.2, priorStrength: 10 }
/** States other than counts, and counts of pairs. */
const FEATURES = featureSchema.array().parse([
  {
    name: 'pair_ratio',
    kind: 'ratio',
    entity: 'user+item',
    ...clicks,
    per: 'impression',
    ...prior,
  },
  {
    ...{ name: 'context_pair_rate', kind: 'rate', entity: 'context.device+item', outcome: 'click' },
    ...{ windowHours: 24, ...prior, examination: [1, 0.5] },
  },
  { name: 'decayed', kind: 'decayed-count', entity: 'item', ...clicks, halfLifeHours: 6 },
  { name: 'since_click', kind: 'recency', entity: 'user', ...clicks },
  { name: 'last_items', kind: 'last-items', entity: 'user', ...clicks, length: 3 },
  { name: 'viewers', kind: 'distinct', entity: 'item', ...shown, of: 'user.id' },
  { name: 'affinity', kind: 'affinity', entity: 'user', ...clicks, of: 'item.genres', ...prior },
  { name: 'category_clicks', kind: 'count', entity: 'item.category', ...clicks },
  { name: 'session', kind: 'session', entity: 'user', ...shown },
])

test('The reader serves states of every kind as samples have them', async () => {
  const world = await makeServedWorld('logistic', { more: FEATURES })
  const pseudonym = createPseudonyms(SECRET, 'feed')
  const people = Array.from({ length: 20 }, (_, n) => `person-${n}`)
  const rawOf = new Map(people.map((raw) => [pseudonym('user', raw), raw]))
  const replay = await world.release(world.full.row)
  const { models, registry } = world
  const lines: string[] = []
  const reader = await openReader({
    ...{ scene: 'feed', models, registry, online: replay.online, valuesMs: 1 },
    identify: (user) => pseudonym('user', user),
    logCells: { share: 1, seed: 1, put: (line) => void lines.push(line) },
    onFault: (fault) => {
      throw fault
    },
    timer: () => () => {},
  })
  const values = new Map(FEATURES.map(({ name }) => [name, new Set<unknown>()]))
  for (const sample of world.samples) {
    const { user, item, timeMs } = sample
    const device = sample['f_device']
    const context: Record<string, string> = typeof device === 'string' ? { device } : {}
    await replay.advanceTo(timeMs)
    await reader.scoreSlate({ user: rawOf.get(user)!, timeMs, context, items: [{ item }] })
    const { cells } = JSON.parse(lines.at(-1)!) as { cells: Record<string, unknown> }
    for (const [name, seen] of values) {
      expect([name, cells[name]]).toEqual([name, sample[`f_${name}`]])
      seen.add(cells[name])
    }
  }
  expect(world.samples.length).toBeGreaterThan(300)
  for (const [name, seen] of values) expect([name, seen.size > 2]).toEqual([name, true])
})
