import { expect, test } from 'vitest'
import { openOnce } from '../../functions/core/open-once.ts'

test('what is opened once is shared by all, and asked for again only where opening failed', async () => {
  let asked = 0
  const open = openOnce(async () => {
    if (++asked === 1) throw new Error('no secret yet')
    return asked
  })
  const first = await Promise.allSettled([open(), open()])
  expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(asked).toBe(1)
  expect(await Promise.all([open(), open()])).toEqual([2, 2])
  expect(await open()).toBe(2)
})
