import { drawsFor } from '../draws.ts'
import type { WorldOptions } from '../options.ts'
import type { Person } from '../people.ts'
import type { Setting } from './attack.ts'
import { ATTACK_KINDS, type AttackKind } from './kinds.ts'

/** Tastes are drawn by a person's number. These numbers are far beyond those of people. */
const NUMBERS_PER_KIND = 100_000
const FIRST_NUMBER = 10_000_000
const DEVICES = ['phone', 'phone', 'desktop'] as const

/** Accounts that the attacker registered. */
export function createAccounts({ kind, draws }: Setting, count: number): Person[] {
  const first = FIRST_NUMBER + ATTACK_KINDS.indexOf(kind) * NUMBERS_PER_KIND
  return Array.from({ length: count }, (_, n) => ({
    id: `x-${kind}-${n}`,
    n: first + n,
    segment: 'commuter',
    device: draws.pick(DEVICES),
    activity: 1,
    clockSkewMs: 0,
  }))
}

/** At most this share of the people has a part in a kind, so that a small world stays honest. */
const CAST: Partial<Record<AttackKind, { count: number; share: number }>> = {
  hijack: { count: 24, share: 0.02 },
  panel: { count: 60, share: 0.05 },
  classroom: { count: 60, share: 0.06 },
  'power-users': { count: 24, share: 0.02 },
  cat: { count: 6, share: 0.01 },
}
const FLASH_CROWD_SHARE = 0.1

/** Gives honest people their parts. Kinds do not share people, and do not depend on each other. */
export function castPeople(
  { seed, attackStrength }: WorldOptions,
  people: readonly Person[],
): (kind: AttackKind) => Person[] {
  const draws = drawsFor(seed, 'cast')
  const order = people
    .map((person) => ({ person, place: draws.uniform() }))
    .sort((a, b) => a.place - b.place)
    .map(({ person }) => person)
  const parts = new Map<AttackKind, Person[]>()
  let from = 0
  for (const kind of ATTACK_KINDS) {
    const part = CAST[kind]
    if (part === undefined) continue
    const most = Math.max(1, Math.floor(Math.min(part.count, part.share * people.length)))
    const isAttack = kind === 'hijack' || kind === 'panel'
    const count = isAttack ? Math.max(1, Math.round(most * Math.min(1, attackStrength))) : most
    parts.set(kind, order.slice(from, from + count))
    from += most
  }
  const crowd = order.slice(from, from + Math.ceil(FLASH_CROWD_SHARE * people.length))
  return (kind) => (kind === 'flash-crowd' ? crowd : (parts.get(kind) ?? []))
}
