import { describe, expect, test } from 'vitest'
import type { Generation } from '../../functions/contract/generations.ts'
import {
  beginGeneration,
  changeGenerations,
  chooseKeptGenerations,
  hasMeaning,
  isDue,
  loadGenerations,
  nameGeneration,
  retiredFrom,
  settleGeneration,
} from '../../functions/registry/generations.ts'
import { memoryTable } from '../make/memory-table.ts'

const LIST = { pk: 'feed#things', what: 'things of feed' }
const DAY_MS = 24 * 3_600_000
const listed = (statuses: readonly string[]): Generation[] =>
  statuses.map((status, n) => ({
    ...{ generation: String(n), fenceMs: statuses.length - n, reason: '' },
    status: status as Generation['status'],
  }))
const namesOf = (generations: readonly Generation[]) =>
  generations.map(({ generation }) => generation)

describe('a list of generations', () => {
  test('Of four generations a refused one goes before the accepted ones', () => {
    const kept = chooseKeptGenerations(listed(['refused', 'refused', 'refused', 'accepted']))
    expect(namesOf(kept)).toEqual(['0', '1', '3'])
    const all = chooseKeptGenerations(listed(['accepted', 'accepted', 'accepted', 'accepted']))
    expect(namesOf(all)).toEqual(['0', '1', '2'])
  })

  test('Generations that releases name stay, even beside three newer ones', () => {
    const many = listed(['building', 'accepted', 'accepted', 'accepted', 'accepted'])
    expect(namesOf(chooseKeptGenerations(many, new Set(['3', '4'])))).toEqual(['0', '3', '4'])
    expect(namesOf(chooseKeptGenerations(many, new Set(['1', '2', '3', '4'])))).toHaveLength(5)
  })

  test('Writers at the same time lose no change', async () => {
    const table = memoryTable()
    const add = (n: number) =>
      changeGenerations(table, LIST, (generations) => [
        { generation: String(n), fenceMs: n, status: 'accepted', reason: '' },
        ...generations,
      ])
    await Promise.all([add(1), add(2), add(3)])
    const { n, generations } = await loadGenerations(table, LIST)
    expect(n).toBe(3)
    expect(namesOf(generations).sort()).toEqual(['1', '2', '3'])
  })

  test('A change that others win each time is thrown with the name', async () => {
    const table = { ...memoryTable(), putIfUnchanged: async () => false }
    const change = changeGenerations(table, LIST, () => listed(['building']))
    await expect(change).rejects.toThrow('things of feed: other writers changed its generations')
  })

  test('A generation is due after a week, or when its meaning changes', () => {
    const meaning = { size: 1 }
    const generation = nameGeneration(meaning, DAY_MS)
    expect(generation).toMatch(/^[0-9a-f]{8}-0000086400000$/)
    expect(hasMeaning(generation, { size: 1 })).toBe(true)
    const rows = (status: Generation['status']): Generation[] => [
      { generation, fenceMs: DAY_MS, status, reason: '' },
    ]
    expect(isDue([], meaning, DAY_MS)).toBe(true)
    expect(isDue(rows('building'), meaning, DAY_MS)).toBe(true)
    expect(isDue(rows('refused'), meaning, 8 * DAY_MS - 1)).toBe(false)
    expect(isDue(rows('accepted'), meaning, 8 * DAY_MS)).toBe(true)
    expect(isDue(rows('accepted'), { size: 2 }, DAY_MS)).toBe(true)
  })

  test('An unlisted generation is retired unless it is newer than the list', () => {
    const old = nameGeneration('old', DAY_MS)
    const kept = nameGeneration('kept', 2 * DAY_MS)
    const isRetired = retiredFrom([
      { generation: kept, fenceMs: 2 * DAY_MS, status: 'accepted', reason: '' },
    ])
    expect([old, kept, nameGeneration('new', 3 * DAY_MS)].map(isRetired)).toEqual([
      ...[true, false, false],
    ])
  })
})

test('A build whose place another one took is not settled', async () => {
  const table = memoryTable()
  const [first, second] = [1, 2].map((fenceMs) => ({ generation: `g${fenceMs}`, fenceMs }))
  await beginGeneration(table, LIST, first!, new Set())
  expect(await beginGeneration(table, LIST, first!, new Set())).toHaveLength(1)
  await beginGeneration(table, LIST, second!, new Set(), '; the other was given up')
  const settled = { status: 'accepted', reason: 'the first one' } as const
  await expect(
    settleGeneration(table, LIST, { ...settled, generation: 'g1' }, new Set()),
  ).rejects.toThrow(`${LIST.what}: another build took the place of g1; it is not served`)
  await settleGeneration(table, LIST, { ...settled, generation: 'g2' }, new Set())
  const { generations } = await loadGenerations(table, LIST)
  expect(generations).toEqual([{ ...second!, ...settled }])
})
