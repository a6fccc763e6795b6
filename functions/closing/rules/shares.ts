import { binomialUpperTail } from '../../math/binomial.ts'
import { type JudgedHour, levelOf, measureCrowd, medianOf, type UserHour } from './rule.ts'

/** How many of a user's acts were tested, and how many of those have the mark that a rule looks for. */
interface Marked {
  tested: number
  marked: number
}
/** By the outcome's name. */
export type MarkedByName = Map<string, Marked>

export function addAct(byName: MarkedByName, name: string, isMarked: boolean): void {
  const counts = byName.get(name)
  if (counts) {
    counts.tested++
    if (isMarked) counts.marked++
  } else byName.set(name, { tested: 1, marked: isMarked ? 1 : 0 })
}

/**
 * Tests users by the share of their acts that have a mark. Null model: each act of a person has the mark
 * with the same chance, independent of the others: that of the hour's median user, and at least
 * `leastShare`. So the test is silent where the log itself makes the mark. Returns the names of outcomes for
 * which the binomial tail of a user's counts is below the level.
 */
export function openShares(
  hour: JudgedHour,
  leastShare: number,
  countActs: (user: UserHour) => MarkedByName,
): (user: UserHour) => string[] {
  const level = levelOf(hour)
  const shares = new Map<string, number[]>()
  const acts = measureCrowd(hour.crowd, countActs)
  for (const byName of acts.all)
    for (const [name, { tested, marked }] of byName) {
      const list = shares.get(name)
      if (list) list.push(marked / tested)
      else shares.set(name, [marked / tested])
    }
  const chances = new Map(
    [...shares].map(([name, list]) => [name, Math.max(leastShare, medianOf(list, 1))]),
  )
  return (user) =>
    [...acts.of(user)]
      .filter(
        ([name, { tested, marked }]) =>
          marked > 0 && binomialUpperTail(marked, tested, chances.get(name) ?? 1) < level,
      )
      .map(([name]) => name)
}
