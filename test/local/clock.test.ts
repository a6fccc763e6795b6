import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createActivity } from '../../cdk/local/activity.ts'
import { createClock } from '../../cdk/local/clock.ts'

const START_MS = Date.UTC(2026, 0, 5)
const create = () => {
  const activity = createActivity()
  return { activity, clock: createClock(START_MS, activity) }
}
const turns = async (n: number) => {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('Work in progress', () => {
  test('Activity is idle after all work ends; repeated ends count once', async () => {
    const { activity } = create()
    const ends = ['a', 'b'].map((name) => activity.begin(name))
    expect(activity.list()).toEqual(['a', 'b'])
    let isIdle = false
    const idle = activity.idle().then(() => {
      isIdle = true
    })
    ends[0]!()
    ends[0]!()
    await turns(5)
    expect(isIdle).toBe(false)
    ends[1]!()
    await idle
    expect(activity.list()).toEqual([])
  })

  test('Activity stays busy when work starts as other work ends', async () => {
    const { activity } = create()
    const first = activity.begin('first')
    let isIdle = false
    const idle = activity.idle().then(() => {
      isIdle = true
    })
    first()
    let second = () => {}
    setImmediate(() => {
      second = activity.begin('second')
    })
    await turns(6)
    expect(isIdle).toBe(false)
    second()
    await idle
  })

  test('Activity stays busy while short tasks follow each other', async () => {
    const { activity } = create()
    let isIdle = false
    const idle = activity.idle().then(() => {
      isIdle = true
    })
    for (let n = 0; n < 10; n++) {
      activity.begin('short')()
      await turns(1)
      expect(isIdle).toBe(false)
    }
    await idle
  })
})

describe('Virtual time', () => {
  test('Timers fire in order of time, then of registration', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 }),
        async (delays) => {
          const { clock } = create()
          const fired: number[] = []
          delays.forEach((delay, n) => {
            clock.at(START_MS + delay, () => {
              expect(clock.now()).toBe(START_MS + delay)
              fired.push(n)
            })
          })
          await clock.advanceTo(START_MS + 20)
          const expected = delays.map((_, n) => n).sort((a, b) => delays[a]! - delays[b]! || a - b)
          expect(fired).toEqual(expected)
        },
      ),
      { seed: 3, numRuns: 30 },
    )
  })

  test('Time stands still during work, whichever timer started it', async () => {
    const { activity, clock } = create()
    const seen: string[] = []
    clock.at(START_MS + 1000, () => {
      const end = activity.begin('slow')
      setTimeout(() => {
        seen.push(`done at +${clock.now() - START_MS}`)
        end()
      }, 20)
    })
    clock.at(START_MS + 2000, () => seen.push(`next at +${clock.now() - START_MS}`))
    await clock.advanceTo(START_MS + 5000)
    expect(seen).toEqual(['done at +1000', 'next at +2000'])
    expect(clock.now()).toBe(START_MS + 5000)
  })

  test('Timers registered by a timer fire too, even at that instant', async () => {
    const { clock } = create()
    const seen: number[] = []
    const note = () => void seen.push(clock.now() - START_MS)
    clock.at(START_MS + 10, () => {
      note()
      clock.at(START_MS + 10, note)
      clock.at(START_MS + 15, note)
      clock.at(START_MS + 21, note)
    })
    await clock.advanceTo(START_MS + 20)
    expect(seen).toEqual([10, 10, 15])
  })

  test('A cancelled timer does not fire, even at the same instant', async () => {
    const { clock } = create()
    const seen: string[] = []
    clock.at(START_MS + 1, () => {
      seen.push('first')
      second.cancel()
    })
    const second = clock.at(START_MS + 1, () => seen.push('second'))
    const third = clock.at(START_MS + 2, () => seen.push('third'))
    third.cancel()
    await clock.advanceTo(START_MS + 3)
    expect(seen).toEqual(['first'])
  })

  test('Time cannot go back or be moved by two callers', async () => {
    const { clock } = create()
    await expect(clock.advanceTo(START_MS - 1)).rejects.toThrow(
      'it is 2026-01-05T00:00:00Z already: time cannot go back',
    )
    const first = clock.advanceTo(START_MS + 1)
    await expect(clock.advanceTo(START_MS + 2)).rejects.toThrow('being advanced already')
    await first
  })

  test('A drain fires recurring timers until the last other timer', async () => {
    const { clock } = create()
    const seen: string[] = []
    const tick = (n: number): void => {
      clock.atRecurring(START_MS + n * 10, () => {
        seen.push(`tick ${n}`)
        tick(n + 1)
      })
    }
    tick(1)
    clock.at(START_MS + 15, () => {
      seen.push('retry')
      clock.at(START_MS + 35, () => seen.push('last retry'))
    })
    await clock.drain()
    expect(seen).toEqual(['tick 1', 'retry', 'tick 2', 'tick 3', 'last retry'])
    expect(clock.now()).toBe(START_MS + 35)
  })
})
