import { describe, expect, test } from 'vitest'
import type { TableStore } from '../../functions/core/tables.ts'

let names = 0
const fresh = (): string => `P#${names++}`

/** What every implementation of the TableStore port must do. */
export function tableStoreSuite(name: string, open: () => TableStore): void {
  describe(`a table, ${name}`, () => {
    test('gives back rows of nested values and exact numbers, without their keys', async () => {
      const pk = fresh()
      const row = {
        n: 1_767_571_200_123,
        share: 0.1,
        list: [1, 'a', null, true],
        nested: { deep: { er: -5 } },
        empty: {},
      }
      await open().put(pk, 'a', row)
      expect(await open().get(pk, 'a')).toEqual(row)
      expect(await open().get(pk, 'b')).toBeNull()
    })

    test('puts if absent once, whoever asks at the same time', async () => {
      const pk = fresh()
      const won = await Promise.all(
        Array.from({ length: 15 }, (_, n) => open().putIfAbsent(pk, 'a', { n })),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await open().get(pk, 'a')).toEqual({ n: won.indexOf(true) })
    })

    test('changes a row only while an attribute is what was expected', async () => {
      const pk = fresh()
      const flip = (to: number, expected: number | null) =>
        open().putIfUnchanged(
          pk,
          'CURRENT',
          { sequence: to },
          expected === null ? null : { sequence: expected },
        )
      expect(await flip(1, 7)).toBe(false)
      expect(await flip(1, null)).toBe(true)
      expect(await flip(2, null)).toBe(false)
      const won = await Promise.all([2, 3, 4, 5].map((to) => flip(to, 1)))
      expect(won.filter(Boolean)).toHaveLength(1)
      expect(await open().get(pk, 'CURRENT')).toEqual({ sequence: 2 + won.indexOf(true) })
    })

    test('changes a row only while all of several attributes are what was expected', async () => {
      const pk = fresh()
      const change = (expected: Record<string, string | number>) =>
        open().putIfUnchanged(pk, 'a', { status: 'started', job: 2 }, expected)
      await open().put(pk, 'a', { status: 'failed', job: 1 })
      expect(await change({ status: 'failed', job: 2 })).toBe(false)
      expect(await change({ status: 'started', job: 1 })).toBe(false)
      expect(await change({ status: 'failed', nothing: 1 })).toBe(false)
      expect(await open().get(pk, 'a')).toEqual({ status: 'failed', job: 1 })
      const won = await Promise.all([0, 1, 2].map(() => change({ status: 'failed', job: 1 })))
      expect(won.filter(Boolean)).toHaveLength(1)
    })

    test('queries a partition by prefix, ascending by sort key', async () => {
      const pk = fresh()
      for (const sk of ['B#2', 'A#1', 'B#10', 'B#1', 'C'])
        await open().put(pk, sk, { sk: 'ignored', v: 1 })
      expect((await open().query(pk, 'B#')).map(({ sk }) => sk)).toEqual(['B#1', 'B#10', 'B#2'])
      expect(await open().query(pk, 'Z')).toEqual([])
      const from = await open().query(pk, 'B#', 'B#10')
      expect(from.map(({ sk }) => sk)).toEqual(['B#10', 'B#2'])
      const two = await open().query(pk, 'B#', 'A#')
      expect(two.map(({ sk }) => sk)).toEqual(['A#1', 'B#1', 'B#10', 'B#2'])
    })

    test('keeps the greatest of an attribute, whoever writes last or at the same time', async () => {
      const pk = fresh()
      const put = (order: string, text = order) =>
        open().putIfGreater(pk, 'a', { order, text }, 'order')
      expect(await put('20-b')).toBe(true)
      expect(await put('20-b', 'again')).toBe(false)
      expect(await put('19-z')).toBe(false)
      await Promise.all(['20-c', '30', '21', '20-d'].map((order) => put(order)))
      expect(await open().get(pk, 'a')).toEqual({ order: '30', text: '30' })
      for (const n of [9, 100, 20]) await open().putIfGreater(pk, 'number', { n }, 'n')
      expect(await open().get(pk, 'number')).toEqual({ n: 100 })
      await open().put(pk, 'without', { other: 1 })
      expect(await open().putIfGreater(pk, 'without', { n: 0 }, 'n')).toBe(true)
    })

    test('queries a partition from a sort key on, through every page', async () => {
      const pk = fresh()
      // A page of DynamoDB ends at 1 MB.
      const text = 'x'.repeat(90_000)
      const names = Array.from({ length: 25 }, (_, n) => `B#${String(n).padStart(2, '0')}`)
      await open().putAll(names.map((sk) => ({ pk, sk, row: { text } })))
      for (const sk of ['A', 'C']) await open().put(pk, sk, { text: sk })
      const from = async (sk: string) => (await open().queryFrom(pk, sk)).map((row) => row.sk)
      expect(await from('')).toEqual(['A', ...names, 'C'])
      expect(await from('B#03')).toEqual([...names.slice(3), 'C'])
      expect(await from('B#031')).toEqual([...names.slice(4), 'C'])
      expect(await open().queryFrom(pk, 'C')).toEqual([{ sk: 'C', text: 'C' }])
      expect(await from('D')).toEqual([])
    })

    test('puts many rows in batches, and twice as once', async () => {
      const pk = fresh()
      const rows = Array.from({ length: 60 }, (_, n) => ({
        pk,
        sk: String(n).padStart(3, '0'),
        row: { n, text: 'x'.repeat(50) },
      }))
      await open().putAll(rows)
      await open().putAll(rows)
      expect((await open().query(pk, '')).map(({ n }) => n)).toEqual(rows.map((_, n) => n))
    })

    test('deletes many rows by key, also where there are none', async () => {
      const pk = fresh()
      const rows = Array.from({ length: 60 }, (_, n) => ({ pk, sk: `${n}`, row: { n } }))
      await open().putAll(rows)
      const gone = [...rows.slice(0, 55).map(({ sk }) => ({ pk, sk })), { pk, sk: 'none' }]
      await open().deleteAll(gone)
      await open().deleteAll(gone)
      await open().deleteAll([])
      expect((await open().query(pk, '')).map(({ n }) => n)).toEqual([55, 56, 57, 58, 59])
    })

    test('reads many rows by key, in their order, with their bytes', async () => {
      const pk = fresh()
      const bytes = Uint8Array.from([0, 1, 128, 255])
      const rows = Array.from({ length: 230 }, (_, n) => ({ pk, sk: `${n}`, row: { n, bytes } }))
      await open().putAll(rows)
      const asked = [...rows.keys(), 999, 7].map((n) => ({ pk, sk: `${n}` }))
      const found = await open().getAll(asked, { isConsistent: true })
      expect(found.map((row) => (row === null ? null : row['n']))).toEqual([
        ...rows.keys(),
        null,
        7,
      ])
      expect([...(found[3]!['bytes'] as Uint8Array)]).toEqual([...bytes])
      expect(found[3]!['bytes']).toBeInstanceOf(Uint8Array)
      expect(await open().getAll([])).toEqual([])
    })

    test('reads only the named attributes of rows', async () => {
      const pk = fresh()
      await open().put(pk, 'a', { statement: { order: 'x' }, ring: 'r', 'open.1': 1 })
      await open().put(pk, 'b', { ring: 'r' })
      const keys = ['a', 'b', 'c'].map((sk) => ({ pk, sk }))
      expect(await open().getAll(keys, { attributes: ['statement', 'open.1'] })).toEqual([
        { statement: { order: 'x' }, 'open.1': 1 },
        {},
        null,
      ])
    })

    test('sets and removes single attributes, of a new row too', async () => {
      const pk = fresh()
      const name = 'open.0000000000001-abc'
      const update = (change: object) => open().updateAll([{ pk, sk: 'a', ...change }])
      expect(await update({ set: { [name]: Uint8Array.of(1), size: 2 } })).toEqual([true])
      expect(await update({ set: { ring: 'r' }, remove: [name, 'absent'] })).toEqual([true])
      expect(await update({ remove: ['size'] })).toEqual([true])
      expect(await open().get(pk, 'a')).toEqual({ ring: 'r' })
    })

    test('sets some attributes only in a row that it makes', async () => {
      const pk = fresh()
      const setIfNew = { expiresAt: 5 }
      await open().put(pk, 'kept', { expiresAt: 99 })
      const made = await open().updateAll(
        ['new', 'kept'].map((sk) => ({ pk, sk, set: { a: 1 }, setIfNew })),
      )
      expect(made).toEqual([true, true])
      expect(await open().get(pk, 'new')).toEqual({ a: 1, expiresAt: 5 })
      expect(await open().get(pk, 'kept')).toEqual({ a: 1, expiresAt: 99 })
    })

    test('updates a hundred rows, new ones and old ones, each once', async () => {
      const pk = fresh()
      const sks = Array.from({ length: 100 }, (_, n) => `row ${n}`)
      for (const sk of sks.slice(0, 30)) await open().put(pk, sk, { before: true })
      const set = { 'a "quoted" name': 'ü', bytes: Uint8Array.of(1, 2) }
      const updates = sks.map((sk) => ({ pk, sk, set, remove: ['before'] }))
      expect(await open().updateAll(updates)).toEqual(sks.map(() => true))
      const rows = await open().getAll(sks.map((sk) => ({ pk, sk })))
      for (const row of rows)
        expect({ ...row, bytes: [...(row!['bytes'] as Uint8Array)] }).toEqual({
          ...set,
          bytes: [1, 2],
        })
    })

    test('removes more attributes than a statement can name', async () => {
      const pk = fresh()
      const names = Array.from({ length: 400 }, (_, n) => `open.${String(n).padStart(30, '0')}`)
      await open().put(pk, 'a', { ring: 1, ...Object.fromEntries(names.map((name) => [name, 1])) })
      const update = { pk, sk: 'a', remove: names, set: { ring: 2 }, ifEquals: { ring: 1 } }
      expect(await open().updateAll([update])).toEqual([true])
      expect(await open().updateAll([update])).toEqual([false])
      expect(await open().get(pk, 'a')).toEqual({ ring: 2 })
    })

    test('updates a row only while attributes are what was expected', async () => {
      const pk = fresh()
      const fold = (folded: string, value: string | null) => ({
        ...{ pk, sk: 'a', set: { folded }, ifEquals: { folded: value, kept: null } },
      })
      expect(await open().updateAll([fold('1', '0')])).toEqual([false])
      expect(await open().get(pk, 'a')).toBeNull()
      expect(await open().updateAll([fold('1', null)])).toEqual([true])
      expect(await open().updateAll([fold('2', null)])).toEqual([false])
      const won = await Promise.all(['2', '3'].map((to) => open().updateAll([fold(to, '1')])))
      expect(won.flat().filter(Boolean)).toHaveLength(1)
      const [last] = ['2', '3'].filter((_, n) => won[n]![0])
      await open().updateAll([{ pk, sk: 'a', set: { kept: 1 } }])
      expect(await open().updateAll([fold('4', last!)])).toEqual([false])
    })

    test('replaces a value by a greater one, and keeps the one before', async () => {
      const pk = fresh()
      const [attribute, previous] = ['statement', 'previous']
      const replace = (order: string) =>
        open().replaceAll([
          { pk, sk: 'a', attribute, previous, value: { order }, order: 'order', set: { n: 1 } },
        ])
      await open().updateAll([{ pk, sk: 'a', set: { ring: 1 } }])
      expect(await replace('2')).toEqual([true])
      expect(await open().get(pk, 'a')).toEqual({
        ...{ n: 1, ring: 1, statement: { order: '2' }, previous: null },
      })
      expect(await replace('2')).toEqual([false])
      expect(await replace('1')).toEqual([false])
      expect(await replace('4')).toEqual([true])
      const row = { n: 1, ring: 1, statement: { order: '4' }, previous: { order: '2' } }
      expect(await open().get(pk, 'a')).toEqual(row)
    })
  })
}
