import { expect, test } from 'vitest'
import { ObjectMissing } from '../../functions/core/errors.ts'
import { writeParquet } from '../../functions/core/parquet.ts'
import { readFiles, readRows } from '../../functions/core/read-rows.ts'
import { memoryObjects } from '../make/memory-objects.ts'

const files = Array.from({ length: 30 }, (_, n) => `file-${String(n).padStart(2, '0')}`)
/** Thirty files of n rows each, fetched at once as the counter says. */
function makeStore() {
  const store = memoryObjects()
  for (const [n, key] of files.entries()) {
    const rows = Array.from({ length: n }, (_, i) => ({ file: n, row: i, name: key }))
    store.drop(key, writeParquet({ file: 'int', row: 'int', name: 'string' }, rows))
  }
  let open = 0
  let most = 0
  const get = async (key: string): Promise<Uint8Array> => {
    most = Math.max(most, ++open)
    await new Promise(setImmediate)
    return store.get(key).finally(() => open--)
  }
  return { store: { ...store, get }, most: () => most }
}

test('Rows arrive filtered and in file order, with few concurrent reads', async () => {
  const { store, most } = makeStore()
  const found = await readRows<{ file: number; row: number }>(store, files, {
    isWanted: ({ row }) => row % 2 === 1,
    columns: ['file', 'row'],
  })
  expect(found).toEqual(
    files.flatMap((_, n) =>
      Array.from({ length: n >> 1 }, (_, i) => ({ file: n, row: 2 * i + 1 })),
    ),
  )
  expect(most()).toBe(8)
})

test('A missing file fails at its turn, after earlier files are read', async () => {
  const { store } = makeStore()
  await store.delete(files[5]!)
  const counts: number[] = []
  const reading = (async () => {
    for await (const rows of readFiles(store, files)) {
      counts.push(rows.length)
      // Long enough for the fault to have happened while nobody waited for it.
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  })()
  await expect(reading).rejects.toThrow(ObjectMissing)
  expect(counts).toEqual([0, 1, 2, 3, 4])
})
