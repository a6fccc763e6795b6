import { expect } from 'vitest'
import type { ObjectStore } from '../../functions/core/objects.ts'
import { sigmoid } from '../../functions/math/logistic.ts'
import type { Reader } from '../../functions/reader/reader.ts'

/** Which release scores a person's slate, by what it answers and by what it says. */
export async function scoredBy(reader: Reader, user = 'anybody'): Promise<number> {
  const { scores, sequence, release } = await reader.scoreSlate({
    ...{ user, timeMs: 1_000, items: [{ item: 'i1' }] },
  })
  expect(release).toBe(`v${sequence}`)
  expect(scores[0]).toBeCloseTo(sigmoid(sequence), 6)
  return sequence
}

/** Counts gets by key; each may be held back until it is let through. */
export function watched(models: ObjectStore) {
  const gets: string[] = []
  let gate: Promise<void> = Promise.resolve()
  let open = (): void => {}
  return {
    gets,
    hold() {
      gate = new Promise((resolve) => {
        open = resolve
      })
    },
    letGo: () => open(),
    models: {
      ...models,
      get: async (key: string) => {
        gets.push(key)
        await gate
        return models.get(key)
      },
    },
  }
}
