import { seededUniform } from '../../../functions/math/random.ts'
import type { Act } from '../graph/interactions.ts'

/**
 * Acts of users with one of two tastes: items are even or odd, and a user acts on eight of the fitting ones
 * and one other. An act a minute, so all times differ.
 */
export function drawActs({ users, items, seed }: Record<'users' | 'items' | 'seed', number>) {
  const uniform = seededUniform(seed)
  const acts: Act[] = []
  for (let user = 0; user < users; user++)
    for (let act = 0; act < 9; act++) {
      const taste = (user + (act === 4 ? 1 : 0)) % 2
      const item = 2 * Math.floor((uniform() ** 2 * items) / 2) + taste
      const name = (kind: string, n: number): string => `${kind}${String(n).padStart(3, '0')}`
      acts.push([name('u', user), name('i', item), acts.length])
    }
  return acts
}

/** The same acts, in an order by the seed. */
export function shuffle(acts: readonly Act[], seed: number): Act[] {
  const uniform = seededUniform(seed)
  return acts
    .map((act) => ({ act, at: uniform() }))
    .sort((a, b) => a.at - b.at)
    .map(({ act }) => act)
}
