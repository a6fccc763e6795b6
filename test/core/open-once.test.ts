import { expect, test } from 'vitest'
import { openOnce } from '../../functions/core/open-once.ts'

test('A resource opened once is shared and reopened only after a failure', async () => {
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
