import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanEntitiesKey } from '../../functions/contract/keys.ts'
import { ENTITY_COLUMNS, type EntityRow } from '../../functions/contract/rows.ts'
import { HOUR_MS } from '../../functions/contract/time.ts'
import { statementsPk, VALUES_SK, valuesPk } from '../../functions/contract/values.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { indexCatalogue } from '../../functions/features/catalogue.ts'
import {
  fitAttributes,
  MAX_ATTRIBUTES_BYTES,
  publishStatements,
} from '../../functions/features/statements.ts'
import { retryAfterEveryKill } from '../make/breaking.ts'
import { DAY0_MS } from '../make/events.ts'
import { memoryObjects } from '../make/memory-objects.ts'
import { memoryTable } from '../make/memory-table.ts'
import { makeScene } from '../make/scene.ts'

const scene = makeScene({ clockSkewMinutes: 5 })
const ids = ['i1', 'i2', 'i3']

interface Drop {
  hour: number
  statements: { id: string; aheadMs: number; text: string }[]
}
const dropName = (n: number): string => n.toString(16).padStart(32, '0')
const rowsOf = ({ hour, statements }: Drop, n: number): EntityRow[] =>
  statements.map(({ id, aheadMs, text }, row) => ({
    id,
    knowableMs: DAY0_MS + hour * HOUR_MS + aheadMs,
    attributes: JSON.stringify({ category: text }),
    ...{ title: null, text: null, drop: dropName(n), row },
  }))

function makeWorld(drops: readonly Drop[] = []) {
  const lake = memoryObjects('lake')
  const online = memoryTable('online')
  const land = (drop: Drop, n: number, kind: 'items' | 'users' = 'items'): string => {
    const arrivalMs = DAY0_MS + drop.hour * HOUR_MS
    const key = cleanEntitiesKey({ scene: 'feed', kind, arrivalMs, drop: dropName(n), part: 0 })
    lake.drop(key, writeParquet(ENTITY_COLUMNS, rowsOf(drop, n)))
    return key
  }
  for (const [n, one] of drops.entries()) land(one, n)
  const publish = (table = online, objects = lake) => publishStatements(objects, table, scene)
  const statementOf = async (id: string, kind: 'item' | 'user' = 'item') => {
    const row = await online.get(valuesPk('feed', kind, id), VALUES_SK)
    const { attributes } = (row?.['statement'] ?? { attributes: 'null' }) as { attributes: string }
    return JSON.parse(attributes) as { category: string } | null
  }
  return { lake, online, land, publish, statementOf }
}
const drop = (hour: number, text: string, id = 'i1', aheadMs = 0): Drop => ({
  hour,
  statements: [{ id, aheadMs, text }],
})

describe('Published statements', () => {
  test('The newest statement of each entity in new files is published', async () => {
    const { land, publish, statementOf } = makeWorld([drop(1, 'old'), drop(2, 'other', 'i2')])
    land(drop(1, 'grown', 'u1'), 7, 'users')
    expect(await publish()).toEqual({ files: 3, entities: 3, cut: 0 })
    land(drop(5, 'new'), 2)
    expect(await statementOf('i1')).toEqual({ category: 'old' })
    expect(await publish()).toEqual({ files: 1, entities: 1, cut: 0 })
    expect(await statementOf('i1')).toEqual({ category: 'new' })
    expect(await statementOf('i2')).toEqual({ category: 'other' })
    expect(await statementOf('u1', 'user')).toEqual({ category: 'grown' })
    expect(await publish()).toEqual({ files: 0, entities: 0, cut: 0 })
  })

  test('Statements of a late drop are published without replacing newer ones', async () => {
    const { land, publish, statementOf } = makeWorld([drop(5, 'new')])
    await publish()
    land(drop(1, 'late'), 9)
    land(drop(1, 'late', 'i2'), 10)
    expect(await publish()).toEqual({ files: 2, entities: 2, cut: 0 })
    expect(await statementOf('i1')).toEqual({ category: 'new' })
    expect(await statementOf('i2')).toEqual({ category: 'late' })
  })

  test('Published statements equal those that later samples use, in any order', async () => {
    const statement = fc.record({
      id: fc.constantFrom(...ids),
      aheadMs: fc.constantFrom(0, 1000, 2 * HOUR_MS),
      text: fc.string(),
    })
    const drops = fc.array(
      fc.record({
        hour: fc.integer({ min: 0, max: 8 }),
        statements: fc.array(statement, { minLength: 1, maxLength: 4 }),
      }),
      { minLength: 1, maxLength: 6 },
    )
    const hours = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(drops, hours, async (landed, published) => {
        const world = makeWorld()
        for (const [n, one] of landed.entries()) {
          // Some drops come between publications, at any order of their times.
          world.land(one, n)
          const hour = published[n]
          // Two writers at once, one of which sees no marks: it was replaced, and goes on.
          if (hour !== undefined)
            await Promise.all([
              world.publish(),
              world.publish({ ...world.online, query: async () => [] }),
            ])
        }
        await world.publish()
        const catalogue = indexCatalogue(landed.flatMap(rowsOf), 0)
        for (const id of ids)
          expect(await world.statementOf(id)).toEqual(catalogue.attributesOf(id, Infinity))
      }),
    )
  })

  test('Publishing statements killed at any call ends correctly after a retry', async () => {
    const drops = [drop(1, 'a'), drop(2, 'b'), drop(2, 'c', 'i2')]
    const stateOf = async ({ online }: ReturnType<typeof makeWorld>) => [
      ...(await online.query(statementsPk('feed'), '')),
      ...(await Promise.all(ids.map((id) => online.query(valuesPk('feed', 'item', id), '')))),
    ]
    const calm = makeWorld(drops)
    await calm.publish()
    const expected = await stateOf(calm)
    const calls = await retryAfterEveryKill(
      async () => makeWorld(drops),
      (world, wrap) => world.publish(wrap(world.online), wrap(world.lake)),
      stateOf,
      (found, n) => expect(found, `killed at call ${n}`).toEqual(expected),
    )
    expect(calls).toBeGreaterThan(7)
  })
})

describe('Oversized attributes', () => {
  const long = (n: number): string => 'ü'.repeat(n)
  test('Oversized attributes lose the fields that no feature uses first', () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`x${n}`, long(1000)]))
    const fitted = fitAttributes(
      JSON.stringify({ ...many, category: 'kept', zeal: long(1000) }),
      new Set(['category', 'zeal', 'absent']),
    )
    expect(fitted.isCut).toBe(true)
    expect(Buffer.byteLength(fitted.attributes)).toBeLessThanOrEqual(MAX_ATTRIBUTES_BYTES)
    const kept = JSON.parse(fitted.attributes)
    expect(kept).toMatchObject({ category: 'kept', zeal: long(1000) })
    expect(Object.keys(kept).length).toBeGreaterThan(50)
  })

  test('Cut attributes are counted, and fitting ones stay as stated', async () => {
    expect(fitAttributes('{"b":1,"a":2}', new Set())).toEqual({
      attributes: '{"b":1,"a":2}',
      isCut: false,
    })
    const { land, publish } = makeWorld()
    land(drop(1, long(MAX_ATTRIBUTES_BYTES)), 1)
    expect(await publish()).toEqual({ files: 1, entities: 1, cut: 1 })
  })
})
